"""The writer: the one actor of this process that writes to the database, many jobs in one transaction."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import time_ns
from typing import TypeVar

import trio

from scanner.store.away import Away, thread
from scanner.store.file import DatabaseFile
from scanner.store.folder import StoreUnusable
from scanner.store.queue import Committed, Job, Lost, Outcome, Postponed, Queue, first_only
from scanner.telemetry import log

AT_ONCE = 1_000
"""Jobs in one transaction at most: some milliseconds."""
LOOK_S = 1.0
"""Between two looks at whether another process has written, and between two tries while nothing can be written."""
PATIENCE_S = 1.0
"""How long a transaction waits for another process's; then the letters go on from memory."""
FAREWELL_S = 1.5
"""After `close`, a database that cannot be written is tried for so long: all ends within five seconds of its signal."""

T = TypeVar("T")


class Writer:
    """Jobs in, commits out. A job takes the connection, and must be fit to run again after a rollback."""

    def __init__(self, path: Path, *, clock: Callable[[], int] = time_ns, away: Away | None = None) -> None:
        """`away` is a thread where nothing else is given; tests of virtual time give one that stays on the loop."""
        self.writable = True
        """Whether the last try to write came off."""
        self.why = ""
        """Why not, in a sentence."""
        self.since = clock()
        """When that last changed: nanoseconds UTC."""
        self._clock = clock
        self._away = away or thread()
        self._file = DatabaseFile(path, PATIENCE_S)
        self._queue = Queue()
        self._wake = trio.Event()
        self._deadline = math.inf
        """Finite once it is to end."""
        self._on_change: Callable[[], None] | None = None
        self._log = log.get(database=str(path))
        self._trouble = log.Seldom(self._log, trio.current_time, every_s=60.0)
        self._next_look = float("-inf")

    @property
    def waiting(self) -> int:
        """Jobs that are not written yet, but for those in the transaction of this moment."""
        return len(self._queue)

    @property
    def lost(self) -> int:
        """Jobs that never were: too many waited, or the end came while nothing could be written."""
        return self._queue.lost

    def put(
        self,
        job: Callable[[sqlite3.Connection], T],
        then: Callable[[T | None], None] | None = None,
        *,
        essential: bool = True,
    ) -> None:
        """Write this after what was put before; never waits.

        `then` is called once, on the loop and later than this: with the result after the commit, or with None when the
        first try failed or there will be none. A job that failed stays and is tried again, and nobody is told.
        When too many wait, the oldest that is not `essential` goes, else the oldest of all.
        """
        self._put(Job(job, first_only(then), essential=essential))

    async def do(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Write this and wait for the commit, however long; StoreUnusable when there will be none.

        Cancelled, it is written all the same.
        """
        outcomes: list[Committed | Lost] = []
        settled = trio.Event()

        def hear(outcome: Outcome) -> None:
            if not isinstance(outcome, Postponed):
                outcomes.append(outcome)
                settled.set()

        self._put(Job(job, hear, essential=True))
        await settled.wait()
        (outcome,) = outcomes
        if isinstance(outcome, Lost):
            raise StoreUnusable(outcome.why)
        return outcome.result  # type: ignore[no-any-return]  # it is what the job returned

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """What is committed, also while nothing can be written; the job only reads. StoreUnusable where that fails."""
        return await self._through(partial(self._file.read, job))

    def changed_outside(self, callback: Callable[[], None]) -> None:
        """Call this, on the loop, within `LOOK_S` after another process has written: `scanner alerts …` beside us."""
        self._on_change = callback

    def close(self) -> None:
        """Write what waits, and end."""
        self._deadline = trio.current_time() + FAREWELL_S
        self._wake.set()

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until `close`; cancelled, what waits is still tried once. StoreUnusable where it cannot begin."""
        await self._through(self._file.open)
        try:
            task_status.started()
            await self._serve()
        finally:
            with trio.CancelScope(shield=True):
                await self._leave()

    async def _serve(self) -> None:
        while not self._over():
            await self._rest()
            due = self._is_due()
            if due:
                await self._look()
            if self.writable or due:
                await self._write()
            self._tell_bad_news()

    def _over(self) -> bool:
        if self._deadline == math.inf:
            return False
        return not self._queue or (not self.writable and trio.current_time() >= self._deadline)

    async def _rest(self) -> None:
        """Until there is something to do; at most until the next look, or the end."""
        await trio.lowlevel.checkpoint()
        if self.writable and self._queue:
            return
        with trio.move_on_at(min(self._next_look, self._deadline)):
            await self._wake.wait()
        self._wake = trio.Event()

    def _is_due(self) -> bool:
        """Once in `LOOK_S`."""
        now = trio.current_time()
        if now < self._next_look:
            return False
        self._next_look = now + LOOK_S
        return True

    async def _look(self) -> None:
        """Whether the file is still ours, and whether others have written."""
        try:
            changed = await self._through(self._file.changed)
        except StoreUnusable as error:
            self._note(str(error))
        else:
            if changed and self._on_change is not None:
                self._on_change()

    async def _write(self) -> None:
        """One transaction; without jobs it only tries whether that can be done again."""
        jobs = self._queue.take(AT_ONCE)
        if not jobs and self.writable:
            return
        try:
            results = await self._through(partial(self._file.commit, [job.do for job in jobs]))
        except StoreUnusable as error:
            self._queue.put_back(jobs)
            self._note(str(error))
        else:
            self._note("")
            for job, result in zip(jobs, results, strict=True):
                job.tell(Committed(result))

    def _tell_bad_news(self) -> None:
        """Who had to go learns it, and while nothing can be written everybody who waits, at once."""
        if gone := self._queue.tell_who_went():
            self._trouble.warning("too many jobs wait for the database", gone=gone)
        if not self.writable:
            self._queue.postpone()

    async def _leave(self) -> None:
        while self._queue and self.writable:
            await self._write()
        self._tell_bad_news()
        await self._away(self._file.close)
        if jobs := self._queue.end(self.why):
            self._log.error("the end came before all was written", jobs=jobs, why=self.why)

    async def _through(self, work: Callable[[], T]) -> T:
        # A transaction that runs is waited for: cancelled in its middle, nobody would know whether it came off.
        with trio.CancelScope(shield=True):
            result = await self._away(work)
        return result  # noqa: RET504 - inside the scope mypy thinks that it may be left without one

    def _put(self, job: Job) -> None:
        self._queue.put(job)
        self._wake.set()

    def _note(self, why: str) -> None:
        """How the last try went; empty means well."""
        self.why = why
        if self.writable != (not why):
            self.writable = not why
            self.since = self._clock()
            if why:
                self._log.error("the store cannot be written; alerts go on without it", why=why)
            else:
                self._log.info("the store can be written again", waiting=len(self._queue))
