"""The desk of Binance: reads SUBSCRIBE and its like, acknowledges whatever is well written, and wraps what is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from scanner.sim.venues.base import Frame, Heard, StreamKey

MOST_STREAMS = 1_024
MOST_NAMES = 400
"""More in one message are swallowed: no answer, no data. Somebody saw that happen at 437."""
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")

_KIND = (
    r"aggTrade|trade|blockTrade|avgPrice|referencePrice|bookTicker|miniTicker|ticker(_(1h|4h|1d))?"
    r"|kline_(1[smhdwM]|3[md]|5m|15m|30m|2h|4h|6h|8h|12h)(@\+08:00)?|depth(5|10|20)?(@1000?ms)?"
)
_NAME = re.compile(rf"(?P<whole>!(miniTicker|ticker|ticker_(1h|4h|1d))@arr)|(?P<code>[^@!/\s]+)@(?P<kind>{_KIND})")
_WORD = re.compile(r"[A-Za-z0-9]{1,36}")


class Wrong(Exception):
    """The client's mistake, by the venue's number."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class BinanceDesk:
    """One connection's requests. `nested` errors are how some have seen them, flat ones how they are documented."""

    def __init__(self, path: str, now_ms: Callable[[], int] = lambda: 0, *, nested: bool, notice: bool) -> None:
        parts = urlsplit(path)
        query = {key.lower(): values[-1] for key, values in parse_qs(parts.query).items()}
        raw = parts.path.startswith("/ws")
        named = parts.path.removeprefix("/ws").strip("/") if raw else query.get("streams", "")
        self._now_ms = now_ms
        self._nested = nested
        self._notice = notice
        self._streams = dict.fromkeys(key for name in named.split("/") if (key := key_of(unquote(name))))
        self.combined = not raw
        self.unit = 1_000 if query.get("timeunit", "").upper() == "MICROSECOND" else 1

    @property
    def streams(self) -> Collection[StreamKey]:
        """(kind, code in lower case), known to the venue or not; all-market streams have no code."""
        return self._streams.keys()

    def hear(self, message: Frame) -> Heard:
        """Take one message in; a name that is written well is welcome, whether there is such a market or not."""
        id_: object = None
        try:
            said = _read(message)
            id_ = _id(said)
            return self._obey(said, id_)
        except Wrong as wrong:
            return Heard((self._error(wrong, id_),), refused=True)

    def greeting(self) -> tuple[Frame, ...]:
        """Nothing: it waits to be spoken to."""
        return ()

    def beat(self) -> Frame:
        """Never asked for: signs of life are PING frames here."""
        return ""

    def farewell(self) -> Frame | None:
        """That this server stops, unless it is one that goes without a word."""
        if not self._notice:
            return None
        return self.wrap("!serverShutdown", {"e": "serverShutdown", "E": self._now_ms() * self.unit})

    def over_limit(self) -> Frame:
        """Nothing is said, but in the close frame."""
        return ""

    def wrap(self, stream: str, payload: object) -> Frame:
        """A frame of market data."""
        return _encode({"stream": stream, "data": payload} if self.combined else payload)

    def _obey(self, said: dict[str, Any], id_: object) -> Heard:
        method, params = said.get("method"), said.get("params", [])
        if method is None:
            raise Wrong(2, "Invalid request: missing field `method`")
        if method not in METHODS:
            known = ", ".join(f"`{each}`" for each in METHODS)
            raise Wrong(2, f"Invalid request: unknown variant `{method}`, expected one of {known}")
        if not isinstance(params, list):
            raise Wrong(2, "Invalid request: params must be an array")
        if method == "LIST_SUBSCRIPTIONS":
            return _answer([name_of(key) for key in self._streams], id_)
        if method.endswith("PROPERTY"):
            return _answer(self._property(method, params), id_)
        if len(params) > MOST_NAMES:
            return Heard(operation=True)
        return self._change(method, [_checked(name) for name in params], id_)

    def _change(self, method: str, keys: list[StreamKey], id_: object) -> Heard:
        if method == "UNSUBSCRIBE":
            self._streams = {key: None for key in self._streams if key not in keys}
        else:
            streams = self._streams | dict.fromkeys(keys)
            if len(streams) > MOST_STREAMS:
                raise Wrong(2, f"Invalid request: more than {MOST_STREAMS} streams")
            self._streams = streams
        return Heard((_encode({"result": None, "id": id_}),), subscribed=True, operation=True)

    def _property(self, method: str, params: list[Any]) -> object:
        if not params or not isinstance(params[0], str):
            raise Wrong(2, "Invalid request: property name must be a string")
        if len(params) > (2 if method == "SET_PROPERTY" else 1):
            raise Wrong(2, "Invalid request: too many parameters")
        if params[0] != "combined":
            raise Wrong(0, "Unknown property")
        if method == "GET_PROPERTY":
            return self.combined
        if len(params) < 2 or not isinstance(params[1], bool):  # noqa: PLR2004 - a name and a value
            raise Wrong(1, "Invalid value type: expected Boolean")
        self.combined = params[1]
        return None

    def _error(self, wrong: Wrong, id_: object) -> Frame:
        complaint = {"code": wrong.code, "msg": str(wrong)}
        body: dict[str, object] = {"error": complaint} if self._nested else {**complaint}
        return _encode(body if id_ is None else body | {"id": id_})


def key_of(name: str) -> StreamKey | None:
    """`suiusdt@depth` as (`depth`, `suiusdt`), `!miniTicker@arr` as that and nothing; None when it is no name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return (match["whole"], "") if match["whole"] else (match["kind"], match["code"])


def name_of(key: StreamKey) -> str:
    """The name that was asked for."""
    kind, code = key
    return f"{code}@{kind}" if code else kind


def _checked(name: object) -> StreamKey:
    key = key_of(name) if isinstance(name, str) else None
    if key is None:
        raise Wrong(2, "Invalid request: invalid stream")
    return key


def _read(message: Frame) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        column = re.search(r"byte (\d+)", str(error))
        raise Wrong(3, f"Invalid JSON: expected value at line 1 column {column[1] if column else 1}") from None
    return said if isinstance(said, dict) else {}


def _id(said: dict[str, Any]) -> object:
    """A signed 64-bit number, a short word, or nothing."""
    id_ = said.get("id")
    good = isinstance(id_, int) and not isinstance(id_, bool) and -(1 << 63) <= id_ < 1 << 63
    if id_ is None or good or (isinstance(id_, str) and _WORD.fullmatch(id_)):
        return id_
    raise Wrong(2, "Invalid request: request ID must be an integer, a string or null")


def _answer(result: object, id_: object) -> Heard:
    return Heard((_encode({"result": result, "id": id_}),))


def _encode(message: object) -> str:
    return msgspec.json.encode(message).decode()
