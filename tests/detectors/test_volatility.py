"""How far a price usually goes is learnt by the hour, and no single hour carries it away."""

import pytest

from scanner.detectors.volatility import UsualMove, stretched


def after(*hours: float) -> UsualMove:
    """The end of an hour, then hours whose largest minute went so far; the next one has begun."""
    usual = UsualMove()
    usual.close(59, 9.0)
    for hour, largest in enumerate(hours, 1):
        for minute in range(60):
            usual.close(hour * 60 + minute, largest if minute == 30 else largest / 10)
    usual.close((len(hours) + 1) * 60, 0.0)
    return usual


def test_it_is_the_largest_minute_of_a_usual_hour():
    assert after(0.02, 0.02, 0.02).size == pytest.approx(0.02)


def test_one_hour_is_no_opinion():
    assert after(0.02).size == 0.0
    assert after(0.02, 0.04).size == pytest.approx(0.03)


def test_the_running_hour_is_not_in_its_own_measure():
    usual = after(0.02, 0.02)
    usual.close(185, 0.5)
    assert usual.size == pytest.approx(0.02)


def test_a_pump_counts_for_three_usual_hours_at_most():
    assert after(*[0.02] * 24, 5.0).size == after(*[0.02] * 24, 0.06).size


def test_hours_without_a_trade_say_nothing():
    """A coin that flickers by 5 % whenever it trades does so usually, however seldom it trades."""
    usual = UsualMove()
    for hour in range(5, 200, 5):
        usual.close(hour * 60, 0.05)
    assert usual.size == pytest.approx(0.05)


@pytest.mark.parametrize(("window_s", "size"), [(15, 0.02), (60, 0.02), (240, 0.04), (900, 0.02 * 15**0.5)])
def test_a_longer_window_lets_a_price_wander_further_and_a_shorter_one_asks_no_less(window_s, size):
    assert stretched(0.02, window_s) == pytest.approx(size)
