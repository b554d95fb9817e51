"""What was traded in one instrument over some hours or days, held in arrays: about 33 bytes a trade."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from statistics import median

from scanner.model.instrument import Instrument

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@dataclass(slots=True)
class Recording:
    """Trades in the venue's order."""

    name: str
    """Of the event or the series, as the data call it."""
    exchange: str
    instrument: Instrument
    at_ms: array[int] = field(default_factory=lambda: array("q"))
    """The venue's time, Unix milliseconds."""
    seen_ms: array[int] = field(default_factory=lambda: array("q"))
    """When a listener hears of it: never before what stands before it."""
    prices: array[float] = field(default_factory=lambda: array("d"))
    sizes: array[float] = field(default_factory=lambda: array("d"))
    """In base currency."""
    buys: bytearray = field(default_factory=bytearray)
    """1 where the taker bought, 0 where it sold."""

    def add(self, at_ms: int, price: float, size: float, *, buy: bool) -> None:
        """One more trade."""
        seen = self.seen_ms
        self.at_ms.append(at_ms)
        seen.append(at_ms if not seen or at_ms > seen[-1] else seen[-1])
        self.prices.append(price)
        self.sizes.append(size)
        self.buys.append(buy)

    def __len__(self) -> int:
        return len(self.at_ms)

    @property
    def first_ms(self) -> int:
        """When the first trade was heard of; 0 without any."""
        return self.seen_ms[0] if self.seen_ms else 0

    @property
    def last_ms(self) -> int:
        """When the last one was; 0 without any."""
        return self.seen_ms[-1] if self.seen_ms else 0

    def highest(self, since_ms: int, until_ms: int) -> float:
        """The highest price in a span, both ends included; 0 where nothing was traded."""
        start, stop = bisect_left(self.seen_ms, since_ms), bisect_right(self.seen_ms, until_ms)
        return max(self.prices[start:stop], default=0.0)

    def usual(self, since_ms: int, until_ms: int) -> float:
        """The median price in a span without its end; where nothing was traded, the last price before; else 0."""
        start, stop = bisect_left(self.seen_ms, since_ms), bisect_left(self.seen_ms, until_ms)
        if start < stop:
            return median(self.prices[start:stop])
        return self.prices[stop - 1] if stop else 0.0
