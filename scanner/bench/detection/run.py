"""The benchmark itself: every part that is asked for, one after another, into one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from scanner.bench.detection import examine
from scanner.bench.detection.play import Cost, MakeEngine
from scanner.bench.detection.protocol import Outcome
from scanner.bench.detection.pumps import Pumps
from scanner.bench.detection.quiet import Quiet
from scanner.bench.detection.reading import BadData
from scanner.bench.detection.report import Planted, Report
from scanner.bench.detection.scores import Wolf, by_stage, is_anything, is_severe, pumped, slowest, wolf
from scanner.bench.detection.spread import spread
from scanner.bench.detection.synthetic.programme import Which
from scanner.bench.detection.synthetic.scenes import scenes
from scanner.bench.detection.synthetic.scoring import Score, score_scenes
from scanner.bench.detection.told import Told

PUMPS, QUIET = "pumps", "quiet"
"""Folders of a data folder."""
VENUES = ("binance", "bittrex")
"""Whose quiet days there are."""
SETS: tuple[Which, ...] = ("standard", "hard")


class Plan(Struct, frozen=True):
    """What is to be run, and how."""

    data: Path | None
    """Where `pumps/` and `quiet/` are; None leaves both out."""
    feed: str = "trades"
    synthetic: bool = True
    seed: int = 1
    peers: bool = True
    jobs: int = 1
    """Processes; the result is the same with any number."""


class Audience(Protocol):
    """Whom a run tells of what comes up."""

    def progress(self, part: str, done: int, total: int) -> None:
        """So much of a part is behind us."""
        ...

    def told(self, alert: Told) -> None:
        """The engine told this; event by event, in the order of the data."""
        ...

    def note(self, text: str) -> None:
        """Something was left out."""
        ...


def run(plan: Plan, make_engine: MakeEngine, audience: Audience) -> Report:
    """Run it; BadData when the data cannot be used."""
    found = [part(make_engine, audience) for part in _parts(plan, audience)]
    # Trades of real pumps tell best what a trade costs, so their figure stands above those of the others.
    fields = {name: value for part in reversed(found) for name, value in part.items()}
    return Report(feed=plan.feed, **fields)


Fields = dict[str, Any]
"""Of the report."""


def _parts(plan: Plan, audience: Audience) -> list[Callable[[MakeEngine, Audience], Fields]]:
    """Those that are asked for and that there are data for, the most telling first."""
    recorded = (
        [] if plan.data is None else [partial(part, plan, folder) for part, folder in _found(plan.data, audience)]
    )
    return [*recorded, partial(synthetic, plan)] if plan.synthetic else [*recorded]


def _found(data: Path, audience: Audience) -> list[tuple[Recorded, Path]]:
    if not data.is_dir():
        raise BadData(f"{data}: no such folder")
    there = [name for name in RECORDED if (data / name).is_dir()]
    if not there:
        raise BadData(f"{data}: expected a folder {' or '.join(RECORDED)} in it")
    for name in RECORDED:
        if name not in there:
            audience.note(f"{data} has no folder {name}: that part is left out")
    return [(RECORDED[name], data / name) for name in there]


def pumps(plan: Plan, folder: Path, make_engine: MakeEngine, audience: Audience) -> Fields:
    """Announced pumps."""
    source = Pumps(folder)
    play = partial(examine.pump, make_engine, plan.feed, plan.peers)
    ours: list[Outcome] = []
    theirs: dict[str, list[Outcome]] = {}
    for done in spread(play, source, plan.jobs):
        ours.append(_announced(done.ours, audience))
        for name, outcome in done.peers.items():
            theirs.setdefault(name, []).append(outcome)
        audience.progress(PUMPS, source.trades.done, source.trades.size)
    if source.unlabelled:
        audience.note(f"no labels, so not played: {', '.join(source.unlabelled)}")
    return {
        "pumps": pumped(ours),
        "high": pumped(ours, is_severe),
        "everything": pumped(ours, is_anything),
        "stages": by_stage(ours),
        "slowest_s": slowest(ours),
        "peers": {name: pumped(outcomes) for name, outcomes in theirs.items()} or None,
        **_price(outcome.cost for outcome in ours),
    }


def quiet(plan: Plan, folder: Path, make_engine: MakeEngine, audience: Audience) -> Fields:
    """Ordinary days."""
    wolves: dict[str, Wolf] = {}
    plants: dict[str, Planted] = {}
    costs: list[Cost] = []
    for venue in VENUES:
        source = Quiet(folder, venue)
        outcomes: list[Outcome] = []
        heard: list[bool] = []
        for done in spread(partial(examine.quiet, make_engine, plan.feed), source, plan.jobs):
            outcomes.append(_announced(done.ours, audience))
            heard += [] if done.planted is None else [done.planted]
            audience.progress(venue, source.candles.done, source.candles.size)
        wolves[venue], plants[venue] = wolf(outcomes), Planted(len(heard), sum(heard))
        costs += [outcome.cost for outcome in outcomes]
    return {"quiet": wolves, "planted": plants, **_price(costs)}


def synthetic(plan: Plan, make_engine: MakeEngine, audience: Audience) -> Fields:
    """A market that never was."""
    scores: dict[str, Score] = {}
    costs: list[Cost] = []
    for which in SETS:
        staged = list(scenes(plan.seed, which))
        played: list[examine.Staging] = []
        for done in spread(partial(examine.scene, make_engine), staged, plan.jobs):
            played.append(done)
            for line in done.told:
                audience.told(line)
            audience.progress(which, len(played), len(staged))
        scores[which] = score_scenes((each.labels, each.claims) for each in played)
        costs += [each.cost for each in played]
    return {"synthetic": scores, **_price(costs)}


Recorded = Callable[[Plan, Path, MakeEngine, Audience], Fields]
RECORDED: dict[str, Recorded] = {PUMPS: pumps, QUIET: quiet}
"""Folder of the data folder → what is made of it."""


def _announced(outcome: Outcome, audience: Audience) -> Outcome:
    for each in outcome.judged:
        audience.told(each.told)
    return outcome


def _price(costs: Iterable[Cost]) -> Fields:
    total = sum(costs, start=Cost())
    return {"us_per_trade": round(total.cpu_ns / total.events / 1_000, 2)} if total.events else {}
