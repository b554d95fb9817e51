"""The instruments of a load server, and what is said of them. Pure.

It follows from a coin's number and price alone: who reads it in another process can tell whether it was read right.
"""

from __future__ import annotations

from random import Random

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Level, Side
from scanner.sim.ticks import tick_for

QUOTE = "KRW"
VARIANTS = 16
"""Different trades, and different books, of one coin at one price level; told in turn, so that nobody reads the same
frame twice in a row."""
DEEPEST = 30
"""Levels of the deepest book."""
DEAREST = 40_000
CHEAPEST = 1_000
"""Prices in won. A tick is a thousandth of them at most: calm markets look calm."""


class Print(Struct, frozen=True):
    """What one trade says."""

    price: float
    size: float
    side: Side
    """The taker's."""


class Levels(Struct, frozen=True):
    """What one book says, best level first, `DEEPEST` of them on each side."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Coin:
    """One instrument: what its trades and books say at its present price, the same for the same number and price."""

    def __init__(self, number: int, worth: float) -> None:
        self.instrument = Instrument(f"Q{number:03}", QUOTE)
        self.code = f"{QUOTE}-{self.instrument.base}"
        self.worth = worth
        """Quote currency in an ordinary trade."""
        self.price = 0.0
        self.close = float(round(CHEAPEST * (DEAREST / CHEAPEST) ** self._dice("close").random(), -1))
        """Yesterday's last price, and the first of today."""
        self.last = (0, 0, Print(self.close, worth / self.close, "buy"))
        """Of the latest trade: Unix milliseconds, `sid`, and what it said; zeros before the first."""
        self._prints: tuple[Print, ...] = ()
        self._books: tuple[Levels, ...] = ()
        self.move_to(self.close)

    def move_to(self, price: float) -> None:
        """From now on it trades here."""
        self.price = price
        self._prints = self._books = ()

    @property
    def prints(self) -> tuple[Print, ...]:
        """Its ordinary trades, `VARIANTS` of them."""
        if not self._prints:
            dice = self._dice("prints")
            self._prints = tuple(self._print(dice) for _ in range(VARIANTS))
        return self._prints

    @property
    def books(self) -> tuple[Levels, ...]:
        """Its books, `VARIANTS` of them."""
        if not self._books:
            dice = self._dice("books")
            self._books = tuple(self._levels(dice) for _ in range(VARIANTS))
        return self._books

    def _print(self, dice: Random) -> Print:
        """Buyers pay the ask, which is a tick above what sellers get."""
        bid, tick = self._best()
        side: Side = dice.choice(("buy", "sell"))
        price = bid + tick if side == "buy" else bid
        return Print(price, round(self.worth * dice.lognormvariate(0.0, 0.7) / price, 8), side)

    def _levels(self, dice: Random) -> Levels:
        bid, tick = self._best()
        sizes = [round(self.worth * dice.uniform(0.5, 8.0) / bid, 8) for _ in range(2 * DEEPEST)]
        return Levels(
            tuple((bid - place * tick, sizes[place]) for place in range(DEEPEST)),
            tuple((bid + (place + 1) * tick, sizes[DEEPEST + place]) for place in range(DEEPEST)),
        )

    def _best(self) -> tuple[float, float]:
        """The best bid, and a tick."""
        tick = tick_for(QUOTE, self.price)
        return tick.price(tick.below(self.price)), tick.size

    def _dice(self, what: str) -> Random:
        return Random(f"{self.code} {what} {self.price}")  # noqa: S311  # a market, no secret


def coins(count: int, worth: float) -> list[Coin]:
    """So many, in whose ordinary trades so much changes hands."""
    return [Coin(number, worth) for number in range(count)]
