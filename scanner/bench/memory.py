"""How large the processes of a scanner are when all their memories are full, and whether they grow after that.

Two scanners run beside each other, a small and a large one, each with its own load: trades, order books and now and
then a pump, as on an ordinary day, only busier. Every coin has had its pump before anything counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from itertools import combinations
from statistics import median
from time import monotonic
from typing import Any

import trio
from msgspec import Struct

from scanner.bench.child import ChildFailed
from scanner.bench.floor import Load
from scanner.bench.house import House
from scanner.bench.load import losses, under
from scanner.bench.rows import OURS, Figures, Row, report

Say = Callable[[str], None]

WORKER, MAIN = "worker", "main"
METRICS = {WORKER: "scanner_worker_resident_memory_bytes", MAIN: "process_resident_memory_bytes"}
"""Which process' memory stands where."""
MEGABYTE = 1_000_000
BOOKS = 30
"""Instruments with an order book, by default; a book comes as often as a trade of its instrument."""
SUBSCRIBED_S = 60.0
"""Within which all is subscribed: 2,000 instruments are 40 connections, at five a second."""
FEWEST = 3
"""Samples that a line is drawn through."""


class Plan(Struct, frozen=True):
    """What is run for how long."""

    sizes: tuple[int, ...] = (300, 2_000)
    """Instruments of each scanner."""
    trades_per_s: float = 5_000.0
    """For each scanner, whatever its size."""
    grain_s: float = 0.02
    """Servers gather what is due for so long: sizes are the same, and two scanners fit on two cores."""
    moved_every_s: float = 900.0
    """Every coin is pumped once in so long, and so once in the warm-up: what is remembered of a coin that moved is
    remembered of all by then. A fifteenth of them within a minute is no market that rises."""
    warm_up_s: float = 960.0
    """Every memory has its full size then. The slowest to fill are the rules' windows, the longest of which holds 15
    minutes."""
    every_s: float = 2.0
    """Between samples; a worker tells its size once a second."""
    say_every_s: float = 30.0

    def load(self, instruments: int) -> Load:
        """So many trades a second, and the books beside them."""
        books = min(BOOKS, instruments)
        rate = self.trades_per_s * (instruments + books) / instruments
        moves_per_s = instruments / self.moved_every_s
        return Load(instruments=instruments, kind="both", rate=rate, grain_s=self.grain_s, moves_per_s=moves_per_s)


Sample = tuple[float, float]
"""When (seconds), and how much (MB)."""


async def run(duration: float, say: Say, plan: Plan | None = None) -> dict[str, Any]:
    """So many seconds after the warm-up; one row for each process."""
    plan = plan or Plan()
    samples: dict[str, list[Sample]] = {f"{part}_{size}": [] for size in plan.sizes for part in METRICS}
    async with AsyncExitStack() as stack:
        houses = {size: await stack.enter_async_context(under(plan.load(size))) for size in plan.sizes}
        for size, house in houses.items():
            await _filled(house, size)
        await _follow(houses, "warming up", plan.warm_up_s, plan, say, {name: [] for name in samples})
        await _follow(houses, "measuring", duration, plan, say, samples)
        for house in houses.values():
            if lost := losses(await house.scrape()):
                raise house.failure(f"something was lost at {plan.trades_per_s:,.0f} trades/s: {lost}")
            await house.stop()
    rows = [Row(name, {OURS: [_told(taken)]}) for name, taken in samples.items()]
    return report("memory", 1, rows, warm_up_s=plan.warm_up_s, duration_s=duration, trades_per_s=plan.trades_per_s)


async def _filled(house: House, instruments: int) -> None:
    """Return when every instrument has brought something."""
    await house.until(
        lambda look: look.total("scanner_instruments_heard") >= instruments,
        f"an event of each of {instruments:,} instruments",
        patience_s=SUBSCRIBED_S,
        every_s=0.5,
    )


async def _follow(
    houses: dict[int, House], what: str, seconds: float, plan: Plan, say: Say, samples: dict[str, list[Sample]]
) -> None:
    """Note the sizes for so long, and say now and then how long it takes."""
    began = told = monotonic()
    say(f"{what}, {seconds:.0f} s left")
    while (now := monotonic()) < began + seconds:
        if now >= told + plan.say_every_s:
            told = now
            say(f"{what}, {began + seconds - now:.0f} s left{_latest(samples)}")
        for size, house in houses.items():
            look = await house.scrape()
            for part, metric in METRICS.items():
                samples[f"{part}_{size}"].append((look.at - began, look.total(metric) / MEGABYTE))
        await trio.sleep(plan.every_s)


def _latest(samples: dict[str, list[Sample]]) -> str:
    return "".join(f", {name} {taken[-1][1]:.1f} MB" for name, taken in samples.items() if taken)


def _told(samples: Sequence[Sample]) -> Figures:
    """The size, and how much of it came in the time that was watched."""
    slope, noise_mb = line(samples)
    sizes = [size for _, size in samples]
    return {
        "resident_mb": median(sizes),
        "peak_mb": max(sizes),
        "growth_mb": slope * (samples[-1][0] - samples[0][0]),
        "noise_mb": noise_mb,
        "samples": len(samples),
    }


def line(samples: Sequence[Sample]) -> tuple[float, float]:
    """Growth per second, and how far samples lie from such a line: both medians, which a single leap does not move.

    Theil and Sen: the median of the slopes between all pairs. ChildFailed when there is too little to see.
    """
    if len(samples) < FEWEST:
        raise ChildFailed(f"{len(samples)} samples of memory are too few: expected {FEWEST} or more")
    slope = median((b - a) / (then - now) for (now, a), (then, b) in combinations(samples, 2))
    middle = median(size - slope * at for at, size in samples)
    return slope, median(abs(size - slope * at - middle) for at, size in samples)
