"""Turnover windows and the usual minute run on event time, and are not led astray by what they measure."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.windows import HUGE, INFINITE, RATIO_MAX, SECOND, WINDOW_S, Baseline, Tape

HOUR_FOLLOW = 1 - 0.5 ** (1 / 6)
"""The share of a new level that an hour of closed minutes takes over, with a half-life of six hours."""


def seeded(usual: float) -> Baseline:
    baseline = Baseline()
    baseline.seed(usual * 1440)
    return baseline


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 400_000_000, SECOND, 7 * SECOND, 59 * SECOND, 60 * SECOND, 400 * SECOND, -SECOND]),
            st.integers(1, 1_000_000),
            st.booleans(),
        ),
        min_size=1,
        max_size=80,
    )
)
def test_the_window_is_what_a_look_at_all_trades_finds(steps):
    """Turnover, trades, buys and the price before it, for the current second and the 59 before."""
    tape = Tape(Baseline())
    now, newest = 1_790_000_040 * SECOND, 0
    seen = []
    for number, (pause, turnover, bought) in enumerate(steps):
        now += pause
        newest = max(newest, now)
        tape.add(now, 100.0 + number, float(turnover), bought)
        seen.append((newest // SECOND, turnover, bought, 100.0 + number))
        inside = [trade for trade in seen if trade[0] > newest // SECOND - WINDOW_S]
        before = seen[: len(seen) - len(inside)]
        assert tape.turnover == sum(trade[1] for trade in inside)
        assert tape.trades - tape.trades_before == len(inside)
        assert tape.buys - tape.buys_before == sum(trade[2] for trade in inside)
        assert tape.price_before == (before[-1] if before else inside[0])[3]


def test_the_usual_minute_starts_as_a_share_of_the_day():
    assert seeded(5_000.0).usual == 5_000.0


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf, -1.0, HUGE])
def test_a_day_that_is_no_number_is_no_beginning(nothing):
    """Unknown stays unknown, and of the unknown nothing is a multiple."""
    baseline = Baseline()
    baseline.seed(nothing)
    assert baseline.usual == INFINITE
    assert baseline.ratio(1e12, 60) == 0.0


def test_the_usual_minute_takes_six_hours_to_go_half_the_way():
    baseline = seeded(100.0)
    for _ in range(360):
        baseline.close(200.0, 0)
    assert baseline.usual == pytest.approx(150.0)


def test_a_closed_minute_counts_for_ten_usual_ones_at_most():
    """An hour of thousandfold turnover moves it as far as an hour of tenfold turnover, minute by minute."""
    wild, tame = seeded(100.0), seeded(100.0)
    for _ in range(60):
        tame.close(10 * tame.usual, 0)
        wild.close(1_000 * wild.usual, 0)
    assert wild.usual == tame.usual < 300.0


def test_silent_minutes_count_but_one_wrong_clock_cannot_talk_the_usual_down():
    """A year of silence at once is taken for an hour of it."""
    hour, year = seeded(100.0), seeded(100.0)
    hour.close(100.0, 60)
    year.close(100.0, 525_600)
    assert hour.usual == year.usual == pytest.approx(100.0 * (1 - HOUR_FOLLOW))


def test_without_a_ticker_ten_whole_minutes_make_an_opinion():
    baseline = Baseline()
    for turnover in range(1, 10):
        baseline.close(float(turnover), 0)
        assert baseline.usual == INFINITE
    baseline.close(10.0, 0)
    assert baseline.usual == pytest.approx(5.5)


def test_a_ticker_does_not_overrule_what_was_seen():
    baseline = seeded(100.0)
    baseline.seed(1440 * 999.0)
    assert baseline.usual == 100.0


def test_a_coin_that_never_trades_has_a_largest_ratio_and_learns():
    """Nought usual minutes would divide by zero, and a cap of ten times nought would never learn."""
    baseline = seeded(0.0)
    assert baseline.ratio(1.0, 60) == RATIO_MAX
    baseline.close(360.0, 0)
    assert 0.0 < baseline.usual < 1.0


def test_the_growing_minute_is_not_in_its_own_baseline():
    """However much is traded in it: the next minute's first trade closes it. The first, partial one never counts."""
    tape = Tape(seeded(100.0))
    tape.add(90 * SECOND, 1.0, 1e9, 1)
    tape.add(119 * SECOND, 1.0, 1e9, 1)
    tape.add(120 * SECOND, 1.0, 500.0, 1)
    tape.add(179 * SECOND, 1.0, 500.0, 1)
    assert tape.baseline.usual == 100.0
    tape.add(180 * SECOND, 1.0, 7.0, 1)
    assert tape.baseline.usual == pytest.approx(100.0 + 900.0 * (1 - 0.5 ** (1 / 360)))


def test_rounding_errors_do_not_pile_up():
    """After one huge trade has left the window, small ones are summed as if it had never been."""
    tape = Tape(Baseline())
    tape.add(60 * SECOND, 1.0, 1e14, 1)
    for second in range(61, 300):
        tape.add(second * SECOND, 1.0, 0.1, 1)
    assert tape.turnover == pytest.approx(6.0)
