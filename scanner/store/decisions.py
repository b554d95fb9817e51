"""What was decided and why, for `scanner alerts explain`: bounded by age and by count."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from scanner.model.decision import Decision

LATEST = 2**63 - 1
"""Nanoseconds UTC: the end of what a moment can be."""
MOST = 200_000
"""Decisions that are kept, some 100 MB: at one a second the last two days."""
AT_ONCE = 20_000
"""Decisions that one pruning deletes at most, so that no letter waits long behind it."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Decision).decode


def add(db: sqlite3.Connection, decisions: Iterable[Decision]) -> None:
    """Keep them."""
    db.executemany(
        "INSERT INTO decisions (at, symbol, story, body) VALUES (?, ?, ?, ?)",
        [(each.at, each.symbol, each.story, _encode(each).decode()) for each in decisions],
    )


def find(
    db: sqlite3.Connection, *, symbol: str = "", story: str = "", since: int = 0, until: int = LATEST, limit: int
) -> list[Decision]:
    """The newest `limit` about this symbol or this story between two moments, both included; oldest first.

    Empty means any.
    """
    rows = db.execute(
        "SELECT body FROM decisions WHERE at BETWEEN :since AND :until AND (:symbol = '' OR symbol = :symbol)"
        " AND (:story = '' OR story = :story) ORDER BY at DESC, number DESC LIMIT :limit",
        {"symbol": symbol, "story": story, "since": since, "until": until, "limit": limit},
    ).fetchall()
    return [_decode(body) for (body,) in reversed(rows)]


def prune(db: sqlite3.Connection, now: int, keep_ns: int, keep_count: int) -> int:
    """Forget what is older than this or not among the newest so many; how many, at most `AT_ONCE`."""
    return db.execute(
        "DELETE FROM decisions WHERE number IN (SELECT number FROM decisions WHERE at < :oldest"
        " OR number <= (SELECT number FROM decisions ORDER BY number DESC LIMIT 1 OFFSET :count) LIMIT :most)",
        {"oldest": now - keep_ns, "count": keep_count, "most": AT_ONCE},
    ).rowcount
