"""One story: what happens to one coin, on whichever venues, from its first alert until it has cooled."""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from scanner.alerts.stages import MARKET, Progress, weight
from scanner.detectors.base import Signal
from scanner.model.alert import Alert, Fact, Kind, fingerprint
from scanner.model.moments import SECOND

NAMED = 3
"""Venues that a headline names; the facts name all."""

Coin = tuple[str, str]
"""What one story is about: base currency and kind of contract, whatever it is paid with. A market has its direction in
place of the kind, for a fall and a rise of all coins are two stories."""


def coin_of(signal: Signal) -> Coin:
    """What this signal's story is about."""
    instrument = signal.instrument
    if signal.stage == MARKET:
        return instrument.base, "fall" if signal.change < 0 else "rise"
    return instrument.base, instrument.kind


class Showing(Struct):
    """One venue's part in a story."""

    first: Signal
    seen: int
    """When the first one reached us: our own clock, the only one that two venues share."""
    best: Signal
    """Of all it said, what says most."""

    @property
    def order(self) -> tuple[int, str]:
        """Who led is who was seen first; by name where two came in one frame of time."""
        return self.seen, self.first.exchange


class Story:
    """Begins with a signal, gathers venues, and turns what is news into alerts of one id."""

    __slots__ = ("_id", "_showings", "coin", "opened_seen", "progress", "told_seen")

    def __init__(self, signal: Signal, seen: int) -> None:
        self.coin = coin_of(signal)
        self.progress = Progress()
        self.opened_seen = seen
        """When its first signal reached us, nanoseconds UTC like `told_seen`."""
        self.told_seen = seen
        """When the newest of its alerts was told; until there is one, when it began."""
        self._id = ""
        self._showings = {signal.exchange: Showing(signal, seen, signal)}

    @property
    def told(self) -> bool:
        """Whether anybody has heard of it; else it is held, and may never be told."""
        return bool(self._id)

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The leader first."""
        return tuple(showing.first.exchange for showing in self._in_order())

    @property
    def best(self) -> Signal:
        """What says most by stage and severity; of equals, the earlier venue's."""
        return max((showing.best for showing in self._in_order()), key=_loudness)

    def hear(self, signal: Signal, seen: int) -> bool:
        """Take in one more; True when it comes from a venue that was not in it yet."""
        showing = self._showings.get(signal.exchange)
        if showing is None:
            if self.told:  # who led was told, so nobody who was read late may come before
                seen = max(seen, self._in_order()[-1].seen + 1)
            self._showings[signal.exchange] = Showing(signal, seen, signal)
            return True
        if weight(signal) > weight(showing.best):
            showing.best = signal
        return False

    def open(self, seen: int) -> Alert:
        """Tell it for the first time, at this moment. Its id follows from what began it, where and when."""
        first = self._in_order()[0].first
        about = fingerprint(first.rule, first.instrument, (first.exchange,))
        self._id = blake2b(f"{about} {first.at}".encode(), digest_size=8).hexdigest()
        return self._tell("opened", self.best, seen)

    def escalate(self, signal: Signal, seen: int) -> Alert:
        """Tell that it has risen to this, at this moment."""
        return self._tell("escalated", signal, seen)

    def _in_order(self) -> list[Showing]:
        return sorted(self._showings.values(), key=_order)

    def _tell(self, kind: Kind, signal: Signal, seen: int) -> Alert:
        self.progress.tell(signal)
        self.told_seen = seen
        showings = self._in_order()
        return Alert(
            id=self._id,
            rule=signal.rule,
            stage=signal.stage,
            instrument=signal.instrument,
            exchanges=tuple(showing.first.exchange for showing in showings),
            severity=signal.severity,
            score=signal.score,
            headline=_headline(signal, showings),
            price=signal.price,
            change=signal.change,
            window_s=signal.window_s,
            volume_ratio=signal.volume_ratio,
            facts=signal.facts | _across(signal, showings),
            at=signal.at,
            kind=kind,
        )


def _loudness(signal: Signal) -> tuple[int, int]:
    return weight(signal)[:2]


def _order(showing: Showing) -> tuple[int, str]:
    return showing.order


def _across(signal: Signal, showings: list[Showing]) -> dict[str, Fact]:
    """Who led and by how much; nothing while there is one venue only."""
    leader, *others = showings
    if not others:
        return {}
    facts: dict[str, Fact] = {"leader": leader.first.exchange, "lead_s": _after(others[0], leader)}
    if signal.exchange != leader.first.exchange:
        facts["exchange"] = signal.exchange
    for showing in showings:
        venue = showing.first.exchange
        facts[f"{venue}_after_s"] = _after(showing, leader)
        facts[f"{venue}_change"] = showing.best.change
    return facts


def _headline(signal: Signal, showings: list[Showing]) -> str:
    """The deciding rule's own words, where that was if not at the leader, and whom the leader led by how much."""
    leader, *others = showings
    if not others:
        return signal.headline
    name = leader.first.exchange
    where = "" if signal.exchange == name else f" on {signal.exchange}"
    followed = [
        f"{other.first.exchange} ({other.best.change * 100:+.1f} %) by {_after(other, leader):.1f} s"
        for other in others[:NAMED]
    ]
    more = [f"{len(others) - NAMED} more"] if len(others) > NAMED else []
    return f"{signal.headline}{where}; {name} led {', '.join((*followed, *more))}"


def _after(showing: Showing, leader: Showing) -> float:
    return round((showing.seen - leader.seen) / SECOND, 3)
