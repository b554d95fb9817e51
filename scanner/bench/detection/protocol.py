"""What counts as right: each alert is judged by where it falls around the onset, and by what the price did next.

A hit falls in [onset - 120 s, onset + 300 s]. What comes later, until 2 h after the onset, is aftermath. What falls
into the first 6 h of a recording is warm-up. Neither of these two counts. Anything else is a false alert: genuine where
the highest price of the next 5 minutes is at least 5 % above the median of the 15 minutes before, else noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct

from scanner.bench.detection.play import Cost
from scanner.bench.detection.recording import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Recording
from scanner.bench.detection.told import Told

EARLY_MS = 120 * SECOND_MS
LATE_MS = 300 * SECOND_MS
AFTERMATH_MS = 2 * HOUR_MS
WARM_UP_MS = 6 * HOUR_MS
NEXT_MS = 5 * MINUTE_MS
BEFORE_MS = 15 * MINUTE_MS
GENUINE_RISE = 0.05


class Verdict(Enum):
    """What an alert was worth."""

    WARM_UP = "warm_up"
    HIT = "hit"
    AFTERMATH = "aftermath"
    GENUINE = "genuine"
    """No announced pump, and yet the price rose."""
    NOISE = "noise"


FALSE = (Verdict.GENUINE, Verdict.NOISE)


class Judged(Struct, frozen=True):
    """An alert and its verdict."""

    told: Told
    verdict: Verdict


class Outcome(Struct, frozen=True):
    """All that one recording brought."""

    name: str
    onset_ms: int | None
    """None where nothing was to be found."""
    symbol_days: float
    """For how long a false alert could have come."""
    judged: tuple[Judged, ...]
    cost: Cost = Cost()


def judge(recording: Recording, onset_ms: int | None, told: Iterable[Told], cost: Cost = Cost()) -> Outcome:  # noqa: B008  # a value
    """Every alert of one recording with its verdict."""
    judged = tuple(Judged(each, _verdict(recording, onset_ms, each.ts_ms)) for each in told)
    return Outcome(recording.name, onset_ms, _symbol_days(recording, onset_ms), judged, cost)


def is_genuine(recording: Recording, at_ms: int) -> bool:
    """Whether the price really rose: the alert's own moment belongs to the next 5 minutes, not to the 15 before.

    Where nothing was traded in those 15, the last price before stands for them.
    """
    usual = recording.usual(at_ms - BEFORE_MS, at_ms)
    return usual > 0 and recording.highest(at_ms, at_ms + NEXT_MS) >= usual * (1 + GENUINE_RISE)


def _verdict(recording: Recording, onset_ms: int | None, at_ms: int) -> Verdict:
    if at_ms < recording.first_ms + WARM_UP_MS:
        return Verdict.WARM_UP
    if onset_ms is not None:
        if onset_ms - EARLY_MS <= at_ms <= onset_ms + LATE_MS:
            return Verdict.HIT
        if onset_ms <= at_ms <= onset_ms + AFTERMATH_MS:
            return Verdict.AFTERMATH
    return Verdict.GENUINE if is_genuine(recording, at_ms) else Verdict.NOISE


def _symbol_days(recording: Recording, onset_ms: int | None) -> float:
    """Without the hours in which no alert can be false."""
    counted = recording.last_ms - recording.first_ms - WARM_UP_MS
    if onset_ms is not None:
        counted -= EARLY_MS + AFTERMATH_MS
    return max(0, counted) / DAY_MS
