"""One conversation in the ticket dialect: what to ask for, and what the answers mean.

`parse` is the hottest function of the house. A market frame takes the short way: one typed decode, one table lookup,
one event. Everything else (other spelling, arrays of mixed content, control messages, garbage) takes `_parse_unusual`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any

import msgspec

from scanner.exchanges.base import Endpoint, Keepalive, Rejected, RemoteNonsense, Result
from scanner.exchanges.books import whole
from scanner.exchanges.lacking import unfetched
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense
from scanner.exchanges.rows import ROWS
from scanner.exchanges.ticket.codes import Instruments
from scanner.exchanges.ticket.control import reply, throttled
from scanner.exchanges.ticket.dialect import Dialect, Format
from scanner.exchanges.ticket.frames import (
    CHANNEL_OF,
    ENVELOPE,
    LONG,
    SHORT,
    BookFrame,
    CandleFrame,
    MarketFrame,
    TickerFrame,
    TradeFrame,
)
from scanner.exchanges.ticket.requests import request, require
from scanner.exchanges.times import nanoseconds
from scanner.model.market import Candle, Channel, Level, OrderBook, Side, Subscription, Ticker, Trade

KEEPALIVE = Keepalive(every_s=20.0, frame=None, patience_s=60.0)
"""Both venues close after 120 s without a word either way, and answer PING frames."""

Reader = Callable[[Any, int], list[Result]]
"""Takes a decoded message and our receive time; RemoteNonsense when its types are right and its sense is not."""

_SIDES: dict[str, Side] = {"BID": "buy", "ASK": "sell"}


class TicketSession:
    """A conversation with one venue of the family; knows nothing of any earlier one."""

    def __init__(self, dialect: Dialect, form: Format, endpoint: Endpoint) -> None:
        self._dialect = dialect
        self._exchange = dialect.name
        self._form = form
        self._wanted = frozenset(endpoint.subscriptions)
        self._asked = 0
        self._instruments = Instruments()
        self._decode = SHORT.decode if form.startswith("SIMPLE") else LONG.decode
        readers: dict[Channel, Reader] = {
            "trade": self._trade,
            "orderbook": self._book,
            "ticker": self._ticker,
            "candle": self._candle,
        }
        self._readers: dict[type, Reader] = {list: self._array}
        for message, channel in CHANNEL_OF.items():
            self._readers[message] = readers[channel] if channel in dialect.socket.streams else self._unasked

    @property
    def keepalive(self) -> Keepalive:
        """PING frames, far more often than the venue asks for."""
        return KEEPALIVE

    def subscribe(self) -> list[str]:
        """One request for everything; none when nothing is wanted, since the venue refuses an empty one."""
        if not self._wanted:
            return []
        self._asked += 1
        return [request(self._dialect, self._form, self._wanted, f"scanner-{self._asked}")]

    def update(self, wanted: Iterable[Subscription]) -> list[str]:
        """The whole new set, because a request replaces all before it; none when the set is the same.

        The venue has no word for wanting nothing: an empty set is remembered, and ends with the connection.
        """
        wanted = frozenset(wanted)
        if wanted == self._wanted:
            return []
        require(self._dialect, wanted)
        self._wanted = wanted
        return self.subscribe()

    def parse(self, frame: bytes | str, seen: int) -> list[Result]:
        """Events of one frame; [] for the past trade that a snapshot repeats and for replies that say nothing."""
        try:
            if frame.isascii():  # all market messages are; a complaint in Korean is not
                message = self._decode(frame)
                return self._readers[type(message)](message, seen)
        except UNREADABLE:
            pass
        except RemoteNonsense as problem:
            raise nonsense(str(problem), frame) from None
        return self._parse_unusual(frame, seen)

    def parse_fetched(self, tag: str, body: bytes) -> list[Result]:
        """Nothing is ever fetched here, so any answer is nonsense."""
        raise unfetched(self._dialect.title, tag, body)

    # ---- market messages

    def _trade(self, message: TradeFrame, seen: int) -> list[Result]:
        if message.stream_type == "SNAPSHOT":
            return []  # the latest past trade, told anew after every request
        return [
            Trade(
                self._exchange,
                self._instruments[message.code],
                nanoseconds(message.trade_timestamp),
                seen,
                str(message.sequential_id),
                message.trade_price,
                message.trade_volume,
                _SIDES[message.ask_bid],
            )
        ]

    def _book(self, message: BookFrame, seen: int) -> list[Result]:
        bids: list[Level] = []
        asks: list[Level] = []
        for unit in message.orderbook_units:  # most of a book's time is spent here: one loop, each field read once
            price, size = unit.bid_price, unit.bid_size
            if size and price:
                bids.append((price, size))
            price, size = unit.ask_price, unit.ask_size
            if size and price:
                asks.append((price, size))
        at = nanoseconds(message.timestamp)
        return [OrderBook(self._exchange, self._instruments[message.code], at, seen, *whole(bids, asks, depth=None))]

    def _ticker(self, message: TickerFrame, seen: int) -> list[Result]:
        return [
            Ticker(
                self._exchange,
                self._instruments[message.code],
                nanoseconds(message.timestamp),
                seen,
                message.trade_price,
                message.acc_trade_volume_24h,
                message.acc_trade_price_24h,
            )
        ]

    def _candle(self, message: CandleFrame, seen: int) -> list[Result]:
        return [
            Candle(
                self._exchange,
                self._instruments[message.code],
                nanoseconds(int(message.candle_date_time_utc.replace(tzinfo=UTC).timestamp())),
                seen,
                message.interval_s,
                message.opening_price,
                message.high_price,
                message.low_price,
                message.trade_price,
                message.candle_acc_trade_volume,
                message.candle_acc_trade_price,
            )
        ]

    def _array(self, messages: list[MarketFrame], seen: int) -> list[Result]:
        readers = self._readers
        return [result for message in messages for result in readers[type(message)](message, seen)]

    def _unasked(self, message: MarketFrame, _seen: int) -> list[Result]:
        raise RemoteNonsense(f"{self._dialect.title} sends no {CHANNEL_OF[type(message)]}")

    # ---- everything else

    def _parse_unusual(self, frame: bytes | str, seen: int) -> list[Result]:
        """A frame that is no market message in the spelling spoken last, or an array of different things."""
        try:
            text = (frame if isinstance(frame, str) else frame.decode()).strip()
            elements = ROWS.decode(text) if text.startswith("[") else [text]
        except UNREADABLE as error:
            raise nonsense(str(error), frame) from None
        if not text.startswith(("{", "[")) and throttled(text):
            return [Rejected("Too Many Requests", bounded(text), throttled=True)]
        return [result for element in elements for result in self._parse_object(element, seen)]

    def _parse_object(self, element: str | msgspec.Raw, seen: int) -> list[Result]:
        """One object of any kind; the spelling of a market message is the one expected from then on."""
        try:
            envelope = ENVELOPE.decode(element)
            if envelope.type is None and envelope.ty is None:
                return reply(envelope)
            decode = SHORT.decode if envelope.type is None else LONG.decode
            message = decode(element)
            self._decode = decode
            return self._readers[type(message)](message, seen)
        except (RemoteNonsense, *UNREADABLE) as problem:
            raise nonsense(str(problem), element if isinstance(element, str) else bytes(element)) from None
