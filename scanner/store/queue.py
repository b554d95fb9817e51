"""Jobs that wait for the writer: in order, bounded, and what can be done without goes first."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from msgspec import Struct

BOUND = 20_000
"""Jobs that wait; a full disk at ten alerts a second fills it in half an hour."""


class Committed(Struct, frozen=True):
    """It is in the database."""

    result: Any


class Postponed(Struct, frozen=True):
    """It is not, and will be tried again."""


class Lost(Struct, frozen=True):
    """It never will be."""

    why: str


Outcome = Committed | Postponed | Lost


class Job:
    """What is to be done inside a transaction, and who hears what became of it."""

    __slots__ = ("do", "essential", "hear", "number", "told")

    def __init__(
        self, do: Callable[[sqlite3.Connection], Any], hear: Callable[[Outcome], None], *, essential: bool
    ) -> None:
        self.do = do
        self.hear = hear
        self.essential = essential
        self.told = False
        """Whether its outcome was told, if only that it waits for better days."""
        self.number = 0

    def tell(self, outcome: Outcome) -> None:
        """Pass it on."""
        self.told = True
        self.hear(outcome)


class Queue:
    """First in, first out."""

    def __init__(self, bound: int = BOUND) -> None:
        self.lost = 0
        """Jobs that had to go."""
        self._bound = bound
        self._numbers = count(1)
        self._jobs: OrderedDict[int, Job] = OrderedDict()
        self._spare: OrderedDict[int, None] = OrderedDict()
        self._untold: deque[Job] = deque()
        self._gone: list[Job] = []
        self._ended = False

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> None:
        """Let it wait. Where that is one too many, the oldest that is not essential goes, else the oldest of all."""
        if self._ended:
            self._lose([job], "the store is closed")
            return
        job.number = next(self._numbers)
        self._jobs[job.number] = job
        self._untold.append(job)
        if not job.essential:
            self._spare[job.number] = None
        while len(self._jobs) > self._bound:
            self._gone.append(self._pop(next(iter(self._spare or self._jobs))))

    def take(self, most: int) -> list[Job]:
        """The first so many."""
        taken: list[Job] = []
        while self._jobs and len(taken) < most:
            taken.append(self._pop(next(iter(self._jobs))))
        while self._untold and self._untold[0].told:
            self._untold.popleft()
        return taken

    def put_back(self, jobs: Sequence[Job]) -> None:
        """In front of all others, in their order. The next `put` minds the bound."""
        for job in reversed(jobs):
            self._jobs[job.number] = job
            self._jobs.move_to_end(job.number, last=False)
            if not job.essential:
                self._spare[job.number] = None
                self._spare.move_to_end(job.number, last=False)

    def tell_who_went(self) -> int:
        """Those that had to go learn it; how many."""
        gone, self._gone = self._gone, []
        self._lose(gone, "too many jobs wait for the database")
        return len(gone)

    def postpone(self) -> None:
        """Everybody who waits and has heard nothing yet learns that it may take a while."""
        untold = [job for job in self._untold if not job.told]
        self._untold.clear()
        for job in untold:
            job.tell(Postponed())

    def end(self, why: str) -> int:
        """All that is left is lost, and so is what comes later; how many."""
        self._ended = True
        left = self.take(len(self))
        self._lose(left, why)
        return len(left)

    def _pop(self, number: int) -> Job:
        self._spare.pop(number, None)
        return self._jobs.pop(number)

    def _lose(self, jobs: Sequence[Job], why: str) -> None:
        self.lost += len(jobs)
        for job in jobs:
            job.tell(Lost(why))


def first_only(then: Callable[[Any], None] | None) -> Callable[[Outcome], None]:
    """Hears outcomes, and passes the first one on: the result of what was committed, else None."""
    listeners = [then] if then else []

    def hear(outcome: Outcome) -> None:
        if listeners:
            listeners.pop()(outcome.result if isinstance(outcome, Committed) else None)

    return hear
