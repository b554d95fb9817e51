"""Opening the one database of a state folder: its pragmas, its migrations, and why it cannot be used."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from scanner.store.folder import StoreUnusable
from scanner.store.schema import MIGRATIONS

DATABASE = "scanner.db"
PATIENCE_S = 5.0
"""How long a transaction waits for another process's: theirs take milliseconds."""
LOG_BYTES = 4 * 1024 * 1024
"""The write-ahead log is cut back to this when it has been carried over into the database."""

PRAGMAS = (
    "PRAGMA auto_vacuum = INCREMENTAL",  # before the first table: only so can pruning give pages back to the disk
    "PRAGMA journal_mode = WAL",  # readers and the writer do not wait for each other
    # A commit is in the kernel's hands when it returns: it survives kill -9 of any process, and a power cut costs the
    # last moments but never the file. FULL would wait for the disk at each alert.
    "PRAGMA synchronous = NORMAL",
    f"PRAGMA journal_size_limit = {LOG_BYTES}",
    "PRAGMA foreign_keys = ON",
)

MEND = "move it away and start again (what waited in it can be rescued with: sqlite3 FILE .recover)"
UNUSABLE = {
    sqlite3.SQLITE_FULL: "no space is left on its disk",
    sqlite3.SQLITE_BUSY: "another process keeps it locked",
    sqlite3.SQLITE_LOCKED: "another process keeps it locked",
    sqlite3.SQLITE_PROTOCOL: "another process keeps it locked",
    sqlite3.SQLITE_READONLY: "it cannot be written by this user, or its file system is read-only",
    sqlite3.SQLITE_PERM: "it cannot be written by this user",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened by this user, or is no file",
    sqlite3.SQLITE_IOERR: "its disk fails",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_CORRUPT: f"it is damaged; {MEND}",
    sqlite3.SQLITE_NOTADB: f"it is no SQLite database; {MEND}",
}
"""What is wrong with the world rather than with our SQL, by SQLite's primary result code."""
PASSING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}


def connect(path: Path, *, create: bool = False, patience_s: float = PATIENCE_S) -> sqlite3.Connection:
    """The database, brought up to this scanner's schema; StoreUnusable says why not, in a sentence.

    Without `create` a missing file stays missing, and one that is there is not looked through for damage.
    A transaction is only where somebody begins one. Any thread may use the connection, as long as no two do at once:
    the writer's comes from a pool, and may be another one each time.
    """
    if create:
        _make(path)
    elif not path.exists():
        raise StoreUnusable(f"there is no {path.name} in {path.parent}: no scanner has run with this state folder yet")
    database: sqlite3.Connection | None = None
    try:
        database = sqlite3.connect(path, timeout=patience_s, isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
            database.execute(pragma)
        migrate(database, path)
        if create:
            _check(database, path)
    except (sqlite3.Error, StoreUnusable) as error:
        if database is not None:
            database.close()
        if isinstance(error, StoreUnusable) or not (why := unusable(error)):
            raise
        raise StoreUnusable(f"{path} cannot be used: {why}") from error
    return database


def unusable(error: sqlite3.Error) -> str:
    """What is wrong with the disk, the file or its other users; empty where the error is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # it does not come from SQLite itself
        return str(error) if isinstance(error, sqlite3.OperationalError) else ""
    return UNUSABLE.get(code & 0xFF, "")


def passing(error: sqlite3.Error) -> bool:
    """Whether the connection is as good as before: the disk was full or the file was locked, and that is all."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_FULL) & 0xFF in PASSING


def migrate(database: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Take the steps that the file lacks, all or none; StoreUnusable where a newer scanner has written it."""
    known = len(migrations)
    version = _version(database)
    if version > known:
        raise StoreUnusable(
            f"{path} was written by a newer scanner (schema {version}, this one knows {known}): "
            "update this scanner, or give it another folder with --state"
        )
    if version == known:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been at it meanwhile: who comes second finds nothing to do.
        for statement in (each for step in migrations[_version(database) :] for each in step):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {known}")
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def _check(database: sqlite3.Connection, path: Path) -> None:
    """Half a second for half a gigabyte: damage is better found at the start than in the night."""
    (said,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise StoreUnusable(f"{path} cannot be used: {UNUSABLE[sqlite3.SQLITE_CORRUPT]}; SQLite says: {said}")


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def _make(path: Path) -> None:
    """An empty file that only this user can read; SQLite gives its companions the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreUnusable(f"{path} cannot be made: {error.strerror}") from error
