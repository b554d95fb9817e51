"""A move of a whole market: when it begins and ends, how far it reaches, and what of a coin's change it explains."""

from __future__ import annotations

from typing import NamedTuple

from scanner.model.moments import SECOND

SHARE = 0.30
"""Of the active instruments: when more lean one way, the market moves …"""
CALM_SHARE = 0.15
"""… until fewer than so many do. From here on upwards it stirs."""
QUORUM = 10
"""Of fewer active instruments nothing is said: they are a handful, no market."""
WAVE_KEPT_S = 900
"""The longest window of any rule: so long may what the market did still be seen in a coin's own change."""
EXCEEDS = 2.0
"""A coin that moved so many times as far as its market has a story of its own."""


class Breadth(NamedTuple):
    """One way of a market at the end of a second."""

    leaning: int
    active: int
    mean: float
    """Change of all instruments that traded in the last minute, a signed fraction. One that leans nowhere counts as it
    was measured last, at most 15 s ago."""

    @property
    def share(self) -> float:
        """Of the active instruments, how many lean this way."""
        return self.leaning / self.active if self.active else 0.0

    @property
    def market_share(self) -> float:
        """The same; 0 where so few are active that they are no market."""
        return self.share if self.active >= QUORUM else 0.0


class Wave:
    """A move of the whole market, one way; one is kept for each way."""

    __slots__ = ("_way", "moving", "reach", "until")

    def __init__(self, way: int) -> None:
        self._way = way
        self.moving = False
        self.reach = 0.0
        """The furthest that all went together within a minute, a fraction, this way."""
        self.until = -1
        """The end of the last second in which it was found moving, nanoseconds UTC by the venue's clock; -1: never."""

    def watch(self, breadth: Breadth, end: int) -> None:
        """Look at a second that ended at `end`; `breadth` is that of this wave's way."""
        share = breadth.market_share
        if not self.moving and share > SHARE:
            self.moving, self.reach = True, 0.0
        elif self.moving and share < CALM_SHARE:
            self.moving = False
        if self.moving:
            self.until = end
            self.reach = max(self.reach, breadth.mean * self._way)

    def explains(self, change: float, began: int) -> bool:
        """Whether a coin's change that began then (venue time) is no more than its part of this."""
        return self.until - WAVE_KEPT_S * SECOND < began <= self.until and abs(change) < EXCEEDS * self.reach
