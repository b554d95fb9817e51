"""Trades of one instrument on one venue as they come, cut into cells and minutes by the venue's clock."""

from __future__ import annotations

from scanner.detectors.baseline import Baseline
from scanner.detectors.flow import Flow
from scanner.detectors.strip import Strip
from scanner.detectors.usual import INFINITE
from scanner.detectors.windows import CELL_S, MINUTE_CELLS, Windows
from scanner.model.moments import SECOND

CELL_NS = CELL_S * SECOND


class Tape(Strip):
    """What both taker sides have done since the last hole."""

    __slots__ = (
        "_cell",
        "_cell_ends",
        "_minute",
        "_minute_whole",
        "bought",
        "flow",
        "price",
        "sold",
        "windows",
    )

    def __init__(self, baseline: Baseline, at: int, price: float, *, stands: bool = False, blind: bool = False) -> None:
        """Begin at `at` with a price; it `stands` when it is older than the first trade and known for both sides.

        `blind` when what was before fell into a hole.
        """
        super().__init__(baseline, at, blind=blind)
        self.price = price
        """Of the last trade."""
        self.bought = Flow(1.0, price, at, stands=stands)
        self.sold = Flow(-1.0, price, at, stands=stands)
        self.flow = self.bought
        """The side of the last trade."""
        self.windows = Windows(self.bought, self.sold)
        self._cell = at // CELL_NS
        self._cell_ends = (self._cell + 1) * CELL_NS
        self._minute = self._cell // MINUTE_CELLS
        self._minute_whole = False  # the first one began before this tape did
        baseline.begin(self._minute)
        self._renew()

    def add(self, filled_at: int, price: float, turnover: float, side: str) -> None:
        """Take one trade in."""
        at = self.at
        if filled_at > at:
            if filled_at >= self._cell_ends:
                self._open_cell(filled_at // CELL_NS)
            self.at = at = filled_at
        self.price = price
        flow = self.flow = self.bought if side == "buy" else self.sold
        flow.add(filled_at, at, price, turnover, self.trades)
        self.trades += 1

    @property
    def minute_trades(self) -> tuple[int, int]:
        """Trades in the last minute, and how many of them were buys."""
        return self.trades - self.windows.trades_before, self.bought.trades - self.windows.buys_before

    def _open_cell(self, cell: int) -> None:
        self.windows.turn(self._cell, cell, abs(self.flow.climb.price))
        self._cell = cell
        self._cell_ends = (cell + 1) * CELL_NS
        minute = cell // MINUTE_CELLS
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
