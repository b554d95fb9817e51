"""A question to the store: what it says after all that was written before; asked once, and never for nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from scanner.store.writer import Writer

T = TypeVar("T")


def ask(writer: Writer, job: Callable[[sqlite3.Connection], T], then: Callable[[T | None], None]) -> None:
    """`then` gets the answer, or None when there is none now: at once where nothing can be written.

    The writer tries a job again that it could not do; a question that was given up is not asked again then.
    """
    if not writer.writable:
        then(None)
        return
    wanted = True

    def question(database: sqlite3.Connection) -> T | None:
        return job(database) if wanted else None

    def answer(found: T | None) -> None:
        nonlocal wanted
        wanted = False
        then(found)

    writer.put(question, answer, essential=False)
