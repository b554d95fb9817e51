"""Order books told as differences: what one connection was last told of each book, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.books import Book
from scanner.sim.market import BookChange, SimulatedMarket


class Change(Struct, frozen=True):
    """What turns the book last told into the present one: only levels that differ, best first on both sides."""

    instrument: Instrument
    previous: int
    """The sequence of what was told before."""
    sequence: int
    """Milliseconds, as `at_ms`: a book that is asked for in between has a sequence in between."""
    at_ms: int
    bids: tuple[Level, ...]
    """Sizes are absolute; 0.0 where the level is gone."""
    asks: tuple[Level, ...]


class Depth:
    """One connection's memory of books, all of them `levels` deep on each side.

    A snapshot from elsewhere, such as REST, fits between these changes when it is as deep as they are: the book of
    `market.changed_ms(instrument)`, with that millisecond for its sequence. A deeper one would keep levels for ever
    that nobody takes away.
    """

    def __init__(self, market: SimulatedMarket, levels: int) -> None:
        self._market = market
        self._levels = levels
        self._told: dict[Instrument, Book] = {}

    def snapshot(self, instrument: Instrument) -> tuple[int, Book]:
        """Sequence and book as of its last change; from now on that is what was told."""
        sequence = self._market.changed_ms(instrument)
        book = self._told[instrument] = self._market.book(instrument, sequence, self._levels)
        return sequence, book

    def change(self, change: BookChange) -> Change | None:
        """What is new; None when nothing was told of this book, or something as new as this."""
        told = self._told.get(change.instrument)
        if told is None or change.at_ms <= told.at_ms:
            return None
        book = self._told[change.instrument] = self._market.book(change.instrument, change.at_ms, self._levels)
        return Change(
            change.instrument,
            told.at_ms,
            book.at_ms,
            change.at_ms,
            difference(told.bids, book.bids, falling=True),
            difference(told.asks, book.asks, falling=False),
        )

    def forget(self, instrument: Instrument) -> None:
        """Nobody wants to hear of it any more; harmless where nobody did."""
        self._told.pop(instrument, None)


def difference(before: Iterable[Level], after: Iterable[Level], *, falling: bool) -> tuple[Level, ...]:
    """Levels of one side that are new, or another size now, or gone (size 0.0), in the order of that side."""
    gone = dict(before)
    changed = [level for level in after if gone.pop(level[0], 0.0) != level[1]]
    changed += [(price, 0.0) for price in gone]
    return tuple(sorted(changed, reverse=falling))
