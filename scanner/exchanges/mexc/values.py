"""Numbers as the venue writes them, decimal strings, as floats that can be believed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.nonsense import bounded
from scanner.exchanges.numbers import FINITE
from scanner.exchanges.times import LATEST
from scanner.model.market import Level

_MOST_DIGITS = 19
"""Of a version: it has to fit 64 bits."""


class Row(Protocol):
    """One level of a book, in any of the messages that have some."""

    price: str
    quantity: str


def number(text: str) -> float:
    """A price or a size, above 0; RemoteNonsense for anything else, `nan` and `inf` included."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if 0.0 < value < FINITE:
        return value
    raise RemoteNonsense(f"{bounded(text)!r} is no number above 0")


def amount(text: str) -> float:
    """A size that may be 0, which an empty string stands for too; RemoteNonsense for anything else."""
    try:
        value = float(text or 0.0)
    except ValueError:
        value = -1.0
    if 0.0 <= value < FINITE:
        return value
    raise RemoteNonsense(f"{bounded(text)!r} is no number from 0")


def version(text: str) -> int:
    """A version of a book; RemoteNonsense when it is none."""
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) <= LATEST:
        return int(text)
    raise RemoteNonsense(f"{bounded(text)!r} is no version")


def levels(rows: Iterable[Row]) -> list[Level]:
    """Levels in their order, those of size 0 among them."""
    return [(number(row.price), amount(row.quantity)) for row in rows]


def top(price: str, size: str) -> Level | None:
    """The best level of a side; None where there is none, which is written empty or as 0."""
    if not amount(price) or not amount(size):
        return None
    return number(price), number(size)
