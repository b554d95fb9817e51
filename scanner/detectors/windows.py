"""What was traded in the last minute and the last five, by the venue's clock and never by a position in a list.

Time is cut into cells of `CELL_S`. A window is the growing cell and the closed ones before it, so it is shorter than
its name by less than a cell, and never longer.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from scanner.detectors.flow import Flow

CELL_S = 5
MINUTE_S, FIVE_S = 60, 300
MINUTE_CELLS, FIVE_CELLS = MINUTE_S // CELL_S, FIVE_S // CELL_S

SHORT, LONG = 5, 4
"""Numbers that a closed cell is in the minute, and in the five: its number since 1970 and the running totals at its end
of what was bought and sold; then all trades and buys, or the confirmed price. Doubles hold whole numbers to 2^53."""


class Windows:
    """The closed cells of both sides, one after another in rows of plain numbers: there are many.

    A window's turnover is the running total now less the one at its beginning, which stands on the flow: no sum is
    kept, so there is nothing to correct. A trade loses what its total cannot tell apart: a millionth, at 10 billion.
    """

    __slots__ = ("_bought", "_five", "_minute", "_sold", "buys_before", "trades_before")

    def __init__(self, bought: Flow, sold: Flow) -> None:
        self._bought = bought
        self._sold = sold
        self._minute, self._five = array("d"), array("d")
        self.trades_before = 0
        self.buys_before = 0
        """All trades and buys of the tape when the last minute began."""

    def turnovers(self) -> Iterator[tuple[int, float, float]]:
        """Number, price at its end and turnover of both sides of each cell.

        Of those closed ones of the last five minutes in which anything was traded, oldest first.
        """
        before = self._bought.five_from + self._sold.five_from
        for place in range(0, len(self._five), LONG):
            number, bought, sold, price = self._five[place : place + LONG]
            yield int(number), price, bought + sold - before
            before = bought + sold

    @property
    def growing(self) -> float:
        """Turnover of both sides in the cell that is not over."""
        bought, sold = self._bought, self._sold
        closed_bought, closed_sold = self._five[1 - LONG : 3 - LONG] or (bought.five_from, sold.five_from)
        return bought.total + sold.total - closed_bought - closed_sold

    def turn(self, closed: int, cell: int, price: float) -> None:
        """The cell `closed` is over, at this price, and `cell` begins."""
        bought, sold = self._bought, self._sold
        minute, five = self._minute, self._five
        trades, buys = bought.trades + sold.trades, bought.trades
        minute.extend((closed, bought.total, sold.total, trades, buys))
        five.extend((closed, bought.total, sold.total, price))
        last = cell - MINUTE_CELLS
        while minute and minute[0] <= last:
            _, bought.minute_from, sold.minute_from, trades_before, buys_before = minute[:SHORT]
            self.trades_before, self.buys_before = int(trades_before), int(buys_before)
            del minute[:SHORT]
        last = cell - FIVE_CELLS
        while five and five[0] <= last:
            _, bought.five_from, sold.five_from, _ = five[:LONG]
            del five[:LONG]
        bought.calm_below = sold.calm_below = 0.0
