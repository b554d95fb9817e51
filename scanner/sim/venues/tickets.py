"""Reading a request of the ticket family, and refusing it in the venue's own words.

[{"ticket":"a"},{"type":"trade","codes":["KRW-BTC"]},{"format":"SIMPLE"}]
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct


class Refused(Exception):
    """The venue does not accept this; `name` is its error name and the text its message."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(text or MESSAGES[name])
        self.name = name


MESSAGES = {
    "WRONG_FORMAT": "Format 이 맞지 않습니다.",
    "NO_TICKET": "티켓이 존재하지 않거나, 유효하지 않습니다.",
    "NO_TYPE": "type 필드가 존재하지 않습니다.",
    "NO_CODES": "codes 필드가 존재하지 않습니다.",
    "INVALID_PARAM": "codes 필드가 비어 있습니다.",
    "INVALID_AUTH": "인증 정보가 올바르지 않습니다.",
}


class Rules(Struct, frozen=True):
    """What one venue of the family accepts."""

    types: frozenset[str]
    private: frozenset[str]
    """Types of another socket: asking for them here lacks authorisation."""
    formats: tuple[str, ...]
    methods: tuple[str, ...]
    depths: tuple[int, ...]
    """Numbers behind a code that choose how much of a book is sent; any other, or none, is the last of these."""
    level: float
    """Price grouping of a book when none is asked for."""


class Stream(Struct, frozen=True):
    """One (type, code) that is asked for."""

    type: str
    code: str
    depth: int
    level: float
    snapshot: bool = True
    """Wants the present state."""
    realtime: bool = True
    """Wants what comes."""


class Asked(Struct, frozen=True):
    """A whole request: streams, or a method."""

    ticket: str
    form: str
    streams: tuple[Stream, ...] = ()
    method: str = ""


def read(message: bytes | str, rules: Rules) -> Asked:
    """Read a request; raises only `Refused`."""
    objects = _objects(message)
    ticket = _ticket(objects)
    form = _form(objects, rules)
    method = next((one["method"] for one in objects if "method" in one), None)
    if method is not None:
        if method not in rules.methods:
            raise Refused("WRONG_FORMAT")
        return Asked(ticket, form, method=method)
    wanted = [one for one in objects if not one.keys() & {"ticket", "format"} or "type" in one]
    if not wanted:
        raise Refused("NO_TYPE")
    return Asked(ticket, form, tuple(stream for one in wanted for stream in _streams(one, rules)))


def _objects(message: bytes | str) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(message, type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused("WRONG_FORMAT") from None


def _ticket(objects: list[dict[str, Any]]) -> str:
    ticket = next((one["ticket"] for one in objects if "ticket" in one), None)
    if not isinstance(ticket, str) or not ticket:
        raise Refused("NO_TICKET")
    return ticket


def _form(objects: list[dict[str, Any]], rules: Rules) -> str:
    form = next((one["format"] for one in objects if "format" in one), rules.formats[0])
    if not isinstance(form, str):
        raise Refused("WRONG_FORMAT")
    if form not in rules.formats:
        raise Refused("INVALID_PARAM", f"{form}은 지원하지 않는 포맷입니다.")
    return form


def _streams(one: dict[str, Any], rules: Rules) -> list[Stream]:
    kind = _type(one, rules)
    codes = _codes(one)
    level = one.get("level", rules.level)
    if isinstance(level, bool) or not isinstance(level, int | float):
        raise Refused("WRONG_FORMAT")
    only_snapshot = _flag(one, "is_only_snapshot", "isOnlySnapshot")
    only_realtime = _flag(one, "is_only_realtime", "isOnlyRealtime")
    streams = []
    for text in codes:
        code, depth = _depth(text, rules) if kind == "orderbook" else (text, 0)
        streams.append(Stream(kind, code, depth, level, snapshot=not only_realtime, realtime=not only_snapshot))
    return streams


def _type(one: dict[str, Any], rules: Rules) -> str:
    kind = one.get("type")
    if kind is None:
        raise Refused("NO_TYPE")
    if not isinstance(kind, str):
        raise Refused("WRONG_FORMAT")
    if kind in rules.private:
        raise Refused("WRONG_FORMAT" if kind == "myAsset" and "codes" in one else "INVALID_AUTH")
    if kind not in rules.types:
        raise Refused("INVALID_PARAM", f"{kind}은 지원하지 않는 타입입니다.")
    return kind


def _codes(one: dict[str, Any]) -> list[str]:
    codes = one.get("codes")
    if codes is None:
        raise Refused("NO_CODES")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise Refused("WRONG_FORMAT")
    if not codes:
        raise Refused("INVALID_PARAM")
    return codes


def _flag(one: dict[str, Any], *spellings: str) -> bool:
    """Both spellings have worked at one time or another."""
    value = next((one[spelling] for spelling in spellings if spelling in one), False)
    if not isinstance(value, bool):
        raise Refused("WRONG_FORMAT")
    return value


def _depth(text: str, rules: Rules) -> tuple[str, int]:
    code, _, suffix = text.partition(".")
    depth = int(suffix) if suffix.isascii() and suffix.isdigit() else 0
    return code, depth if depth in rules.depths else rules.depths[-1]
