"""The desk of MEXC's futures: one stream a frame, confirmations that name no contract, and silence for the unknown.

{"method":"sub.kline","param":{"symbol":"BTC_USDT","interval":"Min1"}}
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from gzip import compress
from typing import Any

import msgspec
from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.sim.venues.base import Frame, Heard, StreamKey

INTERVALS_MS = {f"Min{minutes}": minutes * 60_000 for minutes in (1, 5, 15, 30, 60)} | {"Hour4": 14_400_000}
LEVELS = (5, 10, 20)
CONTRACT = frozenset({"ticker", "deal", "depth.full", "kline"})
"""Streams of one contract; `tickers` is for all."""


class Stream(Struct, frozen=True):
    """One stream as it was asked for."""

    kind: str
    code: str
    interval: str = "Min1"
    levels: int = 20


class FuturesDesk:
    """One connection's requests. `listed` gives the codes there are; None where any will do."""

    def __init__(self, listed: Callable[[], Collection[str]] | None = None, *, gzip: bool = False) -> None:
        self._listed = listed
        self._gzip = gzip
        self._replies = 0
        self.wanted: dict[StreamKey, Stream] = {}

    @property
    def streams(self) -> Collection[StreamKey]:
        """(kind, code)."""
        return self.wanted.keys()

    def hear(self, message: Frame) -> Heard:
        """Take one message in; what the venue does not understand it does not answer."""
        asked = _object(message)
        method, param = str(asked.get("method", "")), asked.get("param", {})
        if method == "ping":
            return Heard((self.beat(),))
        verb, _, kind = method.partition(".")
        if verb not in {"sub", "unsub"} or kind not in {*CONTRACT, "tickers"} or not isinstance(param, dict):
            return Heard()
        code = "" if kind == "tickers" else str(param.get("symbol", ""))
        is_carried = (kind, code) in self.wanted  # what is gone can still be given up
        if code and not is_carried and self._listed is not None and code not in self._listed():
            error = {"channel": "rs.error", "data": f"Contract [{code}] not exists", "ts": self._stamp()}
            return Heard((self.encode(error),), refused=True, operation=True)
        if verb == "sub":
            self.wanted[kind, code] = _stream(kind, code, param)
        else:
            self.wanted.pop((kind, code), None)
        return Heard((self._done(method),), subscribed=True, operation=True)

    def greeting(self) -> tuple[Frame, ...]:
        """A number for the client, which means nothing to it."""
        return (self.encode({"channel": "clientId", "data": 1_790_001, "ts": 1_790_000_000_000}),)

    def farewell(self) -> None:
        """A connection ends without a notice."""

    def beat(self) -> Frame:
        """The answer to a ping; never said unasked."""
        return self.encode({"channel": "pong", "data": 1_790_000_000_000, "ts": 1_790_000_000_000})

    def over_limit(self) -> Frame:
        """Nothing is said."""
        return ""

    def encode(self, message: object) -> Frame:
        """A frame: text, or compressed where the venue is one that does so unasked."""
        text = msgspec.json.encode(message)
        return compress(text, 1) if self._gzip else text.decode()

    def _done(self, method: str) -> Frame:
        """Both forms have been seen: a word, and an echo of next to nothing."""
        self._replies += 1
        said: dict[str, object] = {"data": "success"} if self._replies % 3 else {"param": {}}
        return self.encode({"channel": f"rs.{method}", **said, "ts": self._stamp()})

    def _stamp(self) -> int | str:
        """A number in some replies and text in others."""
        return 1_790_000_000_000 if self._replies % 2 else "1790000000000"


def code_of(instrument: Instrument) -> str:
    """`BTC_USDT`."""
    return f"{instrument.base}_{instrument.quote}"


def _stream(kind: str, code: str, param: dict[str, Any]) -> Stream:
    interval, levels = param.get("interval"), param.get("limit")
    return Stream(
        kind,
        code,
        interval if isinstance(interval, str) and interval in INTERVALS_MS else "Min1",
        levels if isinstance(levels, int) and levels in LEVELS else LEVELS[-1],
    )


def _object(message: Frame) -> dict[str, Any]:
    try:
        return msgspec.json.decode(message, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
