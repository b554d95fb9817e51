"""Trades of one instrument on one venue as they come, cut into cells and minutes by the venue's clock."""

from __future__ import annotations

from typing import Any

from scanner.detectors.baseline import Baseline
from scanner.detectors.climb import CARRY_NS
from scanner.detectors.flow import BLOCK_NS, Flow
from scanner.detectors.strip import Strip
from scanner.detectors.usual import INFINITE
from scanner.detectors.windows import CELL_S, MINUTE_CELLS, Windows
from scanner.model.moments import SECOND

CELL_NS = CELL_S * SECOND
LATE_S = 60
"""A trade this much older than the newest is no latecomer: the venue's clock was set back, and history starts anew."""
LATE_NS = LATE_S * SECOND


class Late(Exception):
    """The trade is from before all that this tape is about."""


class Tape(Strip):
    """What both taker sides have done since the last hole."""

    __slots__ = (
        "_cell",
        "_cell_ends",
        "_minute",
        "_minute_whole",
        "bought",
        "flow",
        "place",
        "price",
        "price_before",
        "second_ends",
        "sold",
        "windows",
    )

    def __init__(self, baseline: Baseline, at: int, price: float, *, stands: bool = False, blind: bool = False) -> None:
        """Begin at `at` with a price; it `stands` when it is older than the first trade and known for both sides.

        `blind` when what was before fell into a hole.
        """
        super().__init__(baseline, at, blind=blind)
        self.price = self.price_before = price
        """Of the last trade, and of the one before that which began a second."""
        self.place: Any = None
        """Where the market context keeps this instrument …"""
        self.second_ends = 0
        """… and when the second ends in which it knows of a price, nanoseconds UTC. Both are the context's own."""
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

    def add(self, filled_at: int, price: float, turnover: float, side: str) -> bool:
        """Take one trade in; False when there is nothing in it for those who left a note. Late when it is too old."""
        at = self.at
        if filled_at > at:
            if filled_at >= self._cell_ends:
                self._open_cell(filled_at // CELL_NS)
            self.at = at = filled_at
        elif at - filled_at > LATE_NS:
            raise Late
        flow = self.flow = self.bought if side == "buy" else self.sold
        total, before = flow.total, flow.filled_at
        if filled_at != before or not flow.trades:
            flow.filled_at = filled_at
            flow.order_from = total
            order = turnover
        else:
            order = total + turnover - flow.order_from
            if flow.rushed_at != filled_at:
                flow.rushed_at = filled_at
                flow.rush += 1
        if order > flow.block or at > flow.block_ends:
            flow.block, flow.block_ends, flow.block_total = order, at + BLOCK_NS, total + turnover
        if price != flow.steady or at - before > CARRY_NS:
            flow.turn(before, at, price, self.trades)
        flow.total = total = total + turnover
        flow.trades += 1
        if filled_at >= self.second_ends:
            self.price_before, self.price = self.price, price
            return True
        self.price = price
        return not (flow.quiet and total < flow.calm_below)

    def forget_notes(self) -> None:
        """Whoever reads it from now on has to look for himself."""
        for flow in (self.bought, self.sold):
            flow.quiet, flow.calm_below = False, 0.0

    @property
    def trades(self) -> int:
        """Since it began."""
        return self.bought.trades + self.sold.trades

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
        self._renew()

    def _renew(self) -> None:
        """Look up what is usual in this minute."""
        usual, factor = self.baseline, self.baseline.factor(self._minute)
        self.bought.usual = usual.bought.turnover.mean * factor if usual.warm else INFINITE
        self.sold.usual = usual.sold.turnover.mean * factor if usual.warm else INFINITE
