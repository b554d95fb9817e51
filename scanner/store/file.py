"""The database as the writer's thread holds it: one connection, opened anew when its disk has failed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from scanner.store.database import connect, passing, unusable
from scanner.store.folder import StoreUnusable

T = TypeVar("T")


class DatabaseFile:
    """Not for two threads at once. Every method may raise StoreUnusable, and may then be called again."""

    def __init__(self, path: Path, patience_s: float) -> None:
        """`patience_s` is how long a transaction waits for another process's."""
        self._path = path
        self._patience_s = patience_s
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._version: int | None = None

    def open(self) -> None:
        """Make the file where it is missing; only the first time."""
        self._connection = connect(self._path, create=True, patience_s=self._patience_s)
        self._identity = self._found()

    def commit(self, jobs: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        """Run all jobs in one transaction; their results. Whatever one of them raises, none of them has happened."""
        return self._attempt(lambda database: _transaction(database, "BEGIN IMMEDIATE", jobs))

    def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job that only reads: also while nothing can be written."""
        (result,) = self._attempt(lambda database: _transaction(database, "BEGIN", [job]))
        return result  # type: ignore[no-any-return]  # it is what the job returned

    def changed(self) -> bool:
        """Whether another process has committed since this was asked last; not so the first time."""
        (version,) = self._attempt(lambda database: database.execute("PRAGMA data_version").fetchone())
        before, self._version = self._version, version
        return before not in {None, version}

    def close(self) -> None:
        """The last one out carries the log over into the database."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._check_place()
        try:
            if self._connection is None:
                self._connection = connect(self._path, patience_s=self._patience_s)
            return work(self._connection)
        except sqlite3.Error as error:
            if not (why := unusable(error)):
                raise
            if not passing(error):
                # A connection that has seen its disk fail may hold half a thought; a new one starts from what is there.
                self.close()
            raise StoreUnusable(f"{self._path} cannot be used: {why}") from error

    def _check_place(self) -> None:
        """SQLite goes on writing into a file that was deleted, and all of it vanishes with the process."""
        if self._found() != self._identity:
            raise StoreUnusable(
                f"{self._path} was deleted or replaced while the scanner ran: "
                "put it back, or start the scanner again to begin a new one"
            )

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _transaction(
    database: sqlite3.Connection, begin: str, jobs: Sequence[Callable[[sqlite3.Connection], Any]]
) -> list[Any]:
    database.execute(begin)
    try:
        results = [job(database) for job in jobs]
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
    return results
