"""What was traded in the last minute and the last five, by the venue's clock and never by a position in a list.

Time is cut into cells of `CELL_S`. A window is the growing cell and the closed ones before it, so it is shorter than
its name by less than a cell, and never longer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from scanner.detectors.flow import Flow

CELL_S = 5
MINUTE_S, FIVE_S = 60, 300
MINUTE_CELLS, FIVE_CELLS = MINUTE_S // CELL_S, FIVE_S // CELL_S

Cell = tuple[int, float, float, int, int, float]
"""Its number since 1970, what was bought and sold in it, all trades and buys of the tape at its end, and the confirmed
price then."""


class Windows:
    """The closed cells of both sides; the sums stand on the flows."""

    __slots__ = ("_bought", "_five", "_minute", "_sold", "buys_before", "trades_before")

    def __init__(self, bought: Flow, sold: Flow) -> None:
        self._bought = bought
        self._sold = sold
        self._minute: deque[Cell] = deque()
        self._five: deque[Cell] = deque()
        self.trades_before = 0
        self.buys_before = 0
        """All trades and buys of the tape when the last minute began."""

    @property
    def cells(self) -> Iterable[Cell]:
        """The closed ones of the last five minutes in which anything was traded, oldest first."""
        return self._five

    def turn(self, closed: int, cell: int, price: float) -> None:
        """The cell `closed` is over, at this price, and `cell` begins."""
        bought, sold = self._bought, self._sold
        gone: Cell = (closed, bought.cell, sold.cell, bought.trades + sold.trades, bought.trades, price)
        self._minute.append(gone)
        self._five.append(gone)
        bought.minute += bought.cell
        sold.minute += sold.cell
        bought.five += bought.cell
        sold.five += sold.cell
        bought.cell = sold.cell = 0.0
        self._leave(cell)

    def _leave(self, cell: int) -> None:
        bought, sold = self._bought, self._sold
        last = cell - MINUTE_CELLS
        while self._minute and self._minute[0][0] <= last:
            _, amount, other, self.trades_before, self.buys_before, _ = self._minute.popleft()
            bought.minute -= amount
            sold.minute -= other
        last = cell - FIVE_CELLS
        while self._five and self._five[0][0] <= last:
            _, amount, other, _, _, _ = self._five.popleft()
            bought.five -= amount
            sold.five -= other

    def sum_anew(self) -> None:
        """Lest rounding errors pile up; once a minute is enough."""
        for flow, side in ((self._bought, 1), (self._sold, 2)):
            flow.minute = sum(cell[side] for cell in self._minute)
            flow.five = sum(cell[side] for cell in self._five)
