"""Ordinary days as one-minute candles, each played as four dated prints.

A candle tells four prices and one volume. It becomes four prints 15 seconds apart, from the start of its minute: open,
low, high, close where it closed no lower than it opened, else open, high, low, close. Each has a quarter of the volume.
A print above the last one is a taker's buy, one below a sell, and one at the same price has the side of the last:
candles name no side. A minute without volume has no print.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scanner.bench.detection.reading import Table, columns_of, groups, number, positive
from scanner.bench.detection.recording import SECOND_MS, Recording
from scanner.model.instrument import Instrument, Kind

SUFFIX = "-1m.csv.gz"
PRINTS = 4
SPACING_MS = 15 * SECOND_MS
PRICES = ("open", "high", "low", "close")
BASE, QUOTED = "base_volume", "quote_volume"
"""A file tells volumes in the coin or in what it is paid with."""
QUOTE = "BTC"
"""What a bare symbol is traded against."""
KINDS: dict[int, Kind] = {2: "spot", 3: "perpetual"}
"""By the parts of a code: `ADA_BTC`; `ADA_USDT_USDT` names its settlement too."""


class Quiet:
    """One venue's series, one after another."""

    def __init__(self, folder: Path, exchange: str) -> None:
        """BadData when the file is missing."""
        path = folder / f"{exchange}{SUFFIX}"
        self._exchange = exchange
        self._in_base = BASE in columns_of(path)
        self.candles = Table(path, ("symbol", "minute_s", *PRICES, BASE if self._in_base else QUOTED))

    def __iter__(self) -> Iterator[Recording]:
        """Each series as prints; BadData when a value is wrong."""
        for symbol, rows in groups(self.candles):
            try:
                series = Series(Recording(symbol, self._exchange, instrument(symbol)), in_base=self._in_base)
                for row in rows:
                    series.add(*row)
            except ValueError as error:
                raise self.candles.blame(error) from None
            yield series.recording


class Series:
    """Candles of one symbol on their way to being prints."""

    def __init__(self, recording: Recording, *, in_base: bool) -> None:
        self.recording = recording
        self._in_base = in_base
        self._minute = 0.0
        self._last = 0.0
        self._buy = True

    def add(self, minute: str, open_: str, high: str, low: str, close: str, volume: str) -> None:
        """One candle; ValueError says what is wrong with it."""
        start = positive("minute_s", minute)
        if start <= self._minute:
            raise ValueError(f"minute_s is {minute}, expected a later one than {self._minute:.0f}")
        self._minute = start
        quarter = number("volume", volume) / PRINTS
        if quarter < 0:
            raise ValueError(f"volume is {volume}, expected 0 or more")
        path = _path(*map(positive, PRICES, (open_, high, low, close)))
        if quarter:
            for place, price in enumerate(path):
                self._print(round(start * SECOND_MS) + place * SPACING_MS, price, quarter)

    def _print(self, at_ms: int, price: float, quarter: float) -> None:
        self._buy = price > self._last or (price == self._last and self._buy)
        self._last = price
        self.recording.add(at_ms, price, quarter if self._in_base else quarter / price, buy=self._buy)


def _path(open_: float, high: float, low: float, close: float) -> tuple[float, float, float, float]:
    """The way a price went within its minute, as far as a candle tells."""
    if not low <= min(open_, close) <= max(open_, close) <= high:
        raise ValueError(
            f"low {low:g}, open {open_:g}, close {close:g}, high {high:g}, expected low and high outermost"
        )
    return (open_, low, high, close) if close >= open_ else (open_, high, low, close)


def instrument(symbol: str) -> Instrument:
    """`bnspot:ADA_BTC`, `bnfut:ADA_USDT_USDT` or a bare `ADA`; ValueError for anything else."""
    base, *rest = symbol.rpartition(":")[2].split("_")
    quote, kind = (rest[0], KINDS.get(len(rest) + 1)) if rest else (QUOTE, "spot")
    if not (base and quote and kind):
        raise ValueError(f"symbol is {symbol!r}, expected one such as ADA, bnspot:ADA_BTC or bnfut:ADA_USDT_USDT")
    return Instrument(base, quote, kind)
