"""What the store knows of operators' wishes: silences, receivers that are disabled, and letters nobody can bring."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

from msgspec import Struct

from scanner.delivery.post import Post
from scanner.model.silence import Silence
from scanner.store import outbox, receivers, silences
from scanner.store.receivers import Disabled


class Orders(Struct, frozen=True):
    """As they stood at one moment."""

    asked: int = 0
    """When that was, nanoseconds UTC: what was decided later may not be in it."""
    silences: tuple[Silence, ...] = ()
    disabled: Mapping[str, Disabled] = {}
    """Only receivers whose settings are still those of which it was said."""
    waiting: Mapping[str, int] = {}
    """Receiver → its letters that wait in the store."""
    buried: int = 0
    """Letters for receivers that are no longer configured, which became dead ones just now."""


def read(database: sqlite3.Connection, posts: Mapping[str, Post], now: int) -> Orders:
    """A job for the writer: what holds now, once old claims on letters and receivers are cleared away."""
    buried = _bury_orphans(database, {name for name, post in posts.items() if post.durable}, now)
    disabled = receivers.disabled(database)
    for name in [
        name for name, old in disabled.items() if name in posts and old.fingerprint != posts[name].fingerprint
    ]:
        receivers.enable(database, name)
        del disabled[name]
    waiting = {each.receiver: each.letters for each in outbox.tallies(database, ["waiting"])}
    return Orders(now, tuple(silences.active(database, now)), disabled, waiting, buried)


def _bury_orphans(database: sqlite3.Connection, configured: Collection[str], now: int) -> int:
    orphans = {each.receiver for each in outbox.tallies(database, ["waiting"])} - set(configured)
    return sum(outbox.bury(database, name, now, f"receiver {name} is no longer configured") for name in sorted(orphans))
