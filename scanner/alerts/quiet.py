"""Quiet hours: the hours of a person's day in which a receiver hears only of what cannot wait.

They are read on the wall clock of a time zone. On the two odd days of a year they are so many hours longer or shorter:
an hour that is skipped is not quiet, one that comes twice is quiet twice.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from scanner.model.moments import SECOND

EXPECTED = "hours such as 23:00-07:00, several with a comma between, or nothing"
EXPECTED_ZONE = "the name of a time zone such as Asia/Seoul"
REMEMBERED = 256
"""Texts whose reading is kept: one or two for each receiver."""

_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)")
_MIDNIGHT = 24 * 60


class Span(Struct, frozen=True):
    """From one minute of the day until another, which is on the next day where it is not later."""

    begin: int
    """Minutes since midnight, 0 to 1439."""
    end: int
    """The first that is not quiet any more, 0 to 1439."""

    def holds(self, minute: int) -> bool:
        """Whether this minute of a day lies within."""
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


@lru_cache(REMEMBERED)
def parse(hours: str) -> tuple[Span, ...]:
    """`23:00-07:00`, or several such; none for empty text. ValueError says what was expected."""
    return tuple(_span(part.strip()) for part in hours.split(",")) if hours.strip() else ()


@lru_cache(REMEMBERED)
def zone(name: str) -> ZoneInfo:
    """A time zone by its name, such as Asia/Seoul; ValueError for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a folder of zones, such as Asia
        raise ValueError(f"expected {EXPECTED_ZONE}") from None


def is_quiet(hours: str, timezone: str, at: int) -> bool:
    """Whether a moment (nanoseconds UTC) lies in these hours there; both are as the receiver's settings write them."""
    spans = parse(hours)
    if not spans:
        return False
    there = _wall(timezone, at)
    minute = there.hour * 60 + there.minute
    return any(span.holds(minute) for span in spans)


def _wall(timezone: str, at: int) -> datetime:
    """Whole seconds are exact where a float of nanoseconds is not."""
    return datetime.fromtimestamp(at // SECOND, zone(timezone))


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"expected {EXPECTED}")
    begin, end = (int(hour) * 60 + int(minute) for hour, minute in (match.group(1, 2), match.group(3, 4)))
    if begin >= _MIDNIGHT or end > _MIDNIGHT:
        raise ValueError("a day ends at 24:00")
    if begin == end % _MIDNIGHT:
        raise ValueError("quiet hours end at another time than they begin; for all day, raise severity instead")
    return Span(begin, end % _MIDNIGHT)
