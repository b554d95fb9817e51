"""Where a coin's fair price is at any moment: BTC's tide beneath it, and what is done to the coin itself."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf
from random import Random

from msgspec import Struct

from scanner.bench.detection.synthetic.coins import Coin

TIDE = 0.00008
"""Volatility of BTC on a calm day, per square root of a second: 45 % a year."""
FADING = 0.55
"""A move that is given back is given back as (1 + t / forgets)^-0.55: half within a minute, the rest within an hour."""
SETTLING_S = 900.0
"""How long a coin takes to find the level where it stays."""
UNREST = 0.03
"""How far bid and ask part at once in a sudden move, as a share of that move."""
CALMING_S = 30.0


class Move(Struct, frozen=True):
    """The price goes somewhere and comes back, or does not. All in logarithms."""

    onset_s: float
    gain: float
    """Where it leads; below 0 for a fall."""
    lasts_s: float
    """From the onset to the furthest point; 0 for a jump."""
    haste: float = 1.0
    """Its course is (t / lasts)^haste: 1 for a straight one, less for one that does most at once."""
    forgets_s: float = inf
    """The time scale on which it is given back; infinite for a move that stays."""
    settles: float = 0.0
    """What is added to where it ends, an hour later."""

    def lift(self, at_s: float) -> float:
        """Of the price at that moment."""
        since = at_s - self.onset_s
        if since < 0:
            return 0.0
        if since < self.lasts_s:
            risen: float = (since / self.lasts_s) ** self.haste
            return self.gain * risen
        after = since - self.lasts_s
        left: float = 1.0 if self.forgets_s == inf else (1 + after / self.forgets_s) ** -FADING
        return self.gain * left + self.settles * (1 - exp(-after / SETTLING_S))

    def unrest(self, at_s: float) -> float:
        """What it adds to the half spread, a fraction."""
        since = at_s - self.onset_s
        return 0.0 if since < 0 else UNREST * abs(self.gain) / (1 + since / CALMING_S)


class Tide(Struct, frozen=True):
    """The logarithm of BTC's price against its first, second by second."""

    since_s: int
    levels: Sequence[float]
    swings: tuple[Move, ...] = ()
    """Moves of the whole market."""

    def at(self, at_s: float) -> float:
        """At that moment, which may lie before the first."""
        ordinary = self.levels[max(0, int(at_s) - self.since_s)]
        return ordinary + sum([swing.lift(at_s) for swing in self.swings])


def tide(since_s: int, until_s: int, swings: tuple[Move, ...], random: Random) -> Tide:
    """A random walk, and the swings."""
    level, levels = 0.0, []
    for _ in range(since_s, until_s + 1):
        levels.append(level)
        level += random.gauss(0.0, TIDE)
    return Tide(since_s, levels, swings)


class Course(Struct, frozen=True):
    """One coin's fair price, but for its own random walk."""

    coin: Coin
    tide: Tide
    moves: tuple[Move, ...] = ()

    def price(self, at_s: float) -> float:
        """In quote currency."""
        lift = self.coin.beta * self.tide.at(at_s - self.coin.lag_s)
        for move in self.moves:
            lift += move.lift(at_s)
        return self.coin.level * exp(lift)

    def half_spread(self, at_s: float) -> float:
        """As a fraction."""
        half = self.coin.half_spread
        for move in self.moves:
            half += move.unrest(at_s)
        return half
