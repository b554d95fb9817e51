"""The usual minute follows slowly, and is not led astray by what is measured with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.usual import INFINITE, RATIO_MAX, UsualMinute, ratio

HOUR_FOLLOW = 1 - 0.5 ** (1 / 6)
"""The share of a new level that an hour of closed minutes takes over, with a half-life of six hours."""
DAYS = 3


def settled(mean: float) -> UsualMinute:
    """After days of the same."""
    usual = UsualMinute()
    for _ in range(DAYS * 1440):
        usual.close(mean)
    return usual


def test_it_takes_six_hours_to_go_half_the_way():
    usual = settled(100.0)
    for _ in range(360):
        usual.close(200.0)
    assert usual.mean == pytest.approx(150.0)


def test_the_first_minutes_are_a_plain_mean():
    usual = UsualMinute()
    for amount in range(1, 10):
        usual.close(float(amount))
    assert usual.mean == pytest.approx(5.0)


def test_an_hour_of_minutes_makes_an_opinion_and_so_does_a_day_s_total():
    usual, seeded = UsualMinute(), UsualMinute()
    for _ in range(59):
        usual.close(1.0)
    assert not usual.known
    usual.close(1.0)
    seeded.seed(5.0)
    assert usual.known
    assert seeded.known
    assert seeded.mean == 5.0


def test_a_minute_counts_for_ten_usual_ones_at_most():
    """An hour of thousandfold turnover moves it as far as an hour of tenfold turnover, minute by minute."""
    wild, tame = settled(100.0), settled(100.0)
    for _ in range(60):
        tame.close(10 * tame.mean)
        wild.close(1_000 * wild.mean)
    assert wild.mean == pytest.approx(tame.mean)
    assert wild.mean < 300.0


def test_a_coin_that_trades_once_an_hour_has_a_usual_minute_too():
    """Ten times next to nothing would cut every trade it has; ten times a minute with trades does not."""
    usual = UsualMinute()
    for hour in range(200):
        usual.close(60.0 + hour % 2)
        usual.idle(59)
    assert usual.mean == pytest.approx(1.0, rel=0.1)


@given(st.lists(st.floats(0, 1e12), max_size=80), st.integers(1, 400))
def test_silent_minutes_are_the_same_told_one_by_one_or_at_once(amounts, silent):
    """While the mean is plain, and later."""
    for history in (amounts, amounts * 20):
        once, each = UsualMinute(), UsualMinute()
        for amount in history:
            once.close(amount)
            each.close(amount)
        once.idle(silent)
        for _ in range(silent):
            each.close(0.0)
        assert once.known == each.known
        assert once.mean == pytest.approx(each.mean, rel=0.15)


def test_of_the_unknown_nothing_is_a_multiple_and_of_nothing_everything():
    assert ratio(1e12, INFINITE) == 0.0
    assert ratio(1.0, 0.0) == RATIO_MAX
    assert ratio(1e15, 1e-9) == RATIO_MAX
