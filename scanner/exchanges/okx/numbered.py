"""One order book by the numbers that its changes carry: each names its own, and the one before it.

| previous, own                  | means                                                      |
|--------------------------------|------------------------------------------------------------|
| -1, any                        | the whole book                                             |
| last, above it                 | the next change                                            |
| last, last                     | still alive: nothing changed for a minute                  |
| last, below it                 | the next change, and the venue counts anew after its works |
| the last change's own two      | the same message once more                                 |
| any other                      | something is missing                                       |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from scanner.exchanges.books import LocalBook
from scanner.exchanges.okx.frames import SNAPSHOT, BookRow, LevelRow
from scanner.model.market import Level

STRAYS = 30
"""Changes without a book beneath them, three seconds of them at the venue's fastest, that may trail from before it was
asked for anew; then the whole book itself must have been lost."""

Verdict = Literal["merged", "repeated", "broken", "stray", "lost"]
"""`broken`: a change is missing. `stray`: not whole, and waiting. `lost`: waited long enough for the whole book."""


class NumberedBook:
    """A book that knows whether it is whole."""

    def __init__(self) -> None:
        self.levels = LocalBook()
        self.at = 0
        """The venue's time of the last change merged, nanoseconds; 0 before the first."""
        self._last = (SNAPSHOT, SNAPSHOT)
        self._strays = 0

    def take(self, row: BookRow, at: int, *, whole: bool) -> Verdict:
        """Merge it, or say why not; a broken book is forgotten. `whole` says that the message called itself so."""
        numbers, levels = (row.previous, row.sequence), self.levels
        if whole or row.previous == SNAPSHOT:
            levels.replace(_levels(row.bids), _levels(row.asks), row.sequence)
        elif levels.sequence is None:
            return self._stray()
        elif row.previous == levels.sequence:
            levels.update(_levels(row.bids), _levels(row.asks), row.sequence)
        elif numbers == self._last:
            return "repeated"
        else:
            levels.clear()
            return "broken"
        self._last, self._strays, self.at = numbers, 0, at
        return "merged"

    def _stray(self) -> Verdict:
        self._strays += 1
        if self._strays < STRAYS:
            return "stray"
        self._strays = 0
        return "lost"


def _levels(rows: Iterable[LevelRow]) -> list[Level]:
    return [(row.price, row.size) for row in rows]
