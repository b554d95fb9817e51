"""What a tape of trades and a run of tickers have in common: the place of one instrument's present."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from scanner.detectors.baseline import Baseline


class Strip:
    """One instrument on one venue since the last hole. It dies with the next hole, and all that was noted on it too."""

    __slots__ = (
        "at",
        "baseline",
        "began",
        "blind",
        "notes",
        "swept_at",
    )

    def __init__(self, baseline: Baseline, at: int, *, blind: bool) -> None:
        self.baseline = baseline
        self.at = at
        """Venue time of the newest event; never runs backwards."""
        self.began = at
        self.blind = blind
        """What was before fell into a hole."""
        self.swept_at = 0
        """When its whole market was last seen moving, by somebody who had a move of this instrument to judge."""
        self.notes: dict[object, Any] = {}
        """What each rule keeps about this instrument, under its name; who takes its place goes on from there."""

    @property
    @abstractmethod
    def trades(self) -> int:
        """Since it began; of tickers, how many of them."""
