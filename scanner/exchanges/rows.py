"""Answers of many rows, of which a bad one must not hide the others, and error bodies that come in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from scanner.exchanges.base import Nonsense, RemoteNonsense
from scanner.exchanges.nonsense import UNREADABLE, nonsense

Row = TypeVar("Row")
T = TypeVar("T")


class Listing(Struct):
    """A catalogue in the form that Binance gave it, and others took over."""

    symbols: list[Raw]


class _Complaint(Struct):
    """An error body of the same descent: `{"code":-1121,"msg":"Invalid symbol."}`; some write the code as text."""

    code: int | str
    msg: str = ""


ROWS = msgspec.json.Decoder(list[Raw])
LISTING = msgspec.json.Decoder(Listing)
_COMPLAINT = msgspec.json.Decoder(_Complaint)


def sift(rows: Iterable[Row], read: Callable[[Row], T | None]) -> tuple[list[T], list[Nonsense]]:
    """What `read` makes of each row, without those that have nothing to tell (None); and what it blames, told at once.

    The first RemoteNonsense goes on when there are rows and not one of them can be read.
    """
    told: list[T] = []
    first: RemoteNonsense | None = None
    bad = count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - counted for after the loop, whatever kind of rows these are
        try:
            one = read(row)
        except RemoteNonsense as error:
            first = first or error
            bad += 1
            continue
        if one is not None:
            told.append(one)
    if first is None:
        return told, []
    if bad == count:
        raise first
    return told, [Nonsense(f"{bad} of {count} rows: {first}")]


def sift_rows(rows: Iterable[Raw], read: Callable[[Raw], T | None]) -> tuple[list[T], list[Nonsense]]:
    """The same for rows that are still bytes; blame quotes the row."""

    def quoted(row: Raw) -> T | None:
        try:
            return read(row)
        except (RemoteNonsense, *UNREADABLE) as problem:
            raise nonsense(str(problem), bytes(row)) from None

    return sift(rows, quoted)


def read_rows(rows: Iterable[Raw], read: Callable[[Raw], T | None]) -> list[T]:
    """The same where nobody counts the bad ones: an answer by REST that comes again before long."""
    return sift_rows(rows, read)[0]


def read_list(body: bytes | str | Raw, read: Callable[[Raw], T | None]) -> list[T]:
    """The same for a body that is nothing but the list of its rows; RemoteNonsense when it is none."""
    rows = answer(ROWS, body)
    return read_rows(rows, read)


def answer(decoder: msgspec.json.Decoder[T], body: bytes | str | Raw) -> T:
    """The body, read; RemoteNonsense for another one, in the venue's own words where it says why."""
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        problem = str(error)
    text = body if isinstance(body, str) else bytes(body)
    try:
        complaint = _COMPLAINT.decode(text)
    except UNREADABLE:
        raise nonsense(problem, text) from None
    raise nonsense(f"refused with {complaint.code} {complaint.msg}", text)
