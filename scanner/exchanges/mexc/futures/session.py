"""One conversation with MEXC's futures socket.

Sizes come in contracts. How many coins one is stands in the catalogue, which a session does not see: it asks for that
itself, once, when the first trade, book or bar comes, and until it knows it tells none of them. Tickers need no sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from scanner.exchanges.base import Accepted, Endpoint, Fetch, Keepalive, Rejected, RemoteNonsense, Result
from scanner.exchanges.books import whole
from scanner.exchanges.codes import Codes
from scanner.exchanges.lacking import unfetched
from scanner.exchanges.mexc.futures.frames import (
    DEAL,
    ENVELOPE,
    MESSAGE,
    TAGS,
    TICKER,
    Book,
    Deal,
    Deals,
    Envelope,
    Failed,
    Kline,
    LevelRow,
    Pong,
    TickerRow,
    Tickers,
    unzipped,
)
from scanner.exchanges.mexc.futures.rest import contracts_request, read_sizes, ticker
from scanner.exchanges.mexc.futures.streams import code_of, name_of, request, require
from scanner.exchanges.mexc.ids import made_id
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense
from scanner.exchanges.rows import ROWS, sift, sift_rows
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Level, OrderBook, Side, Subscription, Ticker, Trade

KEEPALIVE = Keepalive(every_s=15.0, frame='{"method":"ping"}', patience_s=25.0)
"""Without a ping for 60 s the venue closes, even while data flow."""
CONTRACTS = "contracts"
"""The tag of the one question."""
MINUTE_S = 60

Reader = Callable[[Any, int], list[Result]]

_SIDES: dict[int, Side] = {1: "buy", 2: "sell"}


class FuturesSession:
    """A conversation; knows nothing of any earlier one."""

    def __init__(self, exchange: str, rest_url: str, endpoint: Endpoint) -> None:
        self._exchange = exchange
        self._rest_url = rest_url
        self._codes = Codes(code_of)
        self._streams: dict[str, Subscription] = {}
        """One subscription of each stream, which is enough to ask for it."""
        self._wanted: frozenset[Subscription] = frozenset()
        self._refused: set[str] = set()
        self._sizes: dict[str, float] = {}
        self._asked: set[str] = set()
        """Codes whose size has been asked for: the venue may not know it."""
        self._readers: dict[type, Reader] = {
            Tickers: self._tickers,
            Deals: self._trades,
            Book: self._book,
            Kline: self._candle,
            Pong: self._pong,
            Failed: self._failed,
        }
        self._torn: dict[str, Callable[[Envelope, int], list[Result]]] = {
            "push.tickers": self._torn_tickers,
            "push.deal": self._torn_trades,
        }
        self._want(endpoint.subscriptions)

    @property
    def keepalive(self) -> Keepalive:
        """The venue's own ping, in JSON."""
        return KEEPALIVE

    def subscribe(self) -> list[str]:
        """One frame for each stream; the venue takes no more than one in each."""
        return [request("sub", one) for one in self._streams.values()]

    def update(self, wanted: Iterable[Subscription]) -> list[str]:
        """Give up what is not wanted, then ask for what is new."""
        wanted = frozenset(wanted)
        require(wanted)
        before = self._streams
        self._want(one for one in wanted if name_of(one) not in self._refused)
        gone = [request("unsub", one) for name, one in before.items() if name not in self._streams]
        return gone + [request("sub", one) for name, one in self._streams.items() if name not in before]

    def parse(self, frame: bytes | str, seen: int) -> list[Result]:
        """Events of one message; binary frames are compressed text."""
        try:
            text = frame if isinstance(frame, str) else unzipped(frame)
            try:
                message = MESSAGE.decode(text)
            except msgspec.ValidationError as problem:
                return self._other(text, problem, seen)
            return self._readers[type(message)](message, seen)
        except (RemoteNonsense, *UNREADABLE) as problem:
            raise nonsense(str(problem), frame) from None

    def parse_fetched(self, tag: str, body: bytes) -> list[Result]:
        """Sizes of contracts: from now on all is told, but of contracts that have none."""
        if tag != CONTRACTS:
            raise unfetched("MEXC", tag, body)
        self._sizes = read_sizes(body)
        unknown = tuple(one for one in self._contracts() if code_of(one.instrument) in self._asked - self._sizes.keys())
        return self._refuse("unlisted", "the catalogue has no size of this contract", unknown) if unknown else []

    # ---- what is wanted

    def _want(self, wanted: Iterable[Subscription]) -> None:
        self._wanted = frozenset(wanted)
        self._streams = {name_of(one): one for one in sorted(self._wanted)}
        self._codes.want(self._wanted)
        carried = {code_of(one.instrument) for one in self._wanted}
        self._asked &= carried

    # ---- what is said about the conversation

    def _other(self, text: bytes | str, problem: msgspec.ValidationError, seen: int) -> list[Result]:
        """Confirmations name no contract; a greeting and answers about accounts mean nothing here."""
        message = ENVELOPE.decode(text)
        if message.channel in self._torn:
            return self._torn[message.channel](message, seen)
        if message.channel.startswith("rs.sub."):
            return [Accepted()]
        if message.channel in TAGS:
            raise RemoteNonsense(str(problem))
        return []

    def _pong(self, _message: Pong, _seen: int) -> list[Result]:
        return [Accepted()]

    def _failed(self, message: Failed, _seen: int) -> list[Result]:
        """`Contract [NOPE_USDT] not exists` tells of which; older words do not: the watch over silence finds it."""
        code = message.data.partition("[")[2].partition("]")[0]
        refused = tuple(one for one in self._contracts() if code_of(one.instrument) == code)
        if not refused:
            raise RemoteNonsense(f"refused, but not what: {bounded(message.data)}")
        return self._refuse("contract", bounded(message.data), refused)

    def _contracts(self) -> list[Subscription]:
        """All that is wanted of single contracts."""
        return sorted(one for one in self._wanted if one.channel != "ticker")

    def _refuse(self, reason: str, text: str, refused: tuple[Subscription, ...]) -> list[Result]:
        self._refused.update(map(name_of, refused))
        self._want(self._wanted.difference(refused))
        return [Rejected(reason, text, subscriptions=refused)]

    # ---- market data

    def _tickers(self, message: Tickers, seen: int) -> list[Result]:
        """Those of wanted contracts; one that makes no sense hides no other, and is counted."""
        tickers, torn = sift(message.data, lambda row: self._ticker(row, message.ts, seen))
        return [*tickers, *torn]

    def _torn_tickers(self, message: Envelope, seen: int) -> list[Result]:
        rows, torn = sift_rows(ROWS.decode(message.data), TICKER.decode)
        return [*self._tickers(Tickers(rows), seen), *torn]

    def _ticker(self, row: TickerRow, sent: int | None, seen: int) -> Ticker | None:
        instrument = self._codes.get("ticker", row.symbol or "")
        return None if instrument is None else ticker(row, self._exchange, instrument, sent, seen)

    def _trades(self, message: Deals, seen: int) -> list[Result]:
        """The venue names no trade, so they get names of ours; one that makes no sense hides no other."""
        instrument, size, ask = self._contract("trade", message.symbol)
        if instrument is None or not size:
            return ask
        taken: dict[str, int] = {}

        def trade(deal: Deal) -> Trade:
            at, side, coins = nanoseconds(deal.t), _SIDES[deal.T], deal.v * size
            known = made_id(deal.t, deal.p, coins, side, taken)
            return Trade(self._exchange, instrument, at, seen, known, deal.p, coins, side)

        trades, torn = sift(message.data if isinstance(message.data, list) else [message.data], trade)
        return [*trades, *torn]

    def _torn_trades(self, message: Envelope, seen: int) -> list[Result]:
        deals, torn = sift_rows(message.rows, DEAL.decode)
        return [*self._trades(Deals(message.symbol or "", deals), seen), *torn]

    def _book(self, message: Book, seen: int) -> list[Result]:
        """Each message stands for itself, so one that is lost is made good by the next."""
        instrument, size, ask = self._contract("orderbook", message.symbol)
        if instrument is None or not size:
            return ask
        data = message.data
        bids, asks = whole(_coins(data.bids, size), _coins(data.asks, size))
        at = nanoseconds(data.cts or message.ts or 0)
        return [OrderBook(self._exchange, instrument, at, seen, bids, asks, data.version)]

    def _candle(self, message: Kline, seen: int) -> list[Result]:
        bar = message.data
        instrument, size, ask = self._contract("candle", message.symbol)
        if instrument is None or not size:
            return ask
        if bar.interval != "Min1":
            raise RemoteNonsense(f"a bar of {bar.interval!r}")
        return [
            Candle(
                self._exchange,
                instrument,
                nanoseconds(bar.t),
                seen,
                MINUTE_S,
                bar.o,
                bar.h,
                bar.l,
                bar.c,
                bar.q * size,
                bar.a,
            )
        ]

    def _contract(self, channel: Channel, code: str) -> tuple[Instrument | None, float, list[Result]]:
        """Whom a message is about and the coins in a contract of it; 0 while unknown, and then what to ask for."""
        instrument = self._codes.get(channel, code)
        size = self._sizes.get(code, 0.0)
        if instrument is None or size or code in self._asked:
            return instrument, size, []
        self._asked.update(code_of(one.instrument) for one in self._wanted)
        return instrument, size, [Fetch(contracts_request(self._rest_url), CONTRACTS)]


def _coins(rows: Iterable[LevelRow], size: float) -> list[Level]:
    """The levels of one side in coins, without empty ones."""
    return [(row.price, coins) for row in rows if (coins := row.contracts * size)]
