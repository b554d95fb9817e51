"""What data means that stands by itself: everything but books that come as changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Raw

from scanner.exchanges.base import Result
from scanner.exchanges.books import shown
from scanner.exchanges.okx.frames import BOOKS, CANDLES, TICKERS, TRADES, CandleRow
from scanner.exchanges.okx.numbered import NumberedBook
from scanner.exchanges.okx.streams import NAME
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Ticker, Trade

CANDLE_S = 60

Reading = Callable[[Instrument, Raw, int], list[Result]]


def tickers(instrument: Instrument, data: Raw, seen: int) -> list[Result]:
    """Last prices."""
    return TICKERS.told(
        data, lambda row: Ticker(NAME, instrument, nanoseconds(row.ts), seen, row.last, row.volume, row.turnover)
    )


def trades(instrument: Instrument, data: Raw, seen: int) -> list[Result]:
    """Executions. The first one after subscribing may be old."""
    return TRADES.told(
        data, lambda row: Trade(NAME, instrument, nanoseconds(row.ts), seen, row.id, row.price, row.size, row.side)
    )


def candles(instrument: Instrument, data: Raw, seen: int) -> list[Result]:
    """Bars: the one that grows, and before it perhaps the one that has just become final."""

    def candle(row: CandleRow) -> Candle:
        at, prices = nanoseconds(row.start), (row.open, row.high, row.low, row.close)
        return Candle(NAME, instrument, at, seen, CANDLE_S, *prices, row.volume, row.turnover)

    return CANDLES.told(data, candle)


def tops(instrument: Instrument, data: Raw, seen: int) -> list[Result]:
    """Best prices; none while a side is empty, or while the two cross as they do before a market opens."""
    results: list[Result] = []
    for row in BOOKS.read(data):
        if not (row.bids and row.asks):
            continue
        bid, ask = row.bids[0], row.asks[0]
        if bid.price < ask.price and bid.size and ask.size:
            at = nanoseconds(row.ts)
            results.append(BookTop(NAME, instrument, at, seen, (bid.price, bid.size), (ask.price, ask.size)))
    return results


def books(instrument: Instrument, data: Raw, seen: int) -> list[Result]:
    """Five levels, each time anew: nothing can be missed. None while they cross as they do before a market opens."""
    results: list[Result] = []
    for row in BOOKS.read(data):
        book = NumberedBook()
        book.take(row, nanoseconds(row.ts), whole=True)
        results += shown(book.levels, NAME, instrument, book.at, seen)
    return results


READINGS: Mapping[str, Reading] = {
    "tickers": tickers,
    "trades": trades,
    "books5": books,
    "bbo-tbt": tops,
    "candle1m": candles,
}
"""By the venue's channel."""
