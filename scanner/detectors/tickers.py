"""Instruments of which a venue shows tickers only: a last price and a day's totals, about once a second.

The last price knows no side, so one price both rises and falls, and the bounce between bid and ask is part of what is
usual. What was traded is the change of the day's total, which also loses what was traded a day ago. There is no rush
order to count.
"""

from __future__ import annotations

from scanner.detectors.baseline import Baseline
from scanner.detectors.flow import Flow
from scanner.detectors.strip import Strip
from scanner.detectors.usual import INFINITE
from scanner.model.market import Ticker
from scanner.model.moments import SECOND

DAY_MIN = 1440
MINUTE_NS = 60 * SECOND
LATE_NS = MINUTE_NS
"""As for trades: older by more than this is no latecomer, but a clock that was set back."""


class Ticks(Strip):
    """One instrument's tickers since the last hole: the same price and total, seen as a rise and as a fall."""

    __slots__ = ("_minute", "down", "first_total", "up")

    def __init__(self, baseline: Baseline, ticker: Ticker, *, blind: bool = False) -> None:
        super().__init__(baseline, ticker.at, blind=blind)
        self.first_total = ticker.turnover_24h
        """What was turned over in the 24 h before it began."""
        mark = (0, 0, ticker.turnover_24h, 0)
        self.up = Flow(1.0, ticker.price, ticker.at, mark)
        self.down = Flow(-1.0, ticker.price, ticker.at, mark)
        self._minute = ticker.at // MINUTE_NS
        self._renew()

    @property
    def trades(self) -> int:
        """Tickers since it began."""
        return self.up.trades

    def add(self, ticker: Ticker) -> None:
        """Take one in."""
        self.at = at = max(self.at, ticker.at)
        minute = at // MINUTE_NS
        if minute != self._minute:
            self._close(minute, ticker.turnover_24h / DAY_MIN / 2)
        for flow in (self.up, self.down):
            flow.add_total(at, ticker.price, ticker.turnover_24h)

    def _close(self, minute: int, half: float) -> None:
        """A minute is over. The day's mean minute stands for it: how much was traded in it, nobody tells."""
        self.baseline.follow(self._minute, half, (self.up.take_minute().move, self.down.take_minute().move))
        self._minute = minute
        self._renew()

    def _renew(self) -> None:
        usual = self.baseline
        self.up.usual = self.down.usual = (
            usual.bought.turnover.mean + usual.sold.turnover.mean if usual.warm else INFINITE
        )
