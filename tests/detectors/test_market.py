"""A market knows at the end of every second how many lean which way, however its trades came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.market import ACTIVE_S, FRESH_S, LATE_S, Market
from scanner.detectors.market_course import PPM, Course
from scanner.detectors.market_wave import QUORUM, WAVE_KEPT_S
from scanner.model.instrument import Instrument
from tests.detectors import minutes

SECOND = 1_000_000_000
START = 1_790_000_040


class Floor:
    """Some coins of one market at a price of 100, the first of them bitcoin, and what happens to them."""

    def __init__(self, coins=20):
        self.market = Market("upbit", "KRW")
        names = ["BTC", *(f"C{number}" for number in range(1, coins))]
        self.courses = [Course(Instrument(name, "KRW"), 100.0, START) for name in names]
        self.market.bitcoin = self.courses[0]

    def at(self, second, prices):
        """Trades of (coin number → price) in one second of the clock."""
        for coin, price in prices.items():
            if START + second != self.courses[coin].second:
                self.market.note(self.courses[coin], START + second)
            self.courses[coin].price = price

    def all_at(self, second, price, coins=None):
        """All of the first so many at this price."""
        self.at(second, dict.fromkeys(range(coins or len(self.courses)), price))

    def until(self, second):
        """Close all seconds before this one, by a trade of the last coin at its own price."""
        self.at(second, {len(self.courses) - 1: self.courses[-1].price})


def moment(second):
    return (START + second) * SECOND


def floor(coins=20):
    floor = Floor(coins)
    floor.all_at(0, 100.0)
    return floor


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 1, 2, 5, 31, 60, 61, 299, 301]),
        st.integers(0, 7),
        st.sampled_from([100.0, 99.5, 98.9, 100.6, 101.1, 103.0, 95.0]),
    ),
    max_size=80,
)


@given(STEPS)
def test_breadth_is_what_a_look_at_all_coins_finds(steps):
    """Kept step by step, equal to counting anew at the end of every second with a trade.

    The mean may lag, for those who lean nowhere: each by less than the two per cent between the ways.
    """
    floor, second, prices = Floor(8), 1, {}
    for pause, coin, price in steps:
        if pause and prices:
            floor.market._close(START + second + pause)  # the trade below closes it once more, with nothing new
            floor.market.second = START + second
            _compare(floor.market, prices, START + second + pause - 1)
        second += pause
        floor.at(second, {coin: price})
        prices.setdefault(coin, {START: 100.0})[START + second] = price


def _compare(market, prices, now):
    newest = {coin: max(seen) for coin, seen in prices.items()}
    fresh = {coin: second for coin, second in newest.items() if now - second < FRESH_S}
    changes = [minutes.change(prices[coin], second) for coin, second in fresh.items()]
    active = sum(now - second < ACTIVE_S for second in newest.values())
    for way in (1, -1):
        breadth = market.breadth(way)
        assert (breadth.leaning, breadth.active) == (sum(change * way >= 10_000 for change in changes), active)
        mean = sum(changes) / len(changes) / PPM if changes else 0.0
        assert breadth.mean == pytest.approx(mean, abs=0.02)


def test_only_closed_seconds_count():
    """All fall now: nobody knows until the second is over."""
    market = (crash := floor()).market
    crash.all_at(1, 95.0)
    assert (market.moving, market.breadth(-1).leaning) == (False, 0)
    crash.until(2)
    assert market.moving
    assert market.breadth(-1) == (20, 20, pytest.approx(-0.05))


@given(st.permutations([*range(20), *range(20)]))
def test_the_order_within_a_second_changes_nothing(order):
    """Two trades of each coin, dealt in any order: the same market afterwards, to the last digit."""
    results = []
    for deal in (order, [*range(20), *range(20)]):
        market = (shuffled := floor()).market
        count = dict.fromkeys(range(20), 0)
        for coin in deal:
            count[coin] += 1
            shuffled.at(1, {coin: 100.0 + coin / 7 * count[coin]})
        shuffled.until(2)
        betas = [course.beta for course in shuffled.courses]
        expected = [market.expects(course) for course in shuffled.courses]
        results.append((market.breadth(1), market.moving, market.stirring, betas, expected))
    assert results[0] == results[1]


@pytest.mark.parametrize(("coins", "moves"), [(6, False), (7, True)])
def test_a_market_moves_when_more_than_three_in_ten_lean_one_way(coins, moves):
    market = (crowd := floor()).market
    crowd.all_at(1, 101.0, coins)
    crowd.until(2)
    assert market.moving is moves
    assert market.stirring


def test_a_market_stirs_from_half_of_that_on_and_a_percent_is_a_lean():
    for coins, price, stirs in ((3, 101.0, True), (2, 101.0, False), (20, 100.99, False), (3, 98.99, True)):
        market = (crowd := floor()).market
        crowd.all_at(1, price, coins)
        crowd.until(2)
        assert market.stirring is stirs


def test_a_coin_leans_by_its_last_minute_wherever_it_stood_before():
    """From the low end of what was no lean an hour ago to its high end is one."""
    market = (drift := floor()).market
    for second in range(1, 120, 5):
        drift.at(second, {3: 99.2})
    drift.at(120, {3: 100.5})
    drift.until(121)
    assert market.breadth(1).leaning == 1


def test_a_rise_of_some_while_most_fall_explains_no_rise():
    """The mean went the other way: whoever rose, did so alone."""
    market = (split := floor()).market
    split.at(1, dict.fromkeys(range(20), 90.0) | dict.fromkeys(range(7), 101.0))
    split.until(2)
    assert market.rise.moving
    assert not market.explains(0.0101, moment(1))


def test_bitcoin_is_known_to_the_last_second_however_little_it_moved():
    market = (quiet := floor()).market
    for second, price in ((1, 100.2), (2, 100.5)):
        quiet.at(second, {0: price})
    quiet.until(3)
    assert market.expects(quiet.courses[5]) == pytest.approx(0.005)


def test_risers_and_fallers_do_not_add_up():
    market = (split := floor()).market
    split.at(1, {coin: 105.0 if coin % 4 == 0 else 95.0 if coin % 4 == 1 else 100.0 for coin in range(20)})
    split.until(2)
    assert (market.breadth(1).leaning, market.breadth(-1).leaning) == (5, 5)
    assert not market.moving


@pytest.mark.parametrize(("coins", "moves"), [(QUORUM - 1, False), (QUORUM, True)])
def test_a_handful_is_no_market(coins, moves):
    market = (few := floor(coins)).market
    few.all_at(1, 120.0)
    few.until(2)
    assert market.moving is moves


def test_a_move_ends_only_when_less_than_half_of_it_is_left():
    """The falls of most grow older than a minute, and the last ones hold the market for as long as they are fresh."""
    market = (crash := floor()).market
    crash.all_at(1, 95.0, 16)
    crash.all_at(31, 95.0, 3)
    crash.at(32, {19: 100.0})
    for second in range(33, 70):
        crash.until(second)
        assert market.moving
    for second in range(70, 100):
        crash.until(second)
    assert not market.moving


def test_who_has_not_traded_for_a_minute_leans_no_more_and_for_five_is_not_active():
    market = (rise := floor()).market
    rise.all_at(1, 105.0, 19)
    rise.until(60)
    assert market.breadth(1).leaning == 19
    rise.until(62)
    assert market.breadth(1) == (0, 20, 0.0)
    rise.until(302)
    assert market.active == 1


def test_late_trades_count_as_now_and_a_clock_that_was_set_back_begins_anew():
    """One trade dated next week must not hold every second open until then."""
    market = (late := floor()).market
    late.all_at(100, 100.0)
    late.at(100 - LATE_S, {3: 105.0})
    late.until(101)
    assert market.breadth(1).leaning == 1
    late.at(604_800, {4: 100.0})
    late.all_at(102, 105.0)
    late.until(103)
    assert market.second == START + 103
    assert market.breadth(1).leaning >= 18


def test_the_market_explains_by_bitcoin_and_while_it_moves_by_all():
    """Whichever went further; bitcoin does not explain itself."""
    market = (crash := floor()).market
    course = crash.courses[5]
    assert market.expects(course) == 0.0
    crash.at(1, {0: 97.0})
    crash.until(2)
    course.beta = 2.0
    assert market.expects(course) == pytest.approx(-0.06)
    assert market.expects(market.bitcoin) == 0.0
    crash.at(3, dict.fromkeys(range(1, 20), 90.0))
    crash.until(4)
    mean = -(19 * 0.10 + 0.03) / 20
    assert market.expects(course) == market.expects(market.bitcoin) == pytest.approx(mean)


def test_a_market_without_bitcoin_explains_what_all_do_together():
    market = (crash := floor()).market
    market.bitcoin = None
    assert market.expects(crash.courses[1]) == 0.0
    crash.all_at(1, 90.0)
    crash.until(2)
    assert market.expects(crash.courses[1]) == pytest.approx(-0.10)


def test_a_coin_s_change_is_part_of_the_wave_that_it_began_in():
    """Less than twice as far, the same way, and begun before the wave was over; for as long as any window reaches."""
    market = (crash := floor()).market
    assert not market.explains(-0.05, moment(0))
    crash.all_at(1, 95.0)
    crash.until(2)
    ended = moment(2)
    assert market.explains(-0.05, moment(1))
    assert market.explains(-0.0999, moment(1))
    assert not market.explains(-0.1001, moment(1))
    assert not market.explains(0.05, moment(1))
    assert market.explains(-0.05, ended)
    assert not market.explains(-0.05, ended + 1)
    assert market.explains(-0.05, ended - WAVE_KEPT_S * SECOND + 1)
    assert not market.explains(-0.05, ended - WAVE_KEPT_S * SECOND)


def test_who_hardly_moved_is_traded_with_all_the_others_whichever_way_it_ticked():
    market = (crash := floor()).market
    crash.all_at(1, 95.0)
    crash.until(2)
    assert market.explains(0.0099, moment(1))
    assert market.explains(0.0, moment(1))
    assert not market.explains(0.01, moment(1))


def test_a_wave_is_as_large_as_it_ever_was_and_the_next_one_starts_from_nothing():
    market = (crash := floor()).market
    for second, price in ((1, 97.0), (2, 90.0), (3, 96.0)):
        crash.all_at(second, price)
    crash.until(4)
    assert market.fall.reach == pytest.approx(0.10)
    for second in range(5, 140):
        crash.until(second)
    assert not market.moving
    assert market.explains(-0.15, moment(1))
    crash.all_at(150, 94.0)
    crash.until(151)
    assert market.fall.reach == pytest.approx(1 - 94 / 96, abs=1e-6)


def test_a_coin_is_looked_at_once_a_minute():
    """However often it trades: one move of bitcoin is one lesson. A clock that was set back delays none."""
    lesson, betas = floor(), []
    for second in range(1, 63):
        lesson.at(second, {0: 101.0, 5: 102.0})
        betas.append(lesson.courses[5].beta)
    assert len(set(betas)) == 2
    lesson.courses[5].learns_at = START + 604_800
    lesson.at(63, {0: 103.0, 5: 102.0})
    lesson.until(64)
    assert lesson.courses[5].learns_at == START + 63 + 60


def test_how_coins_follow_is_learnt_while_bitcoin_moves():
    """In seconds in which it went somewhere within the minute, and from the same second's close."""
    market = (market_floor := floor()).market
    price = {0: 100.0, 5: 100.0, 6: 100.0}
    for minute in range(1, 60):
        way = 1 if minute % 2 else -1
        price = {0: price[0] * (1 + way * 0.005), 5: price[5] * (1 + way * 0.01), 6: 100.0}
        market_floor.at(minute * 60, price)
    assert market_floor.courses[5].beta > 1.4
    assert market_floor.courses[6].beta < 0.6
    assert market.bitcoin.beta == pytest.approx(1.0)
