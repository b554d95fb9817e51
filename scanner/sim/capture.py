"""Reading a raw capture: lines of `time: frame`, the frame as text or as a Python bytes literal."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from scanner.sim.options import CannotServe
from scanner.sim.venues.base import StreamKey

LONGEST_LINE = 4 * 1024 * 1024
"""No frame of any venue comes near; a file with longer lines is something else."""

_LINE = re.compile(r"(?P<at>\d+(?:\.\d*)?): (?P<frame>\S.*)")
_LITERAL = re.compile(r"b(['\"]).*\1")


class Recorded(Struct, frozen=True):
    """One frame that was received."""

    place: int
    """Its place in the capture."""
    at_s: float
    """When it was received, Unix seconds."""
    key: StreamKey
    frame: bytes
    price: float | None
    """What it says the market costs, if it does."""


def load(path: str) -> list[Recorded]:
    """All data frames of a capture, in order; `CannotServe` when the file cannot be read or holds none."""
    try:
        with Path(path).open(encoding="utf-8") as lines:
            recorded = list(read(iter(lambda: lines.readline(LONGEST_LINE), "")))
    except OSError as error:
        raise CannotServe(f"cannot read the capture {path}: {error.strerror}") from error
    except UnicodeError as error:
        raise CannotServe(f"cannot read the capture {path}: expected text ({error})") from error
    if not recorded:
        raise CannotServe(f"the capture {path} holds no market data: expected lines such as 1618678263.01: {{frame}}")
    return recorded


def read(lines: Iterable[str]) -> Iterable[Recorded]:
    """The data frames among these lines; lines of other forms, and frames that are no market data, are passed over."""
    place = 0
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        frame = _frame(match["frame"]) if match else None
        message = _message(frame) if frame is not None else None
        key = _key(message) if message else None
        if match and frame is not None and message and key:
            yield Recorded(place, float(match["at"]), key, frame, _price(message))
            place += 1


def _frame(text: str) -> bytes | None:
    if not _LITERAL.fullmatch(text):
        return text.encode()
    try:
        literal = literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return literal if isinstance(literal, bytes) else None


def _message(frame: bytes) -> dict[str, Any] | None:
    """The object in a frame, or the first of several."""
    try:
        message = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if isinstance(message, list) and message:
        message = message[0]
    return message if isinstance(message, dict) else None


def _key(message: dict[str, Any]) -> StreamKey | None:
    kind, code = message.get("type", message.get("ty")), message.get("code", message.get("cd"))
    return (kind, code) if isinstance(kind, str) and isinstance(code, str) and "-" in code else None


def _price(message: dict[str, Any]) -> float | None:
    """The last price, or for a book its best bid."""
    units = message.get("orderbook_units", message.get("obu"))
    best = units[0] if isinstance(units, list) and units and isinstance(units[0], dict) else {}
    for price in (message.get("trade_price"), message.get("tp"), best.get("bid_price"), best.get("bp")):
        if isinstance(price, int | float) and not isinstance(price, bool) and price > 0:
            return float(price)
    return None
