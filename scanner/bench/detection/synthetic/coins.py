"""The venues and coins of a scene: thinly traded ones, as those are that get pumped, and BTC beside them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from scanner.bench.detection.synthetic.chance import around
from scanner.model.instrument import Instrument

COINS = 40
"""In a scene, beside BTC."""


class Venue(Struct, frozen=True):
    """A market place and the currency that it counts in."""

    exchange: str
    quote: str
    worth: float
    """Of one US dollar, in the quote currency."""
    digits: tuple[int, ...]
    """How many decimals its prices may have."""
    tells_sides: bool
    """Whether its candles say how much of the turnover takers bought."""


VENUES = (
    Venue("binance", "USDT", 1.0, (3, 4, 5, 6), tells_sides=True),
    Venue("upbit", "KRW", 1_400.0, (0, 1, 2), tells_sides=False),
)


class Coin(Struct, frozen=True):
    """One instrument and its habits."""

    instrument: Instrument
    level: float
    """The price it begins with."""
    digits: int
    """Decimals of its prices."""
    half_spread: float
    """From the middle to the best bid or ask, as a fraction."""
    orders_per_min: float
    """Takers' orders at an ordinary hour."""
    ticket: float
    """Mean turnover of one of them, quote currency."""
    volatility: float
    """Of its own, per square root of a second."""
    beta: float
    """What it makes of BTC's moves."""
    lag_s: float
    """How long it takes to follow."""

    @property
    def usual(self) -> float:
        """Mean turnover of a minute, quote currency."""
        return self.orders_per_min * self.ticket


def bitcoin(venue: Venue) -> Coin:
    """The one that all follow and that follows nobody."""
    return Coin(
        instrument=Instrument("BTC", venue.quote),
        level=60_000 * venue.worth,
        digits=2 if venue.worth == 1.0 else 0,
        half_spread=0.00002,
        orders_per_min=30.0,
        ticket=2_000 * venue.worth,
        volatility=0.0,
        beta=1.0,
        lag_s=0.0,
    )


def coins(venue: Venue, random: Random) -> Iterator[Coin]:
    """`COINS` coins, each unlike the others."""
    for number in range(COINS):
        digits = random.choice(venue.digits)
        ticks = around(800, 0.8, 200, 20_000, random)
        yield Coin(
            instrument=Instrument(f"{chr(65 + number // 26)}{chr(65 + number % 26)}C", venue.quote),
            level=round(ticks) / 10**digits,
            digits=digits,
            half_spread=around(0.0011, 0.5, 0.5 / ticks, 0.004, random),
            orders_per_min=around(1.0, 0.6, 0.3, 5.0, random),
            ticket=around(250, 0.5, 60, 1_500, random) * venue.worth,
            volatility=around(0.00022, 0.4, 0.00008, 0.0006, random),
            beta=around(1.0, 0.25, 0.5, 1.8, random),
            lag_s=random.uniform(0.5, 6.0),
        )
