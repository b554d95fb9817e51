"""Spans of time as sentences have them."""

from __future__ import annotations

MINUTE_S, HOUR_S = 60, 3_600
FROM_MINUTES_S, FROM_HOURS_S = 100, 6_000
"""From here on a span is told in minutes, and in hours."""


def span(seconds: float) -> str:
    """`0.4 s`, `31 s`, `4 min`, `2.5 h`: two digits at the most, but for whole minutes."""
    if seconds < 1:
        return f"{seconds:.1f} s"
    if seconds < FROM_MINUTES_S:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE_S:.0f} min" if seconds < FROM_HOURS_S else f"{seconds / HOUR_S:.1f} h"
