"""What one rule has told of one instrument's move, until that move is over."""

from __future__ import annotations

from scanner.detectors.climb import Level
from scanner.detectors.reading import Move


class Story:
    """A told move that is still going on."""

    __slots__ = ("hot_at", "peak", "peaked", "reference", "told", "top_at")

    def __init__(self) -> None:
        self.told = 0
        """The rank of the loudest severity that was said."""
        self.hot_at = 0
        """When the last print came that was not yet far below the threshold."""
        self.reference = 0.0
        """The price that the move left."""
        self.peak = 0.0
        """The furthest that it went …"""
        self.top_at = 0
        """… and when."""
        self.peaked = False
        """Whether its retrace was told."""

    def tell(self, rank: int, move: Move, at: int) -> None:
        """This much of it was said."""
        self.told, self.hot_at = rank, at
        self.reference = move.reference
        self.reach(move.price, at)

    def reach(self, price: float, at: int) -> None:
        """Follow a rise to its top."""
        if price > self.peak:
            self.peak, self.top_at = price, at

    def tells_of(self, level: Level) -> bool:
        """Whether a move from this price belongs to it; after it has peaked, what left its low later is another one."""
        return not self.peaked or level[1] <= self.top_at

    def retraced(self, price: float) -> float:
        """How much of the rise was given back, as a share of it."""
        return (self.peak - price) / (self.peak - self.reference) if self.peak > self.reference else 0.0
