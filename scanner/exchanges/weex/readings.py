"""What tickers, tops, trades and bars of one conversation mean: one message, its events, nothing remembered.

A trade, as a text frame; several of them come in one, in any order:

    {"e":"trade","E":1790000000131,"s":"WAVEUSDT","d":[{"T":1790000000112,"t":"0b6f0c4e-52f1-4f0a-9a53-6d1f3c2f7a10",
     "p":"0.8125","q":"40.25","v":"32.703125","m":false}]}

`tradeSnapshot` tells trades from before we came, of a thin coin hours old: told as news they would look like a burst,
so they are left out. What a hole swallowed is asked for by REST, which says how much of it there is.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from scanner.exchanges.base import RemoteNonsense, Result
from scanner.exchanges.codes import Codes
from scanner.exchanges.rows import sift, sift_rows
from scanner.exchanges.times import nanoseconds
from scanner.exchanges.weex.frames import (
    INTERVALS,
    TRADE,
    CandlesFrame,
    FirstCandlesFrame,
    PastTradesFrame,
    TickerFrame,
    TopFrame,
    TornTradesFrame,
    TradeRow,
    TradesFrame,
)
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Side, Ticker, Trade

Reader = Callable[[Any, int], list[Result]]
"""Takes a decoded message and our receive time; RemoteNonsense when its types are right and its sense is not."""

_EARLIEST_FIRST = attrgetter("at")


class Readings:
    """Readers of a conversation whose wants `codes` knows; what nobody wants gives nothing."""

    def __init__(self, exchange: str, codes: Codes) -> None:
        self._exchange = exchange
        self._codes = codes
        self.readers: dict[type, Reader] = {
            TickerFrame: self._ticker,
            TopFrame: self._top,
            TradesFrame: self._trades,
            PastTradesFrame: self._past_trades,
            CandlesFrame: self._candles,
            FirstCandlesFrame: self._candles,
        }

    def _ticker(self, message: TickerFrame, seen: int) -> list[Result]:
        instrument = self._codes.get("ticker", message.symbol)
        if instrument is None:
            return []
        row, at = message.rows[0], nanoseconds(message.at)
        return [Ticker(self._exchange, instrument, at, seen, row.price, row.volume, row.turnover)]

    def _top(self, message: TopFrame, seen: int) -> list[Result]:
        instrument = self._codes.get("booktop", message.symbol)
        if instrument is None or not (message.bid and message.bid_size and message.ask and message.ask_size):
            return []  # a book with an empty side has no top to tell
        if message.bid >= message.ask:
            raise RemoteNonsense("crossed top of a book")
        bid, ask = (message.bid, message.bid_size), (message.ask, message.ask_size)
        return [BookTop(self._exchange, instrument, nanoseconds(message.at), seen, bid, ask)]

    def _trades(self, message: TradesFrame, seen: int) -> list[Result]:
        instrument = self._codes.get("trade", message.symbol)
        if instrument is None:
            return []
        trades, torn = sift(message.rows, lambda row: self._trade(row, instrument, seen))
        return [*sorted(trades, key=_EARLIEST_FIRST), *torn]

    def torn_trades(self, message: TornTradesFrame, seen: int) -> list[Result]:
        """Those that can be read, and blame for the others; RemoteNonsense when none can be."""
        rows, torn = sift_rows(message.rows, TRADE.decode)
        return [*self._trades(TradesFrame(message.symbol, rows), seen), *torn]

    def _trade(self, row: TradeRow, instrument: Instrument, seen: int) -> Trade:
        side: Side = "sell" if row.buyer_was_maker else "buy"
        return Trade(self._exchange, instrument, nanoseconds(row.at), seen, row.id, row.price, row.size, side)

    def _past_trades(self, _message: PastTradesFrame, _seen: int) -> list[Result]:
        return []

    def _candles(self, message: CandlesFrame, seen: int) -> list[Result]:
        instrument = self._codes.get("candle", message.symbol)
        if instrument is None or message.of != "LAST_PRICE":
            return []
        return [
            Candle(
                self._exchange,
                instrument,
                nanoseconds(row.start),
                seen,
                INTERVALS[row.interval],
                row.open,
                row.high,
                row.low,
                row.close,
                row.volume,
                row.turnover,
                row.bought,
            )
            for row in message.rows
            if row.interval in INTERVALS
        ]
