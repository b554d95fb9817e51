"""Moments as operators name them: `10m` ago, `12:44` today, or a whole date and time; UTC, as all that we print."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import time_ns
from typing import Any

import click

from scanner.alerts.deadlines import until
from scanner.config.units import parse_duration
from scanner.model.moments import SECOND

PAST = "how long ago, such as 10m or 24h, or a time (UTC) such as 12:44, 2026-11-21 or 2026-11-21T12:44:12Z"
EARLIEST_YEAR = 1970

_TIME_OF_DAY = re.compile(r"\d{1,2}:\d\d(:\d\d)?")

Read = Callable[[str, int], int]
"""What was typed and the present moment → the moment that was meant; both nanoseconds UTC. ValueError says why not."""


def ago(text: str, now: int) -> int:
    """A moment that is over."""
    moment = _past(text.strip(), now)
    if moment > now:
        raise ValueError("that is still to come: expected a time that is over")
    return moment


def ahead(text: str, now: int) -> int:
    """A moment that is still to come."""
    return until(text, now, UTC)


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in click's newest releases only
    """The value is nanoseconds UTC."""

    name = "time"

    def __init__(self, read: Read, clock: Callable[[], int] = time_ns) -> None:
        self._read = read
        self._clock = clock

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Or a usage error that says what was expected."""
        if isinstance(value, int):
            return value
        try:
            return self._read(value, self._clock())
        except ValueError as error:
            said = str(error)
            self.fail(said if repr(value) in said else f"{value!r}: {said}", param, ctx)


def _past(text: str, now: int) -> int:
    if _TIME_OF_DAY.fullmatch(text):
        return _last(text, now)
    try:
        return now - round(parse_duration(text) * SECOND)
    except ValueError:
        pass  # no duration, so a date and time
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected {PAST}") from None
    if moment.year < EARLIEST_YEAR:
        raise ValueError(f"expected {PAST}")
    return _nanoseconds(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def _last(text: str, now: int) -> int:
    """The last time that a clock showed this, in UTC."""
    hour, minute, second = (*map(int, text.split(":")), 0)[:3]
    today = datetime.fromtimestamp(now // SECOND, UTC)
    try:
        moment = today.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        raise ValueError("expected a time of day from 0:00 to 23:59:59") from None
    return _nanoseconds(moment if moment <= today else moment - timedelta(days=1))


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6) * 1_000
