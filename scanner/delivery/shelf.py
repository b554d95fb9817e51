"""What waits for one receiver: the first letters in hand, the rest in the store, read page by page."""

from __future__ import annotations

import math
from collections.abc import Callable

import trio

from scanner.delivery.hand import Hand
from scanner.delivery.records import Page, Records
from scanner.store.outbox import Letter

READ_AGAIN_S = 1.0
"""After the store could not be read."""


class Shelf:
    """`changed` is called when something new is to be had."""

    def __init__(self, records: Records, *, durable: bool, changed: Callable[[], None]) -> None:
        self.hand = Hand(durable=durable)
        self._records = records
        self._durable = durable
        self._changed = changed
        self._reads = 0
        """That are not answered yet."""
        self._read_again_at = -math.inf
        self._asked = ""
        self._whole = ""
        """The group of which every letter that was written in time is in hand."""

    def __len__(self) -> int:
        """All that waits, as far as this process knows."""
        return len(self.hand) + self.hand.beyond

    def refresh(self, total: int) -> None:
        """So many letters wait in the store; nobody may have brought here those of an earlier life, or revived ones."""
        if self._durable and total:
            self.hand.beyond = max(self.hand.beyond, total - len(self.hand))
            self._read()

    def read_on(self) -> float:
        """Nothing is in hand: ask for what lies beyond; seconds until it is time to ask, or for ever."""
        if not self.hand.beyond or self._reads:
            return math.inf
        wait = self._read_again_at - trio.current_time()
        if wait > 0:
            return wait
        self._read()
        return math.inf

    def is_whole(self, group: str) -> bool:
        """Whether all letters of a group that is due are here; asks the store where that is not certain.

        A letter may still be on its way into the store when its group is due. A message that went without it could not
        be sent again with it: both would bear the same id.
        """
        if self._durable and self._asked != group:
            self._asked = group
            self._read(group)
        return not self._durable or self._whole == group

    def letters(self, first: Letter) -> tuple[Letter, ...]:
        """All in hand that go in one message with this one."""
        return self.hand.group(first.group) if first.group else (first,)

    def _read(self, group: str = "") -> None:
        """The writer works in order: what is read has seen all that was put before."""
        self._reads += 1

        def then(page: Page | None) -> None:
            self._reads -= 1
            self._whole = group or self._whole
            if page is None:
                self._read_again_at = trio.current_time() + READ_AGAIN_S
            else:
                letters, total, complete = page
                self.hand.page(letters, total, complete=complete)
            self._changed()

        self._records.read(then)
