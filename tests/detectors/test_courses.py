"""Where an instrument stands is read off the tapes, at no cost for any event; after a hole another record begins."""

import pytest

from scanner.alerts.course import Course
from scanner.detectors.courses import FRESH_S, Courses
from scanner.detectors.tapes import Tapes
from scanner.detectors.windows import CELL_S, FIVE_S
from scanner.model.instrument import Instrument
from tests.detectors.streams import ABC, UPBIT, at, gap, ticker, trade, trades

DAY = 1440 * 5_000.0


def courses(*events):
    tapes = Tapes()
    for event in events:
        tapes.see(event)
    return Courses(tapes)


def standing(*events):
    return courses(*events).standing(UPBIT, ABC)


def test_it_is_what_episodes_ask():
    """And a detector that neither sees nor says anything."""
    course = courses()
    assert isinstance(course, Course)
    assert not isinstance(Tapes(), Course)
    assert (list(course.see(gap(0))), list(course.tick(0))) == ([], [])


def test_prices_are_confirmed_ones_and_amounts_are_of_both_sides():
    """A rise to 110 and back to 105, a misprint at 500, and one seller."""
    events = [
        *trades(100.0, 0, 1),
        *trades(110.0, 2, 3),
        *trades(105.0, 4, 5),
        trade(6, 500.0),
        trade(7, 105.0),
        trade(8, 99.0, side="sell"),
        trade(9, 99.0, side="sell"),
    ]
    found = standing(*events)
    assert (found.price, found.high, found.low) == (99.0, 110.0, 99.0)
    assert found.turnover == sum(event.price * event.size for event in events)
    assert found.began == at(0)


def test_the_extremes_are_the_running_minute_s():
    """And what stood when it began; of a side that is silent, its last price stands."""
    sold = trades(103.0, 0, 1, side="sell")
    found = standing(*sold, *trades(110.0, 2, 3), *trades(100.0, 4, 5), *trades(101.0, 61, 62, 63))
    assert (found.high, found.low) == (103.0, 100.0)


def test_nothing_is_known_before_the_first_price_and_after_a_hole():
    """A venue that was never heard, an instrument that was not, and one of which a part was missed."""
    assert standing() is None
    assert courses(trade(0, 100.0)).standing("okx", ABC) is None
    assert courses(trade(0, 100.0)).standing(UPBIT, Instrument("XYZ", "KRW")) is None
    assert standing(trade(0, 100.0), gap(1)) is None


def test_after_a_hole_another_record_begins_at_nothing():
    found = standing(trade(0, 100.0, 5.0), gap(1), trade(2, 100.0, 3.0))
    assert (found.began, found.turnover) == (at(2), 300.0)


def test_where_only_tickers_are_taken_what_the_day_s_total_gained_is_what_was_traded():
    found = standing(ticker(0, 100.0, DAY), ticker(1, 104.0, DAY + 800.0), ticker(2, 104.0, DAY + 900.0))
    assert (found.price, found.high, found.low, found.turnover) == (104.0, 104.0, 100.0, 900.0)
    assert found.turnover_24h == DAY + 900.0
    assert standing(ticker(0, 100.0, DAY), ticker(1, 100.0, DAY - 50.0)).turnover == 0.0


def test_the_day_s_turnover_is_a_ticker_s_while_that_is_fresh_and_then_what_was_learnt():
    """What is usual began from the same total, and has had an hour's quiet minutes since."""
    first = ticker(0, 100.0, DAY)
    assert standing(first, trade(FRESH_S - 1, 100.0)).turnover_24h == DAY
    quiet = [trade(60.0 * minute, 100.0, 0.01) for minute in range(1, 70)]
    assert 0 < standing(first, *quiet).turnover_24h < DAY
    assert standing(trade(0, 100.0)).turnover_24h == 0.0


def test_points_are_the_steps_of_the_last_five_minutes_and_the_one_that_grows():
    """Each with the confirmed price at its end and what was traded in it; steps without trades are left out."""
    events = [trade(1, 100.0), trade(2, 100.0, 2.0), trade(6, 101.0), trade(7, 101.0), trade(23, 101.0, side="sell")]
    points = courses(*events).points(UPBIT, ABC)
    assert points == ((at(5), 100.0, 300.0), (at(10), 101.0, 202.0), (at(23), 101.0, 101.0))
    assert courses(ticker(0, 100.0, DAY)).points(UPBIT, ABC) == ()


def test_points_are_bounded_by_the_five_minutes():
    points = courses(*trades(100.0, *range(1_000))).points(UPBIT, ABC)
    assert len(points) == FIVE_S // CELL_S
    assert points[-1][0] - points[0][0] < FIVE_S * 10**9


@pytest.mark.parametrize("seconds", [0.0, 4.999])
def test_a_record_of_one_trade_is_one_point(seconds):
    assert courses(trade(seconds, 100.0)).points(UPBIT, ABC) == ((at(seconds), 100.0, 100.0),)
