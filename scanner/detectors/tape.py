"""Trades of one instrument on one venue as they come, cut into seconds, cells and minutes by the venue's clock."""

from __future__ import annotations

from scanner.detectors.baseline import Baseline
from scanner.detectors.flow import Flow
from scanner.detectors.strip import Strip
from scanner.detectors.usual import INFINITE
from scanner.detectors.windows import CELL_S, Windows
from scanner.model.moments import SECOND

MINUTE_S = 60


class Tape(Strip):
    """What both taker sides have done since the last hole."""

    __slots__ = (
        "_cell",
        "_minute",
        "_minute_whole",
        "_second_ends",
        "bought",
        "flow",
        "price",
        "second",
        "settled",
        "sold",
        "windows",
    )

    def __init__(self, baseline: Baseline, at: int, price: float, *, blind: bool = False) -> None:
        """Begin at `at` with a price that stands then; `blind` when what was before it fell into a hole."""
        super().__init__(baseline, at, blind=blind)
        self.price = price
        """Of the last trade."""
        self.second = at // SECOND
        """The newest one with a trade …"""
        self.settled = price
        """… and the last price before it: of seconds that are over, nothing changes any more."""
        self.bought = Flow(1.0, price, at)
        self.sold = Flow(-1.0, price, at)
        self.flow = self.bought
        """The side of the last trade."""
        self.windows = Windows(self.bought, self.sold)
        self._second_ends = (self.second + 1) * SECOND
        self._cell = self.second // CELL_S
        self._minute = self.second // MINUTE_S
        self._minute_whole = False  # the first one began before this tape did
        baseline.begin(self._minute)
        self._renew()

    def add(self, filled_at: int, price: float, turnover: float, side: str) -> None:
        """Take one trade in."""
        at = self.at
        if filled_at > at:
            if filled_at >= self._second_ends:
                self._open_second(filled_at)
            self.at = at = filled_at
        self.price = price
        flow = self.flow = self.bought if side == "buy" else self.sold
        flow.add(filled_at, at, price, turnover, self.trades)
        self.trades += 1

    @property
    def minute_trades(self) -> tuple[int, int]:
        """Trades in the last minute, and how many of them were buys."""
        return self.trades - self.windows.trades_before, self.bought.trades - self.windows.buys_before

    def _open_second(self, at: int) -> None:
        self.second = second = at // SECOND
        self._second_ends = (second + 1) * SECOND
        self.settled = self.price
        cell = second // CELL_S
        if cell != self._cell:
            self.windows.turn(self._cell, cell)
            self._cell = cell
            minute = second // MINUTE_S
            if minute != self._minute:
                self._open_minute(minute)

    def _open_minute(self, minute: int) -> None:
        bought, sold = self.bought.take_minute(), self.sold.take_minute()
        if self._minute_whole:
            self.baseline.close(self._minute, bought, sold)
        self._minute_whole = True
        self._minute = minute
        self.windows.sum_anew()
        self._renew()

    def _renew(self) -> None:
        """Look up what is usual in this minute."""
        usual, factor = self.baseline, self.baseline.factor(self._minute)
        self.bought.usual = usual.bought.turnover.mean * factor if usual.warm else INFINITE
        self.sold.usual = usual.sold.turnover.mean * factor if usual.warm else INFINITE
