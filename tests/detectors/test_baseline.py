"""What is usual is learnt from minutes that are over: those seen live, and those that the venue's candles tell."""

import pytest

from scanner.detectors.baseline import IDLE_MAX_MIN, RUSH_PROOF, Baseline
from scanner.detectors.usual import Minute
from tests.detectors.streams import START, candle

MINUTE = START // 60_000_000_000
SILENCE = Minute(0.0, 0, 0.0, 0)


def recalled(*candles):
    baseline = Baseline()
    for each in candles:
        baseline.recall(each)
    return baseline


def usual(baseline):
    return baseline.bought.turnover.mean, baseline.sold.turnover.mean


def test_candles_warm_both_sides_by_half_where_no_taker_side_is_named():
    assert usual(recalled(*(candle(-60 + minute, 50.0) for minute in range(60)))) == (25.0, 25.0)


def test_candles_that_name_the_takers_tell_the_sides_apart():
    baseline = recalled(*(candle(-60 + minute, 50.0, 40.0) for minute in range(60)))
    assert usual(baseline) == pytest.approx((40.0, 10.0))
    assert baseline.warm


@pytest.mark.parametrize(("told", "bought"), [(-5.0, 0.0), (80.0, 50.0)])
def test_takers_cannot_have_bought_more_than_was_traded_nor_less_than_nothing(told, bought):
    assert usual(recalled(candle(-1, 50.0, told))) == (bought, 50.0 - bought)


def test_minutes_that_the_venue_leaves_out_had_no_trade():
    """One minute in ten is told."""
    assert usual(recalled(*(candle(-200 + minute, 50.0) for minute in range(0, 200, 10))))[0] == pytest.approx(
        2.5, rel=0.05
    )


def test_a_candle_told_twice_counts_once_and_one_out_of_order_not_at_all():
    baseline = recalled(candle(-3, 10.0), candle(-2, 30.0), candle(-2, 90.0), candle(-3, 90.0))
    assert usual(baseline)[0] == 10.0


def test_candles_of_minutes_that_were_seen_live_count_for_nothing():
    """Else they would count twice; those of before are taken in however late they come."""
    baseline = Baseline()
    baseline.begin(MINUTE)
    baseline.close(MINUTE + 1, Minute(7.0, 1, 0.0, 0), Minute(7.0, 1, 0.0, 0))
    for minute in range(-59, 3):
        baseline.recall(candle(minute, 14.0 if minute < 0 else 1e9, seen=600))
    assert usual(baseline) == pytest.approx((7.0, 7.0))
    assert baseline.warm


def test_candles_say_how_far_the_price_usually_goes():
    baseline = recalled(*(candle(-300 + minute, 50.0, high=103.0) for minute in range(300)))
    assert baseline.bought.move.size == baseline.sold.move.size == pytest.approx(0.03)


def test_a_day_s_total_is_half_of_it_for_each_side_and_is_believed_once():
    baseline = Baseline()
    baseline.seed(1440 * 100.0)
    baseline.seed(1440 * 900.0)
    assert usual(baseline) == (50.0, 50.0)
    assert baseline.warm


def test_silent_minutes_count_but_one_wrong_clock_cannot_talk_the_usual_down():
    """A year of silence at once is taken for six hours of it."""
    means = []
    for silent in (IDLE_MAX_MIN, 525_600):
        baseline = Baseline()
        baseline.close(MINUTE, Minute(100.0, 1, 0.0, 0), SILENCE)
        baseline.close(MINUTE + 1 + silent, Minute(100.0, 1, 0.0, 0), SILENCE)
        means.append(baseline.bought.turnover.mean)
    assert means[0] == means[1] > 0.0


def test_a_venue_shows_rush_orders_until_many_trades_prove_that_it_does_not():
    shown, hidden = Baseline(), Baseline()
    for minute in range(RUSH_PROOF):
        shown.close(MINUTE + minute, Minute(1.0, 1, 0.0, minute % 100 == 0), SILENCE)
        assert hidden.shows_rush
        hidden.close(MINUTE + minute, Minute(1.0, 1, 0.0, 0), SILENCE)
    assert shown.shows_rush
    assert not hidden.shows_rush


def test_the_minute_of_a_busy_hour_is_held_against_busy_hours():
    """Three days in which one hour is ten times as busy as the others."""
    baseline = Baseline()
    start = MINUTE - MINUTE % 1440
    for minute in range(start, start + 3 * 1440):
        amount = 100.0 if minute % 1440 // 60 == 16 else 10.0
        baseline.close(minute, Minute(amount, 1, 0.0, 0), Minute(amount, 1, 0.0, 0))
    assert baseline.factor(start + 16 * 60) == 3.0
    assert 0.5 < baseline.factor(start) < 1.0
