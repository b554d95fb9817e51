"""One conversation with Binance: everything is asked for by SUBSCRIBE, and comes wrapped in the name of its stream.

A trade, as a text frame:

    {"stream":"wavebnb@aggTrade","data":{"e":"aggTrade","E":1790000000153201,"s":"WAVEBNB","a":70015234,"p":"0.81250000",
     "q":"40.25000000","f":90017601,"l":90017603,"T":1790000000152940,"m":false,"M":true}}

The name tells which decoder reads the payload. Times are microseconds where the address asks for them and the site can;
their digits tell (`times.nanoseconds`), because a recording or another site answers in milliseconds all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Raw, UnsetType

from scanner.exchanges.base import Accepted, Endpoint, Keepalive, Rejected, RemoteNonsense, Result, Retiring, Send
from scanner.exchanges.binance.depth import Depth
from scanner.exchanges.binance.frames import (
    CANDLE,
    DEPTH,
    ENVELOPE,
    SNAPSHOT,
    TICKER,
    TICKERS,
    TOP,
    TRADE,
    Complaint,
    Envelope,
    TickerFrame,
)
from scanner.exchanges.binance.product import Product, name_of, require
from scanner.exchanges.binance.requests import Requests, Said
from scanner.exchanges.binance.rest import depth_fetch
from scanner.exchanges.codes import Codes, glued
from scanner.exchanges.lacking import unfetched
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense
from scanner.exchanges.rows import ROWS, answer, sift_rows
from scanner.exchanges.times import nanoseconds
from scanner.model.market import BookTop, Candle, Side, Subscription, Ticker, Trade

KEEPALIVE = Keepalive(every_s=30.0, frame=None, patience_s=60.0)
"""The venue pings by itself; ours are for learning that the line is dead."""

MALFORMED = 2
"""The venue's number for a request that it cannot follow, a single bad name among many included."""
TOO_MANY = frozenset({-1003, -1034})
"""Its numbers for who asks or connects too often."""

Payload = bytes | str | Raw

_LIST = ("[", b"[")
_SIDES: dict[bool, Side] = {True: "sell", False: "buy"}


class BinanceSession:
    """A conversation with one of Binance's houses; knows nothing of any earlier one."""

    def __init__(self, product: Product, rest_url: str, endpoint: Endpoint) -> None:
        self._product = product
        self._exchange = product.name
        self._rest_url = rest_url
        self._wanted = frozenset(endpoint.subscriptions)
        self._codes = Codes(glued, self._wanted)
        self._requests = Requests()
        self._depths: dict[str, Depth] = {}
        self._asked: set[str] = set()
        """Codes whose snapshot was ever asked for."""
        self._readers: dict[str, Callable[[Payload, int], list[Result]]] = {
            "aggTrade": self._trade,
            "bookTicker": self._top,
            "depth@100ms": self._depth,
            "depthUpdate": self._depth,
            "kline_1m": self._candle,
            "kline": self._candle,
            "arr": self._tickers,
            "24hrMiniTicker": self._ticker,
            "serverShutdown": self._shutdown,
            "!serverShutdown": self._shutdown,
        }
        """By what follows the market in the name of a stream, and by the event that a bare payload names."""

    @property
    def keepalive(self) -> Keepalive:
        """PING frames; the venue counts them with our messages, so they are seldom."""
        return KEEPALIVE

    def subscribe(self) -> list[str]:
        """As few messages as name everything."""
        return self._requests.say("SUBSCRIBE", self._names(self._wanted))

    def update(self, wanted: Iterable[Subscription]) -> list[str]:
        """What has to be ended first, then what is new; none when the same streams carry both sets."""
        wanted = frozenset(wanted)
        require(self._product, wanted)
        before, after = self._names(self._wanted), self._names(wanted)
        self._want(wanted)
        return [
            *self._requests.say("UNSUBSCRIBE", before - after),
            *self._requests.say("SUBSCRIBE", after - before),
        ]

    def parse(self, frame: bytes | str, seen: int) -> list[Result]:
        """Events of one frame; [] for what is not, or no longer, wanted."""
        try:
            if frame[:1] in _LIST:
                return self._tickers(frame, seen)
            envelope = ENVELOPE.decode(frame)
            stream = envelope.stream
            if stream:
                return self._reader(stream.partition("@")[2] or stream)(envelope.data, seen)
            if envelope.event:
                return self._reader(envelope.event)(frame, seen)
            if envelope.error is not None or envelope.code is not None or not isinstance(envelope.id, UnsetType):
                return self._reply(envelope)
            return self._top(frame, seen)  # nothing else comes without stream, event or id
        except (RemoteNonsense, *UNREADABLE) as problem:
            raise nonsense(str(problem), frame) from None

    def parse_fetched(self, tag: str, body: bytes) -> list[Result]:
        """The book of this code from its snapshot on; [] when it is no longer wanted."""
        if tag not in self._asked:
            raise unfetched(self._product.title, tag, body)
        snapshot, depth = answer(SNAPSHOT, body), self._depths.get(tag)
        return depth.snapshot(snapshot) if depth else []

    # ---- market data

    def _trade(self, payload: Payload, seen: int) -> list[Result]:
        frame = TRADE.decode(payload)
        instrument = self._codes.get("trade", frame.code)
        if instrument is None:
            return []
        side = _SIDES[frame.sold]
        at = nanoseconds(frame.at)
        return [Trade(self._exchange, instrument, at, seen, str(frame.id), frame.price, frame.size, side)]

    def _top(self, payload: Payload, seen: int) -> list[Result]:
        """It bears no time, so ours stands for it; with one side empty there is no top to tell."""
        frame = TOP.decode(payload)
        instrument = self._codes.get("booktop", frame.code)
        if instrument is None or not (frame.bid and frame.bid_size and frame.ask and frame.ask_size):
            return []
        if frame.bid >= frame.ask:
            raise RemoteNonsense("crossed book")
        bid, ask = (frame.bid, frame.bid_size), (frame.ask, frame.ask_size)
        return [BookTop(self._exchange, instrument, seen, seen, bid, ask)]

    def _depth(self, payload: Payload, seen: int) -> list[Result]:
        frame = DEPTH.decode(payload)
        code = frame.code
        instrument = self._codes.get("orderbook", code)
        if instrument is None:
            return []
        if code not in self._depths:
            fetch = depth_fetch(self._rest_url, self._product.rest, code)
            self._depths[code] = Depth(self._exchange, instrument, fetch)
            self._asked.add(code)
        return self._depths[code].change(frame, nanoseconds(frame.at), seen)

    def _candle(self, payload: Payload, seen: int) -> list[Result]:
        frame = CANDLE.decode(payload)
        instrument = self._codes.get("candle", frame.code)
        if instrument is None:
            return []
        bar = frame.bar
        prices = bar.open, bar.high, bar.low, bar.close
        at = nanoseconds(bar.start)
        return [Candle(self._exchange, instrument, at, seen, 60, *prices, bar.volume, bar.turnover, bar.bought)]

    def _tickers(self, payload: Payload, seen: int) -> list[Result]:
        """All markets that changed, wanted or not; one that cannot be read hides no other, and is counted."""
        try:
            frames = TICKERS.decode(payload)
            return [ticker for frame in frames if (ticker := self._as_ticker(frame, seen)) is not None]
        except (RemoteNonsense, *UNREADABLE):
            tickers, torn = sift_rows(ROWS.decode(payload), lambda row: self._as_ticker(TICKER.decode(row), seen))
            return [*tickers, *torn]

    def _ticker(self, payload: Payload, seen: int) -> list[Result]:
        ticker = self._as_ticker(TICKER.decode(payload), seen)
        return [] if ticker is None else [ticker]

    def _as_ticker(self, frame: TickerFrame, seen: int) -> Ticker | None:
        instrument = self._codes.get("ticker", frame.code)
        if instrument is None or not frame.price:
            return None
        at = nanoseconds(frame.at)
        return Ticker(self._exchange, instrument, at, seen, frame.price, frame.volume, frame.turnover)

    # ---- the conversation itself

    def _shutdown(self, _payload: Payload, _seen: int) -> list[Result]:
        return [Retiring("serverShutdown")]

    def _reply(self, envelope: Envelope) -> list[Result]:
        """The answer to something we said; an error without an id is about the one thing that waits, or about all."""
        complaint = envelope.error or (None if envelope.code is None else Complaint(envelope.code, envelope.msg))
        has_id = not isinstance(envelope.id, UnsetType) and envelope.id is not None
        said = self._requests.answered(envelope.id) if has_id else self._requests.only()
        if complaint is not None and (_throttles(complaint) or (not has_id and self._requests.waiting)):
            return [Rejected(str(complaint.code), bounded(complaint.msg), _throttles(complaint))]
        if said is None:
            raise RemoteNonsense("an answer to nothing that was asked")
        return [Accepted(self._carried_by(said))] if complaint is None else self._refused(said, complaint)

    def _refused(self, said: Said, complaint: Complaint) -> list[Result]:
        """One bad name spoils a whole message, so that is halved until the bad one stands alone."""
        if said.method == "UNSUBSCRIBE":
            raise RemoteNonsense(f"what we no longer want cannot be ended: {complaint.code} {complaint.msg}")
        if len(said.params) > 1 and complaint.code == MALFORMED:
            return [Send(message, operation=True) for message in self._requests.halves(said)]
        refused = self._carried_by(said)
        self._want(self._wanted.difference(refused))
        return [Rejected(str(complaint.code), bounded(complaint.msg), subscriptions=refused)] if refused else []

    def _reader(self, kind: str) -> Callable[[Payload, int], list[Result]]:
        reader = self._readers.get(kind)
        if reader is None:
            raise RemoteNonsense(f"a stream of a kind that is never asked for: {bounded(kind)!r}")
        return reader

    def _want(self, wanted: frozenset[Subscription]) -> None:
        """From now on only these; a book that nobody wants is forgotten, so that it begins anew when it is again."""
        self._wanted = wanted
        self._codes.want(wanted)
        self._depths = {code: depth for code, depth in self._depths.items() if self._codes.get("orderbook", code)}

    def _names(self, wanted: Iterable[Subscription]) -> set[str]:
        return {name_of(self._product, one) for one in wanted}

    def _carried_by(self, said: Said) -> tuple[Subscription, ...]:
        names = frozenset(said.params)
        return tuple(sorted(one for one in self._wanted if name_of(self._product, one) in names))


def _throttles(complaint: Complaint) -> bool:
    """Whether it says that we ask too often: then only waiting helps."""
    return complaint.code in TOO_MANY or "too many requests" in complaint.msg.lower()
