"""Moments are integer nanoseconds since the Unix epoch, UTC; here is how people and JSON read them."""

from __future__ import annotations

from datetime import UTC, datetime

SECOND = 1_000_000_000
"""Nanoseconds."""


def rfc3339(at: int) -> str:
    """Nanoseconds UTC as `2026-11-21T09:30:00.123Z`."""
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
