"""Receivers that want nothing any more: a 410 holds over restarts, until an operator or new settings say otherwise."""

from __future__ import annotations

import sqlite3

from msgspec import Struct


class Disabled(Struct, frozen=True):
    """Why a receiver is not served."""

    fingerprint: str
    """Of the settings that it had then: with others it is another receiver."""
    why: str
    at: int
    """Nanoseconds UTC."""


def disable(db: sqlite3.Connection, name: str, fingerprint: str, why: str, at: int) -> None:
    """From now on; the last word counts."""
    db.execute(
        "INSERT OR REPLACE INTO disabled (receiver, fingerprint, why, at) VALUES (?, ?, ?, ?)",
        (name, fingerprint, why, at),
    )


def enable(db: sqlite3.Connection, name: str) -> bool:
    """Whether it was disabled."""
    return bool(db.execute("DELETE FROM disabled WHERE receiver = ?", (name,)).rowcount)


def disabled(db: sqlite3.Connection) -> dict[str, Disabled]:
    """By name."""
    rows = db.execute("SELECT receiver, fingerprint, why, at FROM disabled ORDER BY receiver")
    return {name: Disabled(*rest) for name, *rest in rows}
