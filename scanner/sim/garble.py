"""Broken frames for the fault `garble`: each kind of nonsense in turn, made from good frames where that is nastier."""

from __future__ import annotations

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
        bad = _WAYS[next(self._turn) % len(_WAYS)](good)
        return bad if isinstance(frame, bytes) else bad.decode(errors="replace")


def _cut(good: bytes) -> bytes:
    return good[: len(good) // 2]


def _wrong_types(good: bytes) -> bytes:
    return _each_number(good, lambda _: ["not", "a", "number"])


def _below_zero(good: bytes) -> bytes:
    return _each_number(good, lambda number: -abs(number) - 1)


def _not_a_number(good: bytes) -> bytes:
    return _each_number(good, lambda _: "\0").replace(rb'"\u0000"', b"NaN")


def _each_number(good: bytes, turn: Callable[[float], Any]) -> bytes:
    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner) for inner in value]
        return turn(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    try:
        return msgspec.json.encode(walk(msgspec.json.decode(good)))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _cut(good)  # a recording may hold frames that are no JSON to begin with


_WAYS: tuple[Callable[[bytes], bytes], ...] = (
    _cut,
    _wrong_types,
    _not_a_number,
    _below_zero,
    lambda _: b'{"type":"weather","ty":"weather","code":"KRW-RAIN","cd":"KRW-RAIN"}',
    lambda _: b"{}",
    lambda _: b"[1,2,3]",
    lambda _: b'"\xff\xfe"',
    lambda _: b"[" * 2_000,
    lambda _: b"",
)
