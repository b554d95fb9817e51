"""MEXC's desk: which streams a connection carries, and refusals that call themselves `code: 0`.

{"method":"SUBSCRIPTION","params":["spot@public.kline.v3.api.pb@BTCUSDT@Min1"],"id":3}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.sim.venues.base import Frame, Heard, StreamKey

MOST_STREAMS = 30
LONGEST_MESSAGE = 1_024
"""Bytes. Whether the venue minds longer ones is not known; one client library found it wiser to believe so."""

INTERVALS_MS = {
    **{f"Min{minutes}": minutes * 60_000 for minutes in (1, 5, 15, 30, 60)},
    "Hour4": 14_400_000,
    "Hour8": 28_800_000,
    "Day1": 86_400_000,
    "Week1": 604_800_000,
    "Month1": 2_592_000_000,
}
_PACES = frozenset({"100ms", "10ms"})
_ZONES = frozenset(
    {"24H", "UTC+4:30", "UTC+5:30", "UTC+12:45"} | {f"UTC+{hours}" for hours in range(14)}
    | {f"UTC-{hours}" for hours in (10, 8, 7, 6, 5, 4, 3)}
)  # fmt: skip
_REFUSALS = (
    "Not Subscribed successfully! [{}].  Reason\uff1a Blocked! ",
    "Not Subscribed successfully! [{}]. Reason\uff1a Blocked!",
    "Not Subscribed successfully! [{}]. Reason: Blocked!",
)
"""One meaning, three spellings."""


class Stream(Struct, frozen=True):
    """One stream as it was asked for."""

    name: str
    kind: str
    """What stands between `public.` and `.v3`."""
    code: str
    """Empty for all markets."""
    option: str
    """Pace, levels, interval or time zone."""

    @property
    def stem(self) -> str:
        """The name without its code."""
        return self.name.replace(f"@{self.code}", "") if self.code else self.name


class Shape(Struct, frozen=True):
    """What follows the kind, between `@`s."""

    parts: tuple[str, ...]
    options: Collection[str] = ()


SHAPES = {
    "aggre.deals": Shape(("option", "code"), _PACES),
    "aggre.depth": Shape(("option", "code"), _PACES),
    "aggre.bookTicker": Shape(("option", "code"), _PACES),
    "limit.depth": Shape(("code", "option"), frozenset({"5", "10", "20"})),
    "bookTicker.batch": Shape(("code",)),
    "kline": Shape(("code", "option"), INTERVALS_MS.keys()),
    "miniTicker": Shape(("code", "option"), _ZONES),
    "miniTickers": Shape(("option",), _ZONES),
}


def read(name: str) -> Stream | None:
    """A stream by its name; None for any other text."""
    head, *rest = name.split("@")[1:] or [""]
    kind = head.removeprefix("public.").removesuffix(".v3.api.pb")
    shape = SHAPES.get(kind)
    if shape is None or name.split("@")[:2] != ["spot", f"public.{kind}.v3.api.pb"] or len(rest) != len(shape.parts):
        return None
    said = dict(zip(shape.parts, rest, strict=True))
    if shape.options and said["option"] not in shape.options:
        return None
    return Stream(name, kind, said.get("code", ""), said.get("option", ""))


class MexcDesk:
    """One connection's requests. `listed` gives the codes there are; None where any will do, as for a recording."""

    def __init__(
        self,
        listed: Callable[[], Collection[str]] | None = None,
        *,
        acknowledges_excess: bool = True,
        bad_key: bool = False,
    ) -> None:
        self._listed = listed
        self._acknowledges_excess = acknowledges_excess
        """Whether what goes beyond the most streams is confirmed all the same; it is never delivered."""
        self._bad_key = bad_key
        self._refusals = 0
        self.wanted: dict[str, Stream] = {}
        """What is delivered, by name, in the order of asking."""

    @property
    def streams(self) -> Collection[StreamKey]:
        """(the name without its code, the code)."""
        return {(stream.stem, stream.code): None for stream in self.wanted.values()}

    def hear(self, message: Frame) -> Heard:
        """Take one message in."""
        asked = _object(message)
        method = str(asked.get("method", "")).upper()
        if method == "PING":
            return Heard((self.beat(),))
        names, number = _names(asked.get("params")), asked.get("id", 0)
        if method not in {"SUBSCRIPTION", "UNSUBSCRIPTION"} or not names or not isinstance(number, int):
            return Heard((_reply(0, "msg format invalid"),), refused=True, operation=True)
        if method == "SUBSCRIPTION":
            return self._subscribe(names, number)
        for name in names:
            self.wanted.pop(name, None)
        return Heard((_reply(number, ",".join(names)),), subscribed=True, operation=True)

    def greeting(self) -> tuple[Frame, ...]:
        """The simulator gives out no listen keys, so any is wrong: the one text that is no JSON."""
        return ("Invalid listen key",) if self._bad_key else ()

    def farewell(self) -> None:
        """A connection ends without a notice."""

    def beat(self) -> Frame:
        """The answer to a ping; never said unasked."""
        return _reply(0, "PONG")

    def over_limit(self) -> Frame:
        """Nothing is said: the venue hangs up."""
        return ""

    def _subscribe(self, names: list[str], number: int) -> Heard:
        """What is granted is echoed, what is refused gets a reply of its own."""
        granted: list[str] = []
        blocked: list[str] = []
        for name in names:
            (granted if self._grant(name) else blocked).append(name)
        replies = [_reply(number, ",".join(granted))] if granted else []
        if blocked:
            spelling = _REFUSALS[self._refusals % len(_REFUSALS)]
            self._refusals += 1
            replies.append(_reply(number, spelling.format(",".join(blocked))))
        return Heard(tuple(replies), subscribed=bool(granted), refused=bool(blocked), operation=True)

    def _grant(self, name: str) -> bool:
        stream = read(name)
        if stream is None or (stream.code and self._listed is not None and stream.code not in self._listed()):
            return False
        if name not in self.wanted and len(self.wanted) >= MOST_STREAMS:
            return self._acknowledges_excess
        self.wanted.setdefault(name, stream)
        return True


def code_of(instrument: Instrument) -> str:
    """`BTCUSDT`."""
    return instrument.base + instrument.quote


def codes(instruments: Iterable[Instrument]) -> dict[str, Instrument]:
    """All of them by their codes."""
    return {code_of(instrument): instrument for instrument in instruments}


def _object(message: Frame) -> dict[str, Any]:
    """What a message says; nothing where it is too long or no object."""
    text = message.encode() if isinstance(message, str) else message
    if len(text) > LONGEST_MESSAGE:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}


def _names(said: object) -> list[str]:
    """A list of names; empty where it is none."""
    return said if isinstance(said, list) and all(isinstance(name, str) for name in said) else []


def _reply(number: int, text: str) -> str:
    return msgspec.json.encode({"id": number, "code": 0, "msg": text}).decode()
