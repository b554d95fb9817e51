"""The outbox: a letter is one notification on its way to one receiver, here from before its first attempt.

Every function is a job for `Writer.put` or `Writer.do`: it runs inside a transaction that somebody else commits, and it
may be run again after a rollback.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec
from msgspec import Struct

from scanner.model.news import Notification
from scanner.store.notifications import Unreadable, note, read

State = Literal["waiting", "delivered", "expired", "dead", "dropped"]
"""`expired`: too old to be sent as news. `dead`: given up or refused. `dropped`: beyond the bounds of the store."""
ENDS: tuple[State, ...] = ("delivered", "expired", "dead", "dropped")
PAGE = 500
"""Letters that are read at a time."""


class Letter(Struct, frozen=True):
    """One notification, one receiver."""

    notification: Notification
    receiver: str
    due: int
    """Not to be sent before: nanoseconds UTC, our own clock."""
    group: str = ""
    """Letters of one receiver with the same key are sent as one message; empty means alone."""
    seq: int = 0
    """Where it stands in the store; 0 while it is not there."""
    attempts: int = 0
    """That failed, since it was made or revived."""
    revived: int = 0
    """When an operator asked to try again; a letter's age counts from the later of this and `made`."""


class Tally(Struct, frozen=True):
    """How many letters of one receiver are in one state."""

    receiver: str
    state: State
    letters: int
    oldest_made: int
    """Of the oldest of them: nanoseconds UTC."""


def add(db: sqlite3.Connection, letters: Iterable[Letter]) -> list[Letter]:
    """Put them in as waiting, and return them with their `seq`.

    A letter whose notification this receiver has had already, in whatever state, is left alone and not returned.
    """
    added = []
    noted: Notification | None = None
    for letter in letters:
        if letter.notification is not noted:  # the letters of one notification come together: it is written out once
            noted = letter.notification
            note(db, noted)
        if seq := _insert(db, letter):
            added.append(msgspec.structs.replace(letter, seq=seq))
    return added


def _insert(db: sqlite3.Connection, letter: Letter) -> int:
    message = letter.notification
    row = (message.id, letter.receiver, message.news.id, message.made, letter.due, letter.group)
    done = db.execute(
        "INSERT INTO letters (notification, receiver, story, made, due, burst) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (notification, receiver) DO NOTHING",
        row,
    )
    return (done.lastrowid or 0) if done.rowcount else 0


def waiting(
    db: sqlite3.Connection,
    receiver: str,
    after_seq: int = 0,
    limit: int = PAGE,
    *,
    without: Collection[int] = (),
) -> list[Letter]:
    """The first of what waits for a receiver, in order of (due, seq); what is due later is among it.

    Only letters beyond `after_seq`, and none of `without`: the seqs that are in hand already. A letter that this
    version cannot read becomes a dead one here, so that it holds up nobody.
    """
    rows = db.execute(
        "SELECT seq, due, burst, attempts, revived, body FROM letters JOIN notifications ON id = notification"
        " WHERE state = 'waiting' AND receiver = ? AND seq > ? AND seq NOT IN (SELECT value FROM json_each(?))"
        " ORDER BY due, seq LIMIT ?",
        (receiver, after_seq, _array(without), limit),
    ).fetchall()
    letters = []
    for seq, due, burst, attempts, revived, body in rows:
        try:
            notification = read(body)
        except Unreadable as error:
            settle(db, [seq], "dead", due, why=f"this version cannot read it: {error}")
        else:
            letters.append(Letter(notification, receiver, due, burst, seq, attempts, revived))
    return letters


def seqs(db: sqlite3.Connection, receiver: str, notifications: Collection[str]) -> list[int]:
    """Where the letters of these notifications stand: for who has sent them before they could be stored."""
    return [
        seq
        for (seq,) in db.execute(
            "SELECT seq FROM letters WHERE receiver = ? AND notification IN (SELECT value FROM json_each(?))",
            (receiver, _array(notifications)),
        )
    ]


def settle(
    db: sqlite3.Connection, seqs: Collection[int], state: State, at: int, why: str = "", reference: str = ""
) -> None:
    """They have come to an end; `reference` is what the service calls the message. What was delivered stays so."""
    db.execute(
        "UPDATE letters SET state = ?, at = ?, why = ?, reference = ?"
        " WHERE seq IN (SELECT value FROM json_each(?)) AND state != 'delivered'",
        (state, at, why, reference, _array(seqs)),
    )


def bury(db: sqlite3.Connection, receiver: str, at: int, why: str) -> int:
    """All that waits for a receiver becomes dead letters; how many."""
    done = db.execute(
        "UPDATE letters SET state = 'dead', at = ?, why = ? WHERE receiver = ? AND state = 'waiting'",
        (at, why, receiver),
    )
    return done.rowcount


def failed(db: sqlite3.Connection, seqs: Collection[int], at: int, why: str) -> None:
    """One more attempt has failed; they go on waiting."""
    db.execute(
        "UPDATE letters SET attempts = attempts + 1, at = ?, why = ?"
        " WHERE seq IN (SELECT value FROM json_each(?)) AND state = 'waiting'",
        (at, why, _array(seqs)),
    )


def revive(
    db: sqlite3.Connection,
    at: int,
    *,
    ids: Collection[str] | None = None,
    receiver: str | None = None,
    states: Collection[State] = ("dead", "expired"),
) -> int:
    """Let them wait again with all their attempts; how many. None means any notification, any receiver."""
    done = db.execute(
        "UPDATE letters SET state = 'waiting', attempts = 0, revived = :at, at = :at"
        " WHERE state IN (SELECT value FROM json_each(:states))"
        " AND (:ids IS NULL OR notification IN (SELECT value FROM json_each(:ids)))"
        " AND (:receiver IS NULL OR receiver = :receiver)",
        {"at": at, "states": _array(states), "ids": None if ids is None else _array(ids), "receiver": receiver},
    )
    return done.rowcount


def heard(db: sqlite3.Connection, receiver: str, story: str) -> bool:
    """Whether there is any letter of this story to this receiver, in whatever state."""
    row = db.execute(
        "SELECT 1 FROM notifications JOIN letters ON notification = id"
        " WHERE notifications.story = ? AND receiver = ? LIMIT 1",
        (story, receiver),
    ).fetchone()
    return row is not None


def thread(db: sqlite3.Connection, receiver: str, story: str) -> str:
    """What the service calls the first message of this story there; empty where none has arrived."""
    row = db.execute(
        "SELECT reference FROM letters WHERE receiver = ? AND story = ? AND reference != '' ORDER BY seq LIMIT 1",
        (receiver, story),
    ).fetchone()
    return row[0] if row else ""


def tallies(db: sqlite3.Connection, states: Collection[State] = ("waiting", *ENDS)) -> list[Tally]:
    """Per state and receiver, where there are any. It costs a look at each letter in these states."""
    rows = db.execute(
        "SELECT receiver, state, count(*), min(made) FROM letters"
        " WHERE state IN (SELECT value FROM json_each(?)) GROUP BY state, receiver",
        (_array(states),),
    )
    return [Tally(*row) for row in rows]


def _array(values: Collection[int] | Collection[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
