"""OKX's desk: one confirmation for each stream that is asked for, and errors that name no stream but in their text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from scanner.sim.venues.base import Frame, Heard, StreamKey
from scanner.sim.venues.okx_words import frame

PUBLIC, BUSINESS = "/ws/v5/public", "/ws/v5/business"

CANDLES = {"candle1m": 60_000, "candle3m": 180_000, "candle5m": 300_000, "candle15m": 900_000, "candle1H": 3_600_000}
"""Bars that can be had, and their length in milliseconds."""
CHANNELS = {
    PUBLIC: frozenset({"tickers", "trades", "books", "books5", "bbo-tbt"}),
    BUSINESS: frozenset(CANDLES),
}
"""What flows on which socket; a channel on the other one does not exist there."""
MEMBERS = frozenset({"books-l2-tbt", "books50-l2-tbt"})
"""For those who have logged in."""

LONGEST_REQUEST = 64 * 1024
TOO_LONG = 1009
_LONGEST_ID = 32
_ECHOED = 1_000
"""Characters of a bad request that are thrown back."""

BAD_REQUEST, BAD_ARGS, BAD_OP, LOG_IN, NO_LOGIN, NO_STREAM = "60012", "60013", "60019", "60011", "60009", "60018"
TOO_OFTEN, UPGRADE = "60014", "64008"


class Manners(Struct, frozen=True):
    """What the documents leave open."""

    spoils: bool = False
    """One bad stream spoils its whole request; otherwise the others of it flow."""
    vague: bool = False
    """An error about a stream throws the request back instead of naming the stream."""


class _Refused(Exception):
    """What is wrong with a whole request."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class OkxDesk:
    """One connection's requests. `listed` gives the codes of all markets; without it any code will do."""

    def __init__(
        self, path: str, connection: str, manners: Manners, listed: Callable[[], Collection[str]] | None = None
    ) -> None:
        self._path = path.partition("?")[0]
        self._connection = connection
        self._manners = manners
        self._listed = listed
        self._streams: dict[StreamKey, None] = {}

    @property
    def streams(self) -> Collection[StreamKey]:
        """(channel, code) in the order of asking."""
        return self._streams.keys()

    def hear(self, message: Frame) -> Heard:
        """Take one message in."""
        if message in {"ping", b"ping"}:
            return Heard((self.beat(),))
        if len(message if isinstance(message, bytes) else message.encode()) > LONGEST_REQUEST:
            return Heard(close=TOO_LONG, operation=True, refused=True)
        number, request = _read(message)
        try:
            op, args = self._check(message, request)
        except _Refused as refusal:
            return Heard((self._error(number, refusal.code, str(refusal)),), refused=True, operation=True)
        return self._subscribe(number, args, message) if op == "subscribe" else self._unsubscribe(number, args)

    def greeting(self) -> tuple[Frame, ...]:
        """Nothing: the venue waits to be spoken to."""
        return ()

    def beat(self) -> Frame:
        """The answer to the text `ping`; nothing comes unasked."""
        return "pong"

    def farewell(self) -> Frame | None:
        """On the public socket a notice of works; the other one goes without a word."""
        if self._path != PUBLIC:
            return None
        text = "The connection will soon be closed for a service upgrade. Please reconnect."
        return self._event("notice", code=UPGRADE, msg=text)

    def over_limit(self) -> Frame:
        """What a client hears that changes its subscriptions too often."""
        return self._error("", TOO_OFTEN, "Requests too frequent")

    def _check(self, message: Frame, request: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        op, args, number = request.get("op"), request.get("args"), request.get("id", "0")
        if op == "login":
            raise _Refused(NO_LOGIN, "Login failed.")
        if op not in {"subscribe", "unsubscribe"} or not isinstance(args, list) or not _is_id(number):
            code = BAD_OP if request and isinstance(args, list) and _is_id(number) else BAD_REQUEST
            raise _Refused(code, _invalid(message))
        if not args or not all(isinstance(arg, dict) for arg in args):
            raise _Refused(BAD_ARGS, "Invalid args")
        return op, args

    def _subscribe(self, number: str, args: list[dict[str, Any]], message: Frame) -> Heard:
        """Errors first: who waits for the confirmations of a request may find out too early that it failed."""
        listed = None if self._listed is None else self._listed()
        errors = [self._error(number, *wrong) for wrong in self._mistakes(args, listed, message)]
        good = [arg for arg in args if self._mistake(arg, listed) is None]
        if errors and self._manners.spoils:
            return Heard(tuple(errors[:1]), refused=True, operation=True)
        self._streams.update(dict.fromkeys(map(_key, good)))
        acks = [self._event("subscribe", number, arg=arg) for arg in good]
        return Heard((*errors, *acks), subscribed=bool(good), refused=bool(errors), operation=True)

    def _unsubscribe(self, number: str, args: list[dict[str, Any]]) -> Heard:
        for arg in args:
            self._streams.pop(_key(arg), None)
        acks = [self._event("unsubscribe", number, arg=arg) for arg in args]
        return Heard(tuple(acks), subscribed=True, operation=True)

    def _mistakes(
        self, args: list[dict[str, Any]], listed: Collection[str] | None, message: Frame
    ) -> Iterator[tuple[str, str]]:
        for arg in args:
            wrong = self._mistake(arg, listed)
            if wrong is not None:
                yield (BAD_REQUEST, _invalid(message)) if self._manners.vague else wrong

    def _mistake(self, arg: dict[str, Any], listed: Collection[str] | None) -> tuple[str, str] | None:
        """Code and text; None for a stream that there is."""
        channel, code = _key(arg)
        if channel in MEMBERS:
            return LOG_IN, "Please log in"
        if channel in CHANNELS.get(self._path, ()) and (listed is None or code in listed):
            return None
        text = f"Wrong URL or channel:{channel},instId:{code} doesn't exist. "
        return NO_STREAM, text + "Please use the correct URL, channel and parameters referring to API document."

    def _error(self, number: str, code: str, text: str) -> Frame:
        return self._event("error", number, code=code, msg=text)

    def _event(self, event: str, number: str = "", **more: object) -> Frame:
        head = {"id": number, "event": event} if number else {"event": event}
        return frame({**head, **more, "connId": self._connection})


def _read(message: Frame) -> tuple[str, dict[str, Any]]:
    """The request's id and the request; empty ones where there are none."""
    try:
        request = msgspec.json.decode(message, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "", {}
    number = request.get("id", "")
    return number if _is_id(number) else "", request


def _is_id(number: object) -> bool:
    return isinstance(number, str) and number.isascii() and number.isalnum() and len(number) <= _LONGEST_ID


def _key(arg: dict[str, Any]) -> StreamKey:
    return str(arg.get("channel", "")), str(arg.get("instId", ""))


def _invalid(message: Frame) -> str:
    return f"Invalid request: {message if isinstance(message, str) else message.decode(errors='replace')}"[:_ECHOED]
