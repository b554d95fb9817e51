"""What stands in the database, as the steps that made it so: a file of an older scanner goes through those it lacks."""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # A message, once, whoever is to hear it. `body` is JSON: `sqlite3 scanner.db` shows it as it is.
        """CREATE TABLE notifications (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            story TEXT NOT NULL,
            made INTEGER NOT NULL,
            rule TEXT NOT NULL,
            symbol TEXT NOT NULL,
            body TEXT NOT NULL
        )""",
        "CREATE INDEX notifications_by_age ON notifications (made)",
        "CREATE INDEX notifications_by_story ON notifications (story)",
        # The same message on its way to one receiver. AUTOINCREMENT: a number is never given twice.
        """CREATE TABLE letters (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            notification TEXT NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
            receiver TEXT NOT NULL,
            story TEXT NOT NULL,
            made INTEGER NOT NULL,
            due INTEGER NOT NULL,
            burst TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting',
            attempts INTEGER NOT NULL DEFAULT 0,
            revived INTEGER NOT NULL DEFAULT 0,
            at INTEGER NOT NULL DEFAULT 0,
            why TEXT NOT NULL DEFAULT '',
            reference TEXT NOT NULL DEFAULT '',
            UNIQUE (notification, receiver)
        )""",
        "CREATE INDEX letters_waiting ON letters (receiver, due, seq) WHERE state = 'waiting'",
        "CREATE INDEX letters_by_state ON letters (state, receiver, made)",
        "CREATE INDEX letters_to_edit ON letters (receiver, story, seq) WHERE reference != ''",
    ),
    (
        "CREATE TABLE silences (id TEXT PRIMARY KEY NOT NULL, until INTEGER NOT NULL, body TEXT NOT NULL)",
        "CREATE TABLE stories (key TEXT PRIMARY KEY NOT NULL, state BLOB NOT NULL)",
        """CREATE TABLE disabled (
            receiver TEXT PRIMARY KEY NOT NULL,
            fingerprint TEXT NOT NULL,
            why TEXT NOT NULL,
            at INTEGER NOT NULL
        )""",
    ),
    (
        """CREATE TABLE decisions (
            number INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            symbol TEXT NOT NULL,
            story TEXT NOT NULL,
            body TEXT NOT NULL
        )""",
        "CREATE INDEX decisions_by_age ON decisions (at)",
        "CREATE INDEX decisions_by_symbol ON decisions (symbol, at)",
        "CREATE INDEX decisions_by_story ON decisions (story, at) WHERE story != ''",
    ),
)
"""The file's `user_version` is how many of these it has been through. A released one never changes."""
