"""Broken frames for the fault `garble`: each kind of nonsense in turn, made from good frames where that is nastier.

It knows no dialect. A frame that is JSON gets broken as JSON; any other binary frame is taken for tagged fields such as
those of protobuf. Nothing here may look like news that never was: a reader that checks types, signs and letters can
tell every broken frame from a good one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import msgspec

from scanner.sim.venues.base import Frame

EVERY = 5
"""One broken frame follows so many good ones, and at least one follows every batch."""


class Garbler:
    """Mixes nonsense into batches; the good frames all arrive, in order."""

    def __init__(self) -> None:
        self._turn = count()

    def mix(self, frames: Sequence[Frame]) -> list[Frame]:
        """The frames with broken ones in between."""
        mixed: list[Frame] = []
        for place, frame in enumerate(frames, 1):
            mixed.append(frame)
            if place % EVERY == 0 or place == len(frames):
                mixed.append(self._broken(frame))
        return mixed

    def _broken(self, frame: Frame) -> Frame:
        good = frame.encode() if isinstance(frame, str) else frame
        ways = _WAYS if isinstance(frame, str) or _is_json(good) else _BINARY_WAYS
        bad = ways[next(self._turn) % len(ways)](good)
        return bad if isinstance(frame, bytes) else bad.decode(errors="replace")


def _is_json(frame: bytes) -> bool:
    try:
        msgspec.json.decode(frame, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def _cut(good: bytes) -> bytes:
    return good[: len(good) // 2]


# ---- JSON


def _wrong_types(good: bytes) -> bytes:
    return _each_number(good, lambda _: ["not", "a", "number"])


def _below_zero(good: bytes) -> bytes:
    return _each_number(good, lambda number: -abs(number) - 1)


def _not_a_number(good: bytes) -> bytes:
    return _each_number(good, lambda _: "\0").replace(rb'"\u0000"', b"NaN")


def _each_number(good: bytes, turn: Callable[[float], Any]) -> bytes:
    """With every number turned into something else, whether it is written as one or as text."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner) for inner in value]
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            turned = turn(float(value))
            return str(turned) if isinstance(turned, float) else turned
        return turn(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    try:
        return msgspec.json.encode(walk(msgspec.json.decode(good)))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _cut(good)  # a recording may hold frames that are no JSON to begin with


_DECIMAL = re.compile(r"-?\d+(\.\d+)?")

_WAYS: tuple[Callable[[bytes], bytes], ...] = (
    _cut,
    _wrong_types,
    _not_a_number,
    _below_zero,
    lambda _: b'{"type":"weather","ty":"weather","code":"KRW-RAIN","cd":"KRW-RAIN"}',
    lambda _: b'{"e":"weather","s":"RAIN","stream":"rain@weather","data":{"e":"weather","s":"RAIN"}}',
    lambda _: b'{"arg":{"channel":"weather","instId":"RAIN"},"data":[]}',
    lambda _: b"{}",
    lambda _: b"[1,2,3]",
    lambda _: b'"\xff\xfe"',
    lambda _: b"[" * 2_000,
    lambda _: b"",
)


# ---- tagged fields


def _wrong_wire_types(good: bytes) -> bytes:
    """The first field claims to be a fixed number of bytes, which puts the reader out of step with all that follow."""
    return bytes([good[0] & 0xF8 | 5]) + good[1:] if good else b"\x0d"


def _flipped(good: bytes) -> bytes:
    """Every byte the other way round: a single flipped bit could by chance be another price."""
    return bytes(byte ^ 0xFF for byte in good)


def _letters_for_digits(good: bytes) -> bytes:
    """Sound fields with decimals in them that are none."""
    return _DECIMALS.sub(lambda found: b"x" * len(found[0]), good)


def _minus_decimals(good: bytes) -> bytes:
    """The same length with a minus for the first digit."""
    return _DECIMALS.sub(lambda found: b"-" + found[0][1:], good)


_DECIMALS = re.compile(rb"\d+\.\d+|\d{3,}")

_BINARY_WAYS: tuple[Callable[[bytes], bytes], ...] = (
    _cut,
    _flipped,
    _wrong_wire_types,
    _letters_for_digits,
    _minus_decimals,
    lambda good: good + b"\x0a\xff\xff\xff\x7f",  # a field much longer than the frame
    lambda good: good + b"\xff" * 11,  # a number without an end
    lambda good: good + b"\x0a\x02\xff\xfe",  # text that is none
    lambda _: b"\x0b" * 2_000,  # groups in groups, none of them closed
    lambda _: b'{"channel":"weather"}',
    lambda _: b"",
)
