"""How late data is: from the venue's clock to ours, and from there to the rules. One sample a batch, never more.

A batch is what a worker hands over at once, at most some hundred events that came within milliseconds; its last event
speaks for it. Trades and order books are asked, which carry the moment they happened: a ticker may repeat an old one,
and a candle has the time of its start.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.model.histogram import Histogram
from scanner.model.market import BookTop, Event, OrderBook, Trade
from scanner.model.moments import SECOND

EVENT_BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""From a venue next door to one that lags: an alert about data half a minute old is none."""
PIPELINE_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Ours alone: a few milliseconds ordinarily, a second when this machine cannot keep up."""
_TIMED = (Trade, OrderBook, BookTop)


class Delays:
    """Told of each batch when the rules have seen it; read by whoever scrapes."""

    def __init__(self) -> None:
        self.events: dict[str, Histogram] = {}
        """Exchange → seconds from the venue's clock to ours."""
        self.pipeline: dict[str, Histogram] = {}
        """Exchange → seconds from our clock at the socket until the rules had seen it."""

    def take(self, events: Sequence[Event], now: int) -> None:
        """The rules have seen these; `now` is nanoseconds UTC."""
        last = events[-1] if events else None
        if not isinstance(last, _TIMED) or (isinstance(last, Trade) and last.backfilled):
            return
        exchange, delay = last.exchange, last.seen - last.at
        if exchange not in self.events:
            self.events[exchange] = Histogram(EVENT_BOUNDS_S)
            self.pipeline[exchange] = Histogram(PIPELINE_BOUNDS_S)
        # Clocks that disagree make a delay negative, and a sum must never fall; `alerts.skew` keeps the sign.
        self.events[exchange].observe(max(0, delay) / SECOND)
        self.pipeline[exchange].observe(max(0, now - last.seen) / SECOND)
