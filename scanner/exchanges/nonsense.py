"""How blame is found and worded: what decoding raises, what is wrong, and a bounded piece of what the venue sent."""

from __future__ import annotations

import msgspec

from scanner.exchanges.base import RemoteNonsense

EXCERPT = 200
"""Characters of the venue's words that may reach a log or a label; a frame may be megabytes, or an attack."""

UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What decoding raises for anything but the hoped-for: wrong JSON, wrong types, no UTF-8, nested too deep."""


def nonsense(problem: str, sent: bytes | str) -> RemoteNonsense:
    """The error to raise: `problem`, then at most `EXCERPT` characters of `sent`, escaped so that a line stays one."""
    return RemoteNonsense(f"{bounded(problem)}: {bounded(repr(sent[:EXCERPT]))}")


def bounded(text: str) -> str:
    """`text`, cut to `EXCERPT` characters."""
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
