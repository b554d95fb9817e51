"""An instrument's last minute is what its prices say, and how it follows bitcoin is learnt slowly and within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.market_course import PPM, Course
from scanner.model.instrument import Instrument
from tests.detectors import minutes

ABC = Instrument("ABC", "KRW")
START = 1_790_000_040


@given(st.lists(st.tuples(st.sampled_from([1, 2, 4, 5, 7, 30, 59, 61, 599, 700]), st.integers(90, 130)), max_size=60))
def test_the_change_is_what_a_look_at_all_prices_finds(steps):
    """Second by second, through pauses of any length; a price stands until the next one, for ten minutes."""
    second, course = START, Course(ABC, 100.0, START)
    prices = {START: 100.0}
    assert course.close(100.0, START) == 0
    for pause, price in steps:
        second += pause
        prices[second] = float(price)
        assert course.close(prices[second], second) == minutes.change(prices, second)


def test_a_rise_counts_for_about_a_minute():
    """From the close of its second until four steps later."""
    course = Course(ABC, 100.0, START)
    course.close(100.0, START)
    assert course.close(110.0, START + 7) == 100_000
    assert course.close(110.0, START + 59) == 100_000
    assert course.close(110.0, START + 60) == 0


def test_one_coin_adds_at_most_half_to_what_the_market_did():
    course = Course(ABC, 100.0, START)
    assert course.close(1e9, START) == PPM // 2


@pytest.mark.parametrize("jump", [-7 * 86_400, 7 * 86_400])
def test_a_clock_that_jumps_begins_anew(jump):
    course = Course(ABC, 100.0, START)
    assert course.close(200.0, START + jump) == 0
    assert course.close(202.0, START + jump + 1) == 10_000


def test_after_a_hole_the_next_price_is_the_first():
    course = Course(ABC, 100.0, START)
    course.close(100.0, START)
    course.begin(120.0)
    assert course.close(120.0, START + 1) == 0
    assert course.close(132.0, START + 2) == 100_000


def taught(course, *moves):
    """One minute each of (bitcoin's change, the coin's own)."""
    for minute, (bitcoin, own) in enumerate(moves):
        course.closed = 1.0 + own / PPM
        course.learn(bitcoin, START + minute * 60)
    return course


def test_a_coin_of_which_nothing_is_known_goes_with_bitcoin():
    assert Course(ABC, 1.0, START).beta == 1.0


@pytest.mark.parametrize("beta", [0.0, 0.5, 2.0])
def test_how_a_coin_follows_is_learnt_from_real_moves(beta):
    """Two hundred minutes of up and down teach it; forty have gone most of the way."""
    swings = [(way * 5_000, round(way * 5_000 * beta)) for _ in range(100) for way in (1, -1)]
    assert taught(Course(ABC, 1.0, START), *swings).beta == pytest.approx(beta, abs=0.02)
    assert abs(taught(Course(ABC, 1.0, START), *swings[:40]).beta - beta) < 0.3 * abs(1 - beta)


def test_one_minute_teaches_little_and_a_pump_of_its_own_no_more():
    """Else a coin that was pumped while bitcoin ticked up would be expected to fly with it for hours."""
    tame, wild = (taught(Course(ABC, 1.0, START), (2_000, own)).beta for own in (12_000, 400_000))
    assert 1.0 < tame == wild < 1.15


@given(st.lists(st.tuples(st.integers(-500_000, 500_000), st.integers(-500_000, 500_000)), max_size=300))
def test_beta_stays_within_its_bounds(moves):
    assert 0.0 <= taught(Course(ABC, 1.0, START), *moves).beta <= 3.0


def test_between_its_bounds_it_leans_nowhere():
    """So nobody has to measure it there: a price leaves them exactly when it has moved one per cent."""
    course = Course(ABC, 200.0, START)
    course.close(200.0, START)
    course.rest(watched=False)
    assert (course.floor, course.ceiling) == (198.0, 202.0)
    assert course.begins <= START < course.ends == START + 15


@pytest.mark.parametrize(("lean", "watched"), [(1, False), (-1, False), (0, True)])
def test_who_leans_and_who_is_watched_is_measured_every_second(lean, watched):
    course = Course(ABC, 200.0, START)
    course.lean = lean
    course.rest(watched=watched)
    assert not course.floor < course.closed < course.ceiling
