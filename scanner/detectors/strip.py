"""What a tape of trades and a run of tickers have in common: the place of one instrument's present."""

from __future__ import annotations

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
        "place",
        "second_ends",
        "second_price",
        "swept_at",
        "trades",
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
        self.trades = 0
        """Since it began; of tickers, how many of them."""
        self.place: Any = None
        """Where the market context keeps this instrument …"""
        self.second_ends = 0
        """… when the second ends in which it knows of a price, nanoseconds UTC …"""
        self.second_price = 0.0
        """… and the price at which that second will have ended. All three are the context's own."""
        self.notes: dict[object, Any] = {}
        """What each rule keeps about this instrument, under its name; who takes its place goes on from there."""
