"""What was told, for people: notifications with what became of their letters."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from scanner.model.news import Notification, Trouble
from scanner.store.notifications import Unreadable, read
from scanner.store.outbox import State

MOST = 200
"""Notifications that one beginning of an id brings at most."""


class Standing(Struct, frozen=True):
    """Where the letter to one receiver stands."""

    receiver: str
    state: State
    attempts: int
    """That failed, since it was made or revived."""
    at: int
    """Of the last attempt or of its end, nanoseconds UTC; 0 before the first."""
    why: str
    """Why the last attempt failed or how it ended; empty where nothing went wrong."""
    reference: str
    """What the service calls the message."""
    due: int
    seq: int


class Listed(Struct, frozen=True):
    """One notification and its letters, in the order in which they were written."""

    id: str
    """As it was sent; that of the notification, where this version can read it."""
    story: str
    notification: Notification
    """An ops alert with the rule `unreadable` stands in for what another version wrote and this one cannot read."""
    letters: tuple[Standing, ...]
    """Empty where nobody was to hear it."""


def listed(
    db: sqlite3.Connection, *, limit: int, since: int = 0, symbol: str = "", rule: str = "", state: str = ""
) -> list[Listed]:
    """The newest first. `since` is nanoseconds UTC; `state` means that at least one letter is in it.

    `symbol` is a pair such as BTC/KRW, or a coin such as BTC in whatever currency.
    """
    return _read(
        db,
        "made >= :since AND (:rule = '' OR rule = :rule)"
        " AND (:symbol = '' OR :symbol IN (symbol, substr(symbol, 1, instr(symbol, '/') - 1)))"
        " AND (:state = '' OR id IN (SELECT notification FROM letters WHERE state = :state AND made >= :since))",
        {"limit": limit, "since": since, "symbol": symbol, "rule": rule, "state": state},
    )


def find(db: sqlite3.Connection, id_prefix: str, limit: int = MOST) -> list[Listed]:
    """The notifications whose id, or whose story's id, begins so; the newest first."""
    return _read(
        db,
        "id IN (SELECT id FROM notifications WHERE id >= :first AND id < :last"
        " UNION SELECT id FROM notifications WHERE story >= :first AND story < :last)",
        {"limit": limit, "first": id_prefix, "last": id_prefix + "\U0010ffff"},
    )


def _read(db: sqlite3.Connection, condition: str, values: dict[str, object]) -> list[Listed]:
    rows = db.execute(
        # The conditions are the two above.
        f"SELECT id, story, made, body FROM notifications WHERE {condition} ORDER BY made DESC, id LIMIT :limit",  # noqa: S608
        values,
    ).fetchall()
    return [Listed(id, story, _message(made, body), _letters(db, id)) for id, story, made, body in rows]  # noqa: A001


def _letters(db: sqlite3.Connection, notification: str) -> tuple[Standing, ...]:
    rows = db.execute(
        "SELECT receiver, state, attempts, at, why, reference, due, seq FROM letters WHERE notification = ?"
        " ORDER BY seq",
        (notification,),
    )
    return tuple(Standing(*row) for row in rows)


def _message(made: int, body: str) -> Notification:
    try:
        return read(body)
    except Unreadable as error:
        headline = f"written by another version of the scanner, unreadable to this one: {error}"
        return Notification(Trouble("", "unreadable", "info", headline, {}, made, "told"), made)
