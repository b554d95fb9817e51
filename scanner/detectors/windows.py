"""What was traded in the last minute and the last five, by the venue's clock and never by a position in a list.

Time is cut into cells of `CELL_S`. A window is the growing cell and the closed ones before it, so it is shorter than
its name by less than a cell, and never longer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from scanner.detectors.flow import Flow

CELL_S = 5
MINUTE_S, FIVE_S = 60, 300
MINUTE_CELLS, FIVE_CELLS = MINUTE_S // CELL_S, FIVE_S // CELL_S

Cell = tuple[int, float, float, int, int, float]
"""Its number since 1970, the running totals at its end, of what was bought and sold, of all trades and of buys, and the
confirmed price then."""


class Windows:
    """The closed cells of both sides.

    A window's turnover is the running total now less the one at its beginning, which stands on the flow: no sum is
    kept, so there is nothing to correct. A trade loses what its total cannot tell apart: a millionth, at 10 billion.
    """

    __slots__ = ("_bought", "_five", "_minute", "_sold", "buys_before", "trades_before")

    def __init__(self, bought: Flow, sold: Flow) -> None:
        self._bought = bought
        self._sold = sold
        self._minute: deque[Cell] = deque()
        self._five: deque[Cell] = deque()
        self.trades_before = 0
        self.buys_before = 0
        """All trades and buys of the tape when the last minute began."""

    def turnovers(self) -> Iterator[tuple[int, float, float]]:
        """Number, price at its end and turnover of both sides of each cell.

        Of those closed ones of the last five minutes in which anything was traded, oldest first.
        """
        before = self._bought.five_from + self._sold.five_from
        for number, bought, sold, _, _, price in self._five:
            yield number, price, bought + sold - before
            before = bought + sold

    @property
    def growing(self) -> float:
        """Turnover of both sides in the cell that is not over."""
        bought, sold = self._bought, self._sold
        last = self._five[-1] if self._five else (0, bought.five_from, sold.five_from)
        return bought.total + sold.total - last[1] - last[2]

    def turn(self, closed: int, cell: int, price: float) -> None:
        """The cell `closed` is over, at this price, and `cell` begins."""
        bought, sold = self._bought, self._sold
        gone: Cell = (closed, bought.total, sold.total, bought.trades + sold.trades, bought.trades, price)
        minute, five = self._minute, self._five
        minute.append(gone)
        five.append(gone)
        last = cell - MINUTE_CELLS
        while minute and minute[0][0] <= last:
            _, bought.minute_from, sold.minute_from, self.trades_before, self.buys_before, _ = minute.popleft()
        last = cell - FIVE_CELLS
        while five and five[0][0] <= last:
            _, bought.five_from, sold.five_from, _, _, _ = five.popleft()
        bought.calm_below = sold.calm_below = 0.0
