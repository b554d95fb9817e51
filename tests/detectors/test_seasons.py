"""The hour of the day corrects what is usual, once every hour is known."""

import pytest

from scanner.detectors.seasons import HourOfDay

BUSY = 16
"""From four to five in the afternoon three times as much as usual is traded."""


def days(count: int, busy: float = 24.0, calm: float = 8.0) -> HourOfDay:
    hours = HourOfDay()
    for minute in range(count * 1440 + 1):
        hours.close(minute, busy if minute // 60 % 24 == BUSY else calm, 10.0)
    return hours


def test_nothing_is_corrected_before_all_hours_were_seen_twice():
    hours = days(2)
    assert hours.factor(BUSY) > 2.0
    assert days(1).factor(BUSY) == 1.0


def test_a_factor_is_the_hour_s_share_of_the_mean():
    hours = days(3)
    assert hours.factor(BUSY) == pytest.approx(24.0 / (24.0 + 23 * 8.0) * 24, rel=1e-3)
    assert hours.factor(BUSY - 1) == pytest.approx(8.0 / (24.0 + 23 * 8.0) * 24, rel=1e-3)


def test_a_factor_corrects_and_does_not_explain_a_market_away():
    hours = days(3, busy=1e9, calm=0.1)
    assert hours.factor(BUSY) == HourOfDay.MOST
    assert hours.factor(BUSY - 1) == HourOfDay.LEAST


def test_an_hour_that_was_not_seen_whole_is_not_learnt():
    """Every day the first half of each hour is missing."""
    hours = HourOfDay()
    for minute in range(5 * 1440):
        if minute % 60 >= 30:
            hours.close(minute, 1.0, 10.0)
    assert {hours.factor(hour) for hour in range(24)} == {1.0}


def test_silent_minutes_are_seen_too():
    """Of each day but the busy hour is traded, and the rest is told as silence."""
    hours = HourOfDay()
    for day in range(4):
        begins = day * 1440
        hours.idle(begins, BUSY * 60)
        for minute in range(60):
            hours.close(begins + BUSY * 60 + minute, 10.0, 10.0)
        hours.idle(begins + (BUSY + 1) * 60, (23 - BUSY) * 60)
    assert hours.factor(BUSY) == HourOfDay.MOST
    assert hours.factor(BUSY - 1) == HourOfDay.LEAST
