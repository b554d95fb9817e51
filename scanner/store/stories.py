"""The open stories, as bytes that only their teller reads: a restart goes on where the last life stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping


def save(db: sqlite3.Connection, states: Mapping[str, bytes], drop: Collection[str] = ()) -> None:
    """Forget `drop`, then keep the newest state of each: a key that is in both has ended and begun again."""
    db.executemany("DELETE FROM stories WHERE key = ?", [(key,) for key in drop])
    db.executemany("INSERT OR REPLACE INTO stories (key, state) VALUES (?, ?)", list(states.items()))


def load(db: sqlite3.Connection) -> dict[str, bytes]:
    """All of them."""
    return dict(db.execute("SELECT key, state FROM stories ORDER BY key").fetchall())
