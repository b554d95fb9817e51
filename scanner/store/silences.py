"""The silences that operators have set."""

from __future__ import annotations

import sqlite3

import msgspec

from scanner.model.silence import Silence

MOST = 1_000
"""Silences in force at a time: each is held against every alert. Who needs more means a route, or `alerts.mute`."""

_decode = msgspec.json.Decoder(Silence).decode


class TooMany(Exception):
    """Says how many there are."""


def add(db: sqlite3.Connection, silence: Silence) -> None:
    """Keep it; one with the same id is replaced. TooMany where `MOST` are in force when it was made."""
    if len(active(db, silence.created)) >= MOST:
        raise TooMany(f"{MOST:,} silences are in force, which is the most: end some, or mute what is never wanted")
    body = msgspec.json.encode(silence).decode()
    db.execute("INSERT OR REPLACE INTO silences (id, until, body) VALUES (?, ?, ?)", (silence.id, silence.until, body))


def remove(db: sqlite3.Connection, id: str) -> bool:  # noqa: A002 - the trade's word
    """Whether it was there."""
    return bool(db.execute("DELETE FROM silences WHERE id = ?", (id,)).rowcount)


def active(db: sqlite3.Connection, now: int) -> list[Silence]:
    """Those that have not ended; who ends first comes first."""
    return [silence for silence in all(db) if silence.until > now]


def all(db: sqlite3.Connection) -> list[Silence]:  # noqa: A001 - silences.all(db) reads as it is meant
    """Also those that have ended, until they are pruned; who ends first comes first."""
    return [_decode(body) for (body,) in db.execute("SELECT body FROM silences ORDER BY until, id")]


def prune(db: sqlite3.Connection, now: int, keep_ns: int) -> int:
    """Forget those that ended longer ago than this; how many."""
    return db.execute("DELETE FROM silences WHERE until < ?", (now - keep_ns,)).rowcount
