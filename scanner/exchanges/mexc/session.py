"""One conversation with MEXC's spot socket: binary frames are market data in protobuf, text frames are about itself.

Trades of 100 ms, as the protobuf says it in JSON (an int64 shown as a number):

    {"channel":"spot@public.aggre.deals.v3.api.pb@100ms@WAVEUSDT","symbol":"WAVEUSDT","sendTime":1790000000153,
     "publicAggreDeals":{"deals":[{"price":"0.5825","quantity":"40.25","tradeType":1,"time":1790000000112}],
     "eventType":"spot@public.aggre.deals.v3.api.pb@100ms"}}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from google.protobuf.message import DecodeError

from scanner.exchanges.base import (
    Accepted,
    Endpoint,
    Fetch,
    Keepalive,
    Rejected,
    RemoteNonsense,
    Request,
    Result,
)
from scanner.exchanges.books import SHOWN
from scanner.exchanges.codes import Codes
from scanner.exchanges.mexc.control import PING, Requests
from scanner.exchanges.mexc.depth import Change, Merging
from scanner.exchanges.mexc.ids import made_id
from scanner.exchanges.mexc.push_pb2 import PublicMiniTickerV3Api, PushDataV3ApiWrapper
from scanner.exchanges.mexc.rest import read_snapshot, snapshot_request
from scanner.exchanges.mexc.streams import Books, code_of, name_of, require
from scanner.exchanges.mexc.values import Row, amount, levels, number, top, version
from scanner.exchanges.nonsense import nonsense
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Channel, OrderBook, Side, Subscription, Ticker, Trade

KEEPALIVE = Keepalive(every_s=15.0, frame=PING, patience_s=25.0)
"""The venue closes after 60 s in which nothing was said; its PONG takes no longer than ten. PING frames of the
WebSocket itself may go unanswered here, so they prove nothing."""

LONGEST_ID = 64
"""Characters of a trade's id; the venue's other ids have 20."""
MINUTE_S = 60
PUBLIC = "spot@public."

Reader = Callable[[PushDataV3ApiWrapper, Instrument, int], list[Result]]
"""Takes a message, whom it is about, and our receive time; RemoteNonsense when it makes no sense."""

_SIDES: dict[int, Side] = {1: "buy", 2: "sell"}


class MexcSession:
    """A conversation; knows nothing of any earlier one."""

    def __init__(self, exchange: str, rest_url: str, books: Books, endpoint: Endpoint) -> None:
        self._exchange = exchange
        self._rest_url = rest_url
        self._books = books
        self._requests = Requests()
        self._refused: set[str] = set()
        """Streams the venue said no to: asking again never helps."""
        self._merging: dict[Instrument, Merging] = {}
        self._codes = Codes(code_of)
        self._readers: dict[Channel, Reader] = {
            "trade": self._trades,
            "ticker": self._tickers,
            "booktop": self._top,
            "candle": self._candle,
            "orderbook": self._whole_book if books == "LIMIT" else self._changed_book,
        }
        self._streams: dict[str, list[Subscription]] = {}
        self._routes: dict[str, tuple[Reader, Instrument]] = {}
        self._want(endpoint.subscriptions)

    @property
    def keepalive(self) -> Keepalive:
        """The venue's own PING, in JSON."""
        return KEEPALIVE

    def subscribe(self) -> list[str]:
        """Ask for every stream, a few names in each frame."""
        return self._requests.subscribe(self._streams)

    def update(self, wanted: Iterable[Subscription]) -> list[str]:
        """Give up what is not wanted, then ask for what is new, so that the connection never carries too many."""
        wanted = frozenset(wanted)
        require(wanted)
        before = self._streams
        self._want(one for one in wanted if name_of(one, self._books) not in self._refused)
        gone = [name for name in before if name not in self._streams]
        new = [name for name in self._streams if name not in before]
        return self._requests.unsubscribe(gone) + self._requests.subscribe(new)

    def parse(self, frame: bytes | str, seen: int) -> list[Result]:
        """Events of one push, or what a text frame says about the conversation."""
        if isinstance(frame, str):
            return self._hear(frame)
        try:
            push = PushDataV3ApiWrapper.FromString(frame)
            route = self._routes.get(push.channel)
            if route is None:
                return self._trailing(push)
            if self._requests.open:
                self._requests.flows(push.channel)
            reader, instrument = route
            return reader(push, instrument, seen)
        except (DecodeError, RemoteNonsense) as problem:
            raise nonsense(str(problem), frame) from None

    def parse_fetched(self, tag: str, body: bytes) -> list[Result]:
        """Books that were waiting for this snapshot; [] when nobody wants it any more."""
        word, _, code = tag.partition(" ")
        if word != "depth" or self._books != "AGGRE":
            raise nonsense(f"MEXC was asked for nothing by the name of {tag!r}", body)
        instrument = self._codes.get("orderbook", code)
        merging = None if instrument is None else self._merging.get(instrument)
        return [] if merging is None else merging.snapshot(*read_snapshot(body))

    # ---- what is wanted

    def _want(self, wanted: Iterable[Subscription]) -> None:
        streams: dict[str, list[Subscription]] = {}
        for one in sorted(wanted):
            streams.setdefault(name_of(one, self._books), []).append(one)
        self._streams = streams
        self._settle()

    def _settle(self) -> None:
        """Let all else follow from the streams."""
        self._routes = {
            name: (self._readers[first.channel], first.instrument) for name, (first, *_) in self._streams.items()
        }
        self._codes.want(one for carried in self._streams.values() for one in carried)
        books = {one.instrument for (one, *_) in self._streams.values() if one.channel == "orderbook"}
        self._merging = {instrument: one for instrument, one in self._merging.items() if instrument in books}

    def _hear(self, text: str) -> list[Result]:
        heard = self._requests.hear(text)
        if heard.everything:
            return [Rejected(heard.reason, heard.text)]
        refused = tuple(one for name in heard.refused for one in self._streams.pop(name, ()))
        if not refused:
            return [Accepted(tuple(one for name in heard.accepted for one in self._streams.get(name, ())))]
        self._refused.update(heard.refused)
        self._settle()
        return [Rejected(heard.reason, heard.text, subscriptions=refused)]

    def _trailing(self, push: PushDataV3ApiWrapper) -> list[Result]:
        """What was given up goes on for a moment."""
        if not push.channel.startswith(PUBLIC):
            raise RemoteNonsense(f"a message on no public channel: {push.channel!r}")
        return []

    # ---- market data

    def _trades(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        deals = push.publicAggreDeals.deals
        if not deals:
            raise RemoteNonsense("trades without a trade")
        trades: list[Result] = []
        taken: dict[str, int] = {}
        for deal in deals:
            ms, trade_id, side = deal.time, deal.tradeId, _SIDES.get(deal.tradeType)
            if side is None or len(trade_id) > LONGEST_ID:
                raise RemoteNonsense(f"tradeType {deal.tradeType}, tradeId of {len(trade_id)} characters")
            price, size = number(deal.price), number(deal.quantity)
            trade_id = trade_id or made_id(ms, price, size, side, taken)
            trades.append(Trade(self._exchange, instrument, nanoseconds(ms), seen, trade_id, price, size, side))
        return trades

    def _tickers(self, push: PushDataV3ApiWrapper, _instrument: Instrument, seen: int) -> list[Result]:
        """Rows of wanted markets; one that cannot be read hides no other, and one without a price has never traded."""
        at, find = _time(push), self._codes.get
        tickers: list[Result] = []
        bad: RemoteNonsense | None = None
        for row in push.publicMiniTickers.items:
            instrument = find("ticker", row.symbol)
            if instrument is None or not row.price:
                continue
            try:
                tickers.append(self._ticker(row, instrument, at, seen))
            except RemoteNonsense as problem:
                bad = bad or problem
        if bad is not None and not tickers:
            raise bad
        return tickers

    def _ticker(self, row: PublicMiniTickerV3Api, instrument: Instrument, at: int, seen: int) -> Ticker:
        """The venue's `volume` is the turnover here, and its `quantity` the volume."""
        return Ticker(self._exchange, instrument, at, seen, number(row.price), amount(row.quantity), amount(row.volume))

    def _top(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        """Nothing while one side is empty; crossed prices are blamed."""
        said = push.publicAggreBookTicker
        bid, ask = top(said.bidPrice, said.bidQuantity), top(said.askPrice, said.askQuantity)
        if bid is None or ask is None:
            if bid is ask:
                raise RemoteNonsense("a book top without bid and ask")
            return []
        if bid[0] >= ask[0]:
            raise RemoteNonsense("crossed book")
        return [BookTop(self._exchange, instrument, _time(push), seen, bid, ask)]

    def _candle(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        """A bar as far as it has grown: nothing says when it is done, but that the next one begins."""
        bar = push.publicSpotKline
        if bar.interval != "Min1":
            raise RemoteNonsense(f"a bar of {bar.interval!r}")
        start = nanoseconds(bar.windowStart)
        return [
            Candle(
                self._exchange,
                instrument,
                start,
                seen,
                MINUTE_S,
                number(bar.openingPrice),
                number(bar.highestPrice),
                number(bar.lowestPrice),
                number(bar.closingPrice),
                amount(bar.volume),
                amount(bar.amount),
            )
        ]

    def _whole_book(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        """Each push stands for itself, so one that is lost is made good by the next."""
        said = push.publicLimitDepths
        bids, asks = _side(said.bids, falling=True), _side(said.asks, falling=False)
        if bids and asks:
            if bids[0][0] >= asks[0][0]:
                raise RemoteNonsense("crossed book")
        elif not bids and not asks:
            raise RemoteNonsense("empty book")
        at = _time(push)
        return [OrderBook(self._exchange, instrument, at, seen, bids, asks, version(said.version))]

    def _changed_book(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        said = push.publicAggreDepths
        first, last = version(said.fromVersion), version(said.toVersion)
        if first > last:
            raise RemoteNonsense(f"versions run backwards, from {first} to {last}")
        change = Change(_time(push), seen, first, last, levels(said.bids), levels(said.asks))
        merging = self._merging.get(instrument)
        if merging is None:
            merging = self._merging[instrument] = Merging(self._exchange, instrument, self._snapshot(instrument))
        return merging.change(change)

    def _snapshot(self, instrument: Instrument) -> Fetch:
        code = code_of(instrument)
        request: Request = snapshot_request(self._rest_url, code)
        return Fetch(request, f"depth {code}")


def _time(push: PushDataV3ApiWrapper) -> int:
    return nanoseconds(push.sendTime or push.createTime)


def _side(rows: Sequence[Row], *, falling: bool) -> tuple[tuple[float, float], ...]:
    """The best levels of one side, without empty ones."""
    return tuple(sorted((level for level in levels(rows) if level[1]), reverse=falling)[:SHOWN])
