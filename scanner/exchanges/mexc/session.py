"""One conversation with MEXC's spot socket: binary frames are market data in protobuf, text frames are about itself."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.message import DecodeError

from scanner.exchanges.base import Accepted, Endpoint, Fetch, Keepalive, Rejected, RemoteNonsense, Result
from scanner.exchanges.codes import Codes, glued
from scanner.exchanges.lacking import unfetched
from scanner.exchanges.mexc.control import PING, Requests
from scanner.exchanges.mexc.depth import Change, Merging
from scanner.exchanges.mexc.push_pb2 import PushDataV3ApiWrapper
from scanner.exchanges.mexc.readings import Reader, Readings, time_of
from scanner.exchanges.mexc.rest import read_snapshot, snapshot_request
from scanner.exchanges.mexc.streams import Books, name_of, require
from scanner.exchanges.mexc.values import levels, version
from scanner.exchanges.nonsense import nonsense
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription

KEEPALIVE = Keepalive(every_s=15.0, frame=PING, patience_s=25.0)
"""The venue closes after 60 s in which nothing was said; its PONG takes no longer than ten. PING frames of the
WebSocket itself may go unanswered here, so they prove nothing."""

PUBLIC = "spot@public."


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
        self._codes = Codes(glued)
        self._readers = Readings(exchange, self._codes).readers
        if books == "AGGRE":
            self._readers["orderbook"] = self._changed_book
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
            raise unfetched("MEXC", tag, body)
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

    # ---- books that come as changes

    def _changed_book(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        said = push.publicAggreDepths
        first, last = version(said.fromVersion), version(said.toVersion)
        if first > last:
            raise RemoteNonsense(f"versions run backwards, from {first} to {last}")
        change = Change(time_of(push), seen, first, last, levels(said.bids), levels(said.asks))
        merging = self._merging.get(instrument)
        if merging is None:
            merging = self._merging[instrument] = Merging(self._exchange, instrument, self._snapshot(instrument))
        return merging.change(change)

    def _snapshot(self, instrument: Instrument) -> Fetch:
        code = glued(instrument)
        return Fetch(snapshot_request(self._rest_url, code), f"depth {code}")
