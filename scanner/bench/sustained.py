"""How many trades a second a whole scanner sustains: offered rates, one after another, until one is too much.

A rate is held when the engine has counted every trade that was sent, with the last one hardly late, and nothing was
dropped, asked for again or told twice. The load server has its share of the machine: it is part of the measure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

import trio
from msgspec import Struct

from scanner.bench.floor import Load
from scanner.bench.house import House
from scanner.bench.load import costs, losses, trades, under
from scanner.bench.rows import Figures
from scanner.bench.scrape import Scrape

RATES = (5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000, 150_000, 200_000)
"""Trades a second that are offered."""
PROMISED = 80_000
"""Where the first pass begins."""
LAG_S = 0.5
"""So late may the engine be with the last trade, our own looking included: it has no backlog, which would grow by the
second."""
LOOK_S = 0.05
"""Between looks, where it matters when something came."""
PULSE_S = 1.2
"""Within which a worker has told what it cost so far."""
PULSE_PATIENCE_S = 10.0
"""A worker tells its own counts once a second."""
PATIENCE_S = 10.0
"""How much later than due the last trade is waited for, so that a rate that is not held has its number too."""
WARM_UP_PATIENCE_S = 60.0
GRAIN_S = 0.005
"""The server gathers what is due for so long, else it would be the one that cannot keep up."""


class Shape(Struct, frozen=True):
    """What each rate is tried on."""

    instruments: int = 300
    warm_up_s: float = 2.0
    measured_s: float = 5.0

    def load(self, rate: int) -> Load:
        """A warm-up, a pause in which all of it arrives, and the measure."""
        return Load(
            instruments=self.instruments,
            rate=rate,
            grain_s=GRAIN_S,
            warm_up=round(rate * self.warm_up_s),
            pause_s=LAG_S + PULSE_S,
            messages=round(rate * self.measured_s),
        )


class Trial(Struct, frozen=True):
    """What became of one rate."""

    rate: int
    missing: int
    """Trades that were sent and had not reached the engine when patience ran out."""
    lag_s: float
    """From when the last trade was due until the engine had it, or until patience ran out; never too little."""
    lost: dict[str, int]
    """Counters that should have stayed at zero."""
    costs: Figures

    @property
    def held(self) -> bool:
        """All there, on time."""
        return not self.missing and not self.lost and self.lag_s <= LAG_S

    @property
    def figures(self) -> Figures:
        """As they are reported."""
        return {"rate_per_s": self.rate if self.held else 0, "lag_s": self.lag_s, **self.costs}

    def __str__(self) -> str:
        """For whoever waits."""
        lost = "".join(f", {name} {count:,}" for name, count in self.lost.items())
        told = "held" if self.held else f"not held: {self.missing:,} missing{lost}"
        return f"{self.rate:,} trades/s {told}, {self.lag_s:.2f} s late"


async def highest(first: int, say: Callable[[str], None], shape: Shape) -> Trial:
    """The highest of `RATES` that is held, looked for upwards or downwards from this one.

    Where none is held, the lowest one's trial, which says so.
    """
    place = RATES.index(first)
    best = await trial(first, say, shape)
    upwards = best.held
    for rate in RATES[place + 1 :] if upwards else RATES[:place][::-1]:
        found = await trial(rate, say, shape)
        if found.held is not upwards:
            return best if upwards else found
        best = found
    return best


async def trial(rate: int, say: Callable[[str], None], shape: Shape) -> Trial:
    """Offer one rate to a scanner of its own."""
    load = shape.load(rate)
    async with under(load) as house:
        began = await _rested(house, load)
        ended = await _all(house, load, began.at + shape.measured_s)
        settled = await house.until(
            lambda look: look.total("scanner_messages_total") >= trades(ended),
            "the worker's last pulse",
            patience_s=PULSE_PATIENCE_S,
        )
        found = Trial(
            rate=rate,
            missing=load.warm_up + load.messages - trades(ended),
            lag_s=round(ended.at - began.at - shape.measured_s, 3),
            lost=losses(settled),
            costs=costs(began, settled),
        )
        await house.stop()
    say(str(found))
    return found


async def _rested(house: House, load: Load) -> Scrape:
    """The last look before the measured part: in the pause, with the whole warm-up counted, if it comes to that."""
    before: deque[Scrape] = deque(maxlen=1)

    def has_begun(look: Scrape) -> bool:
        if trades(look) > load.warm_up:
            return True
        before.append(look)
        return False

    await house.until(has_begun, "the end of the warm-up", patience_s=WARM_UP_PATIENCE_S, every_s=LOOK_S)
    return before.pop()


async def _all(house: House, load: Load, due: float) -> Scrape:
    """The first look at which every trade is there, or the last one before patience ran out."""
    await trio.sleep(max(0.0, due - monotonic() - LOOK_S))
    while True:
        look = await house.scrape()
        if trades(look) >= load.warm_up + load.messages or look.at > due + PATIENCE_S:
            return look
        await trio.sleep(LOOK_S)
