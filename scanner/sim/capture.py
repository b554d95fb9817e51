"""Reading raw captures: received frames as `time: frame`, REST answers as `URL -> time: body`.

A frame stands as text or as a Python bytes literal; what it means is up to the venue's reader.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.sim.captures.base import Reader, Shot
from scanner.sim.options import CannotServe
from scanner.sim.venues.base import StreamKey

LONGEST_LINE = 4 * 1024 * 1024
"""No frame of any venue comes near, and the largest catalogue is half of it; longer lines are something else."""

_RECEIVED = re.compile(r"(?P<at>\d+(?:\.\d*)?): (?P<frame>\S.*)")
_ANSWERED = re.compile(r"(?P<url>https?://\S+) -> \d+(?:\.\d*)?: (?P<body>\S.*)")
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
    continues: int | None = None
    """The sequence of the REST book that it changes, if it does."""


class Capture(Struct, frozen=True):
    """All that the files tell."""

    recorded: Sequence[Recorded]
    """In the order of the files and their lines."""
    instruments: dict[str, Instrument]
    """Whatever has frames of its own, by the venue's code."""
    shots: dict[str, Shot]
    """Books of REST answers by code; the first one of each."""


def load(paths: Sequence[str], reader: Reader) -> Capture:
    """Everything in these files; `CannotServe` when one cannot be read, or when they hold no market data."""
    return read((line for path in paths for line in _lines(path)), reader, ", ".join(paths))


def read(lines: Iterable[str], reader: Reader, name: str) -> Capture:
    """What these lines hold; other forms are passed over, and so are frames that are no market data."""
    recorded: list[Recorded] = []
    pairs: dict[str, tuple[str, str]] = {}
    shots: dict[str, Shot] = {}
    for line in lines:
        text = line.strip()
        if received := _RECEIVED.fullmatch(text):
            recorded += _recorded(len(recorded), float(received["at"]), _frame(received["frame"]), reader)
        elif (answered := _ANSWERED.fullmatch(text)) and (answer := _message(answered["body"].encode())):
            pairs.update(reader.pairs(answer))
            shot = reader.shot(answered["url"], answer)
            if shot is not None:
                shots.setdefault(*shot)
    if not recorded:
        raise CannotServe(f"the capture {name} holds no market data: expected lines such as 1618678263.01: {{frame}}")
    codes = dict.fromkeys(one.key[1] for one in recorded if one.key[1])
    return Capture(recorded, {code: _instrument(code, pairs, reader) for code in codes}, shots)


def _lines(path: str) -> Iterable[str]:
    try:
        with Path(path).open(encoding="utf-8") as lines:
            yield from iter(lambda: lines.readline(LONGEST_LINE), "")
    except OSError as error:
        raise CannotServe(f"cannot read the capture {path}: {error.strerror}") from error
    except UnicodeError as error:
        raise CannotServe(f"cannot read the capture {path}: expected text ({error})") from error


def _recorded(place: int, at_s: float, frame: bytes | None, reader: Reader) -> list[Recorded]:
    """The frame, unless it is no market data."""
    message = None if frame is None else _message(frame)
    key = None if message is None else reader.key(message)
    if frame is None or message is None or key is None:
        return []
    return [Recorded(place, at_s, key, frame, reader.price(message), reader.continues(message))]


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


def _instrument(code: str, pairs: dict[str, tuple[str, str]], reader: Reader) -> Instrument:
    try:
        return reader.instrument(code, pairs)
    except ValueError as error:
        raise CannotServe(f"the capture names a market {code!r}: {error}") from error
