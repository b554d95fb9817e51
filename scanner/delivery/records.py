"""One receiver's part of the store: what waits is read, what became of it is marked. Nothing here waits for the disk.

The writer runs jobs in their order, so what is read has seen every mark that was put before. A mark may still be on its
way when something is read: until it is certainly there, what it ended is remembered here and not read again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection

from scanner.delivery.asking import ask
from scanner.delivery.hand import MOST
from scanner.store import outbox, receivers
from scanner.store.outbox import Letter, State
from scanner.store.writer import Writer

UNMARKED = 4096
"""Letters whose end is not known to be written; beyond, the oldest might be sent again, under the same id."""
REFERENCES = 1024
"""Stories whose first message is remembered; others are looked up."""

Page = tuple[list[Letter], int, bool]
"""The first letters that wait, how many there are in all, and whether these are all."""


class Records:
    """Reads and marks through the one writer."""

    def __init__(self, name: str, writer: Writer, fingerprint: str) -> None:
        self._name = name
        self._writer = writer
        self._fingerprint = fingerprint
        self._unmarked: dict[str, int] = {}
        """Notification → when it ended, nanoseconds UTC."""
        self._references: dict[str, str] = {}

    def read(self, then: Callable[[Page | None], None]) -> None:
        """The first that wait; None when the store cannot be asked now."""

        def job(database: sqlite3.Connection) -> Page:
            letters = outbox.waiting(database, self._name, limit=MOST)
            tallies = outbox.tallies(database, ["waiting"])
            total = sum(each.letters for each in tallies if each.receiver == self._name)
            return letters, total, total <= len(letters)

        def known(page: Page | None) -> None:
            then(None if page is None else ([each for each in page[0] if not self._ended(each)], *page[1:]))

        ask(self._writer, job, known)

    def settle(self, letters: Collection[Letter], state: State, at: int, why: str = "", reference: str = "") -> None:
        """They have come to this end."""
        ids = [letter.notification.id for letter in letters]
        for each in ids:
            self._unmarked.pop(each, None)
            self._unmarked[each] = at
        while len(self._unmarked) > UNMARKED:
            del self._unmarked[next(iter(self._unmarked))]

        def job(database: sqlite3.Connection) -> bool:
            outbox.settle(database, outbox.seqs(database, self._name, ids), state, at, why, reference)
            return True

        def then(done: bool | None) -> None:  # noqa: FBT001 - it is told what the job returned
            for each in ids if done else ():
                if self._unmarked.get(each) == at:
                    del self._unmarked[each]

        self._writer.put(job, then)

    def failed(self, letters: Collection[Letter], at: int, why: str) -> None:
        """One more attempt has failed."""
        ids = [letter.notification.id for letter in letters]
        self._writer.put(
            lambda database: outbox.failed(database, outbox.seqs(database, self._name, ids), at, why), essential=False
        )

    def bury(self, why: str, at: int) -> None:
        """It wants nothing any more: that is kept, and all that waits for it becomes dead letters."""

        def job(database: sqlite3.Connection) -> None:
            receivers.disable(database, self._name, self._fingerprint, why, at)
            outbox.bury(database, self._name, at, why)

        self._writer.put(job)

    def refer(self, story: str, reference: str) -> None:
        """A message of this story has arrived, and this is what the service calls it; the first one counts."""
        if reference and story not in self._references:
            self._references[story] = reference
            if len(self._references) > REFERENCES:
                del self._references[next(iter(self._references))]

    def reference(self, story: str, then: Callable[[str], None]) -> None:
        """What the service calls the first message of this story, at once or later; empty where that is unknown."""
        if story in self._references:
            then(self._references[story])
            return
        ask(
            self._writer,
            lambda database: outbox.thread(database, self._name, story),
            lambda reference: then(reference or ""),
        )

    def _ended(self, letter: Letter) -> bool:
        """Unless an operator has asked for it since."""
        return self._unmarked.get(letter.notification.id, -1) >= letter.revived
