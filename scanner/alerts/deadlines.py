"""When something is to end, as people say it: `2h`, `07:00`, `2026-11-22 07:00` or a full RFC 3339 time."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

from scanner.model.moments import SECOND

LONGEST_S = 366 * 86_400
"""What is to last longer belongs into the configuration, where others can see it."""
EXPECTED = "a duration such as 2h, or a time such as 07:00, 2026-11-22 or 2026-11-22T07:00Z"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?[smhdw]\s*){1,5}")
_PART = re.compile(r"([\d.]+)([smhdw])")
_TIME_OF_DAY = re.compile(r"\d{1,2}:\d\d")


def until(text: str, now: int, there: tzinfo) -> int:
    """The moment that is meant, nanoseconds UTC like `now`; times without an offset are those of the clock `there`.

    A time of day is the next one. ValueError says what was expected, or why the moment will not do.
    """
    moment = _moment(text.strip(), now, there)
    if moment <= now:
        raise ValueError(f"{text!r} is over already: expected a time that is still to come")
    if moment - now > LONGEST_S * SECOND:
        raise ValueError(f"{text!r} is too far away: expected at most {LONGEST_S // 86_400} days")
    return moment


def _moment(text: str, now: int, there: tzinfo) -> int:
    if _DURATION.fullmatch(text):
        return now + round(sum(float(count) * _UNITS[unit] for count, unit in _PART.findall(text)) * SECOND)
    if _TIME_OF_DAY.fullmatch(text):
        return _next(text, now, there)
    try:
        moment = datetime.fromisoformat(text)
        return _nanoseconds(moment if moment.tzinfo is not None else moment.replace(tzinfo=there))
    except (ValueError, OverflowError):  # OverflowError: the year 1 has no moment in every time zone
        raise ValueError(f"{text!r}: expected {EXPECTED}") from None


def _next(text: str, now: int, there: tzinfo) -> int:
    """The next time that a clock there shows this."""
    hour, minute = map(int, text.split(":"))
    try:
        at = time(hour, minute)
    except ValueError:
        raise ValueError(f"{text!r}: expected a time of day from 0:00 to 23:59") from None
    today = datetime.fromtimestamp(now // SECOND, there).date()
    days = (today, today + timedelta(days=1))
    moments = (_nanoseconds(datetime.combine(day, at, there)) for day in days)
    return next(moment for moment in moments if moment > now)


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp()) * SECOND
