"""The letters that a receiver holds in memory: the first of all that wait for it. The rest stays in the store.

Every letter in the store that is not in hand comes, in the receiver's order, after every one that is. So the first in
hand is the first of all, and memory is bounded however long a receiver is away.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection
from operator import attrgetter

from msgspec import Struct

from scanner.store.outbox import Letter

MOST = 512
"""Letters in hand: a crash over two venues and 240 symbols is one burst of 480."""
UNFILED = 1 << 62
"""Where a letter stands that the store has not numbered, among those that are due at the same moment: last."""


class Held(Struct, frozen=True, eq=False):
    """A letter in hand."""

    letter: Letter
    turn: int = 0
    """Its place among those that the store has not numbered."""

    @property
    def id(self) -> str:
        """Of its notification: a receiver has no two letters of one."""
        return self.letter.notification.id

    @property
    def order(self) -> tuple[int, int]:
        """The receiver's order: when it is due, then which was written first."""
        return self.letter.due, self.letter.seq or UNFILED + self.turn


_order = attrgetter("order")


class Hand:
    """Sorted, at most `most`."""

    def __init__(self, *, durable: bool, most: int = MOST) -> None:
        self._durable = durable
        self._most = most
        self._held: list[Held] = []
        self._ids: set[str] = set()
        self._turn = 0
        self.beyond = 0
        """Letters that wait in the store only, as far as this process knows; 0 is certain."""

    def __len__(self) -> int:
        return len(self._held)

    def take(self, letter: Letter) -> Letter | None:
        """Keep a new letter; what is lost for it where nothing is stored, which is the oldest but one.

        Where letters are stored, what has no room is read again when its turn comes.
        """
        self._turn += 1
        held = Held(letter, self._turn)
        if held.id in self._ids:
            return None
        if self.beyond and letter.seq and not (self._held and held.order < self._held[-1].order):
            self.beyond += 1
            return None
        self._insert(held)
        return self._make_room()

    def page(self, letters: Collection[Letter], total: int, *, complete: bool) -> None:
        """The first letters that wait in the store, of `total`; `complete` when there are no others."""
        for letter in letters:
            if letter.notification.id not in self._ids:
                self._insert(Held(letter))
        evicted = self._held[self._most :]
        del self._held[self._most :]
        self._ids -= {held.id for held in evicted}
        self.beyond = max(len(evicted), 0 if complete else max(1, total - len(self._held)))

    def first(self) -> Letter | None:
        """Whose turn it is."""
        return self._held[0].letter if self._held else None

    def group(self, name: str) -> tuple[Letter, ...]:
        """All in hand that go in this group, in order."""
        return tuple(held.letter for held in self._held if held.letter.group == name)

    def all(self) -> tuple[Letter, ...]:
        """In order."""
        return tuple(held.letter for held in self._held)

    def remove(self, letters: Collection[Letter]) -> None:
        """These have come to their end. They are found at once, for it is the first whose turn it was."""
        for letter in letters:
            if (ended := letter.notification.id) in self._ids:
                self._ids.discard(ended)
                del self._held[next(place for place, held in enumerate(self._held) if held.id == ended)]

    def _insert(self, held: Held) -> None:
        insort(self._held, held, key=_order)
        self._ids.add(held.id)

    def _make_room(self) -> Letter | None:
        if len(self._held) <= self._most:
            return None
        lost = self._held.pop(-1 if self._durable else 1)  # the first may be on its way already
        self._ids.discard(lost.id)
        if not self._durable:
            return lost.letter
        self.beyond += 1
        return None
