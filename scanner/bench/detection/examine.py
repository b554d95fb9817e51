"""One recording or scene through a fresh engine: what is done to each item, in whichever process."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from scanner.bench.detection.feeds import FEEDS
from scanner.bench.detection.peers import PEERS, peer_told
from scanner.bench.detection.planting import is_heard, planted
from scanner.bench.detection.play import Cost, Heard, MakeEngine, play
from scanner.bench.detection.protocol import Outcome, judge
from scanner.bench.detection.pumps import Label
from scanner.bench.detection.recording import Recording
from scanner.bench.detection.scores import says_pump
from scanner.bench.detection.synthetic.labels import Label as Staged
from scanner.bench.detection.synthetic.scenes import Scene
from scanner.bench.detection.synthetic.scoring import Claim
from scanner.bench.detection.told import Told, told


class Pumped(Struct, frozen=True):
    """What an announced pump brought, by whom."""

    ours: Outcome
    peers: Mapping[str, Outcome]


class Quieted(Struct, frozen=True):
    """What a quiet series brought, and whether a pump planted into it was heard."""

    ours: Outcome
    planted: bool | None
    """None where the series is too short for one."""


class Staging(Struct, frozen=True):
    """What was staged, and what was claimed of it."""

    labels: tuple[Staged, ...]
    claims: tuple[Claim, ...]
    told: tuple[Told, ...]
    cost: Cost


def pump(make_engine: MakeEngine, feed: str, peers: bool, item: tuple[Label, Recording]) -> Pumped:  # noqa: FBT001  # a partial
    """Play one event; the label is for the judge."""
    label, recording = item
    ours = _played(make_engine, feed, recording, label.onset_ms)
    theirs = {name: judge(recording, label.onset_ms, peer_told(name, recording)) for name in PEERS} if peers else {}
    return Pumped(ours, theirs)


def quiet(make_engine: MakeEngine, feed: str, recording: Recording) -> Quieted:
    """Play one series as it is, and its beginning once more with a pump."""
    ours = _played(make_engine, feed, recording, None)
    found = planted(recording)
    if found is None:
        return Quieted(ours, planted=None)
    pumped, onset = found
    heard, _ = play(make_engine(), FEEDS[feed](pumped))
    lines = (told(pumped.name, each) for each in heard)
    return Quieted(ours, planted=any(says_pump(line) and is_heard(line.ts_ms, onset) for line in lines))


def scene(make_engine: MakeEngine, item: Scene) -> Staging:
    """Play one scene."""
    heard, cost = play(make_engine(), item.events())
    return Staging(
        labels=item.labels,
        claims=tuple(_claim(each) for each in heard),
        told=tuple(told(f"{item.name} {each.alert.instrument}", each) for each in heard),
        cost=cost,
    )


def _played(make_engine: MakeEngine, feed: str, recording: Recording, onset_ms: int | None) -> Outcome:
    heard, cost = play(make_engine(), FEEDS[feed](recording))
    return judge(recording, onset_ms, (told(recording.name, each) for each in heard), cost)


def _claim(heard: Heard) -> Claim:
    alert = heard.alert
    return Claim(alert.instrument, alert.stage, alert.id, heard.at)
