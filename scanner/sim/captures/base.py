"""What a reader knows about one venue's captures: whose data a frame is, and what else a REST answer tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.venues.base import StreamKey

Message = Mapping[str, Any]
"""The object in a frame or an answer, or the first of several."""
Pairs = Mapping[str, tuple[str, str]]
"""Base and quote currency by the venue's code, as a recorded catalogue has them."""


class Shot(Struct, frozen=True):
    """A book as a REST answer showed it; sides may be empty where only the sequence is known."""

    sequence: int
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()


class Reader(Protocol):
    """How one venue's captures are read. Messages may hold anything, for a file may; only `instrument` raises."""

    def key(self, message: Message) -> StreamKey | None:
        """The stream and market whose data this is, as the venue's simulated desk names them; None for other frames."""
        ...

    def price(self, message: Message) -> float | None:
        """What it says the market costs: the last price, or for a book its best bid; None if it does not."""
        ...

    def continues(self, message: Message) -> int | None:
        """The sequence of the REST book that this frame changes; None where books need none."""
        ...

    def pairs(self, answer: Message) -> Pairs:
        """What a REST answer tells of currencies, if it is a catalogue."""
        ...

    def shot(self, url: str, answer: Message) -> tuple[str, Shot] | None:
        """Code and book, if a REST answer is one."""
        ...

    def instrument(self, code: str, pairs: Pairs) -> Instrument:
        """What is traded under this code; ValueError says what was expected."""
        ...


def positive(*candidates: object) -> float | None:
    """The first of these that is a number above zero, or text of one."""
    for candidate in candidates:
        if isinstance(candidate, bool) or not isinstance(candidate, int | float | str):
            continue
        try:
            number = float(candidate)
        except ValueError:
            continue
        if 0 < number < float("inf"):
            return number
    return None


def rows(value: object) -> list[Message]:
    """The objects in a list, if it is one."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def levels(value: object) -> tuple[Level, ...]:
    """One side of a book, from rows that begin with price and size; rows of other forms are passed over."""
    found = ((positive(*row[:1]), positive(*row[1:2])) for row in _lists(value))
    return tuple((price, size) for price, size in found if price is not None and size is not None)


def whole(value: object) -> int | None:
    """A sequence number, if it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _lists(value: object) -> Iterable[list[object]]:
    return [row for row in value if isinstance(row, list)] if isinstance(value, list) else []


class SelfContained:
    """A dialect whose frames and codes say all there is: nothing is pieced together from REST answers."""

    def continues(self, message: Message) -> None:
        """Books need no snapshot from elsewhere."""
        del message

    def pairs(self, answer: Message) -> Pairs:
        """Codes say it themselves."""
        del answer
        return {}

    def shot(self, url: str, answer: Message) -> None:
        """Nobody needs one."""
        del url, answer
