"""A silence: what an operator does not want to hear for a while, and why."""

from __future__ import annotations

from msgspec import Struct


class Silence(Struct, frozen=True):
    """Everything that fits all of its matchers stays unsaid until it ends."""

    id: str
    matchers: tuple[str, ...]
    """As they were written: `symbol=KAVA/*`, `rule=pump`, `exchange=upbit` …; never empty."""
    until: int
    """Nanoseconds UTC."""
    comment: str
    """Why, in the operator's words."""
    created: int
    """Nanoseconds UTC."""
    by: str = ""
    """Who, as the machine knows them."""
