"""What one rule has told of one instrument's move, until that move is over."""

from __future__ import annotations

from scanner.detectors.climb import Level
from scanner.detectors.reading import Move
from scanner.model.moments import SECOND

SWINGS_S = 600
"""A pump swings for some minutes after its top; these swings are no pumps of their own."""
SWINGS_NS = SWINGS_S * SECOND


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

    def tells_of(self, level: Level, at: int) -> bool:
        """Whether a move that left this price, and stands now, belongs to it.

        After it has peaked and its swings have died down, what left its low after the top is another move.
        """
        return not self.peaked or level[1] <= self.top_at or at - self.top_at < SWINGS_NS

    def retraced(self, price: float) -> float:
        """How much of the rise was given back, as a share of it."""
        return (self.peak - price) / (self.peak - self.reference) if self.peak > self.reference else 0.0
