"""WEEX's desk: streams are asked for by name, each message is answered, and pings go both ways.

{"method":"SUBSCRIBE","params":["BTCUSDT@trade","ETHUSDT@depth15"],"id":1}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from scanner.sim.chance import mix
from scanner.sim.venues.base import Frame, Heard, StreamKey

MOST_STREAMS = 100
DEPTHS = {"depth15": 15, "depth200": 200}
_KLINE = re.compile(r"kline_(?P<interval>1m|5m|15m|30m|1h|2h|4h|6h|8h|12h|1d|1w|1M)_LAST_PRICE")
PLAIN = frozenset({"ticker", "bookTicker", "trade"})
_LONGEST_ECHO = 100
"""Characters of an unreadable message that are said back."""


class Manners(Struct, frozen=True):
    """What nobody knows of the venue, so that it can be had either way."""

    spoils: bool = True
    """One bad name spoils its whole message; otherwise the good ones flow although the answer is an error."""
    counts_pings: bool = True
    """A client's PING is one of the operations."""
    answers_pongs: bool = False
    ping_key: str = "event"
    """The private socket says `type`."""
    newest_first: bool = False
    """Past bars by REST; otherwise the oldest comes first."""
    tells_buyers: bool = True
    """What takers bought of a past bar; otherwise zeros stand there."""


class Dialect(Struct, frozen=True):
    """What differs on the sockets of the two houses."""

    plain: frozenset[str] = PLAIN
    """Streams without an option."""
    inner: Callable[[str], str] = "{}_SPBL".format
    """A market's name in errors, which is that of the protocol before."""


SPOT = Dialect()
CONTRACT = Dialect(PLAIN - {"bookTicker"}, lambda code: f"cmt_{code.lower()}")


class Refused(Exception):
    """The venue does not take this; the text is its message."""


class Asked(Struct, frozen=True):
    """A client's message."""

    method: str
    params: tuple[str, ...]
    id: int | str | None


class WeexDesk:
    """One connection's requests. `known` gives the codes of all markets; without it any code will do."""

    def __init__(
        self,
        manners: Manners,
        now_ms: Callable[[], int],
        known: Callable[[], Collection[str]] | None = None,
        dialect: Dialect = SPOT,
    ) -> None:
        self._manners = manners
        self._dialect = dialect
        self._now_ms = now_ms
        self._known = known
        self._streams: dict[StreamKey, None] = {}
        self._new: dict[StreamKey, None] = {}

    @property
    def streams(self) -> Collection[StreamKey]:
        """(stream, code), in the order of asking."""
        return self._streams.keys()

    def hear(self, message: Frame) -> Heard:
        """Take one message in."""
        try:
            asked = _read(message)
        except Refused as refusal:
            return Heard((self._error(str(refusal)),), refused=True)
        match asked.method:
            case "SUBSCRIBE":
                return self._subscribe(asked)
            case "UNSUBSCRIBE":
                return self._unsubscribe(asked)
            case "PING":
                return Heard((_true(asked),), operation=self._manners.counts_pings)
            case "PONG":
                return Heard(
                    (_encode({"id": str(asked.id), "method": "PONG"}),) * self._manners.answers_pongs, answer=True
                )
        return Heard((self._error(f"invalid event : {asked.method}", asked),), refused=True)

    def news(self) -> list[StreamKey]:
        """What was asked for since this was last called, and is not given up yet."""
        new, self._new = self._new, {}
        return list(new)

    def greeting(self) -> tuple[Frame, ...]:
        """The connection's name, and the time as text."""
        now_ms = self._now_ms()
        name = UUID(int=mix(now_ms, 1) << 64 | mix(now_ms, 2))
        return (_encode({"cid": str(name), "event": "connected", "time": str(now_ms)}),)

    def beat(self) -> Frame:
        """The venue's own ping, which wants a PONG."""
        return _encode({self._manners.ping_key: "ping", "time": str(self._now_ms())})

    def farewell(self) -> None:
        """It goes without a notice."""

    def over_limit(self) -> Frame:
        """What a client hears that subscribes too often. No page has these words."""
        return _encode({"result": False, "msg": "TOO_MANY_REQUESTS: operation limit exceeded"})

    def _subscribe(self, asked: Asked) -> Heard:
        good: dict[StreamKey, None] = {}
        problem = ""
        known = None if self._known is None else self._known()
        for name in asked.params:
            try:
                good[_key(name, known, self._dialect)] = None
            except Refused as refusal:
                problem = problem or str(refusal)
        if len(self._streams | good) > MOST_STREAMS:
            problem = f"too many channels : {len(self._streams | good)}"
            good = {}
        if problem and self._manners.spoils:
            good = {}
        self._new |= {key: None for key in good if key not in self._streams}
        self._streams |= good
        answer = self._error(problem, asked) if problem else _true(asked)
        return Heard((answer,), subscribed=bool(good), refused=bool(problem), operation=True)

    def _unsubscribe(self, asked: Asked) -> Heard:
        """What was never asked for is given up as well as anything."""
        for name in asked.params:
            code, _, stream = name.partition("@")
            self._streams.pop((stream, code.upper()), None)
            self._new.pop((stream, code.upper()), None)
        return Heard((_true(asked),), subscribed=True, operation=True)

    def _error(self, text: str, asked: Asked | None = None) -> Frame:
        identity = {} if asked is None or asked.id is None else {"id": asked.id}
        return _encode({"result": False, **identity, "msg": f"INVALID_ARGUMENT: {text}"})


def interval_of(stream: str) -> str | None:
    """`1m` for `kline_1m_LAST_PRICE`; None for what carries no bars."""
    match = _KLINE.fullmatch(stream)
    return match["interval"] if match else None


def _key(name: str, known: Collection[str] | None, dialect: Dialect) -> StreamKey:
    """Markets may be written in lower case."""
    code, _, stream = name.partition("@")
    code = code.upper()
    if known is not None and code not in known:
        raise Refused(f"invalid symbol : {dialect.inner(code)}")
    if stream.startswith("depth") and stream not in DEPTHS:
        raise Refused(f"invalid depth level : {stream.removeprefix('depth')}")
    if stream not in dialect.plain and stream not in DEPTHS and not _KLINE.fullmatch(stream):
        raise Refused(f"invalid event : {stream}")
    return stream, code


def _read(message: Frame) -> Asked:
    try:
        said: dict[str, Any] = msgspec.json.decode(message, type=dict[str, Any])
        return msgspec.convert({"params": (), "id": None, **said}, Asked)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        text = message if isinstance(message, str) else message.decode(errors="replace")
        raise Refused(f"unrecognized message : {text[:_LONGEST_ECHO]}") from None


def _true(asked: Asked) -> Frame:
    return _encode({"result": True, "id": asked.id})


def _encode(message: dict[str, object]) -> str:
    return msgspec.json.encode(message).decode()
