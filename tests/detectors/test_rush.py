"""A crowd is told from a market maker by rush orders, or by a rate of trades that is not usual."""

import pytest

from scanner.detectors import rush


@pytest.mark.parametrize(
    ("trades", "usual_minute", "window_s", "z"),
    [(10, 0.0, 15.0, 10.0), (10, 12.0, 15.0, 3.5), (100, 99.0, 60.0, 0.1), (1, 60.0, 60.0, -7.55)],
)
def test_a_rate_is_held_against_the_usual_one(trades, usual_minute, window_s, z):
    """Of a usual number n, the root of n + 1 is one step."""
    assert rush.rate_z(trades, usual_minute, window_s) == pytest.approx(z, abs=0.01)


def test_three_steps_are_worth_an_order_and_fewer_than_usual_are_worth_none():
    assert rush.worth(9.0) == 3.0
    assert rush.worth(-9.0) == 0.0
