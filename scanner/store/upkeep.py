"""Upkeep: the store is bounded by age and by count, and what is deleted goes back to the disk."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from scanner.store import decisions, silences

AT_ONCE = 1_000
"""Notifications that one pruning deletes at most: a fifth of a second, for which a new letter may have to wait."""
PAGES = 2_000
"""Free pages of 4 KiB that one pruning gives back to the disk at most: more than it frees."""


class Pruned(Struct, frozen=True):
    """What one pruning took."""

    notifications: int
    """Deleted, with their letters."""
    dropped: int
    """Letters that still waited, and will not be sent any more."""
    decisions: int
    silences: int
    """Those that ended long ago."""

    @property
    def more(self) -> bool:
        """Whether there was more than one pruning takes: prune again at once."""
        return self.notifications >= AT_ONCE or self.decisions >= decisions.AT_ONCE


def prune(db: sqlite3.Connection, now: int, keep_ns: int, keep_count: int) -> Pruned:
    """Keep nothing longer than `keep_ns`, and only the newest `keep_count` notifications.

    A notification that lies beyond goes with its letters. Where one of them still waits it becomes `dropped` first, and
    can be read until the next pruning.
    """
    bounds = {"now": now, "oldest": now - keep_ns, "beyond": _beyond(db, keep_count), "most": AT_ONCE}
    deleted = db.execute(
        "DELETE FROM notifications WHERE number IN (SELECT number FROM notifications"
        " WHERE (made < :oldest OR number <= :beyond)"
        " AND NOT EXISTS (SELECT 1 FROM letters WHERE notification = id AND state = 'waiting')"
        " ORDER BY number LIMIT :most)",
        bounds,
    ).rowcount
    dropped = db.execute(
        "UPDATE letters SET state = 'dropped', at = :now, why = 'beyond the bounds of the store'"
        " WHERE state = 'waiting'"
        " AND notification IN (SELECT id FROM notifications WHERE made < :oldest OR number <= :beyond)",
        bounds,
    ).rowcount
    pruned = Pruned(
        deleted, dropped, decisions.prune(db, now, keep_ns, decisions.MOST), silences.prune(db, now, keep_ns)
    )
    give_back(db)
    return pruned


def give_back(db: sqlite3.Connection) -> None:
    """Free pages return to the disk: the file shrinks when the log is next carried over into it."""
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    for _ in range(min(free, PAGES)):
        # It frees one page a step, and Python takes one step with a statement that has no columns.
        db.execute("PRAGMA incremental_vacuum(1)")


def _beyond(db: sqlite3.Connection, count: int) -> int:
    """The newest that is one too many; 0 where none is."""
    row = db.execute("SELECT number FROM notifications ORDER BY number DESC LIMIT 1 OFFSET ?", (count,)).fetchone()
    return int(row[0]) if row else 0
