"""A climb is measured from the lowest confirmed price in force within the window, whatever the prints."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.climb import CARRY_NS, FOLD_NS, NEAR, WINDOW_NS, WINDOW_S, Climb
from scanner.model.moments import SECOND

NOTHING = (0, 0, 0.0, 0)


class SlowClimb:
    """The obvious way: remember everything, look at all of it."""

    def __init__(self, price, at):
        self.prints = [price, price]
        self.stood = []
        self.confirmed = price
        self.last = at

    def add(self, price, at):
        if at - self.last > CARRY_NS:
            self.__init__(price, at)
        self.last = at
        self.prints.append(price)
        confirmed = sorted(self.prints[-3:])[1]
        if confirmed != self.confirmed:
            self.stood.append((self.confirmed, at))
            self.confirmed = confirmed

    def low(self, window, at):
        inside = [(price, -until) for price, until in self.stood if until > at - window]
        return min(((price, -until) for price, until in inside), key=lambda level: (level[0], -level[1]), default=None)


PAUSES = st.sampled_from([FOLD_NS, SECOND, 5 * SECOND, 20 * SECOND, 59 * SECOND, 300 * SECOND, CARRY_NS, CARRY_NS + 1])


@given(st.lists(st.tuples(st.integers(98, 102), PAUSES), min_size=1, max_size=60), st.integers(1, WINDOW_S))
def test_the_low_of_any_window_is_what_a_look_at_all_prints_finds(prints, seconds):
    """O(1) changes nothing about the answer, for the kept window and for every shorter one."""
    now = 0
    climb, slow = Climb(prints[0][0], now, NOTHING), SlowClimb(prints[0][0], now)
    for price, pause in prints:
        now += pause
        climb.add(price, now, NOTHING)
        slow.add(price, now)
        assert climb.price == slow.confirmed
        for window in (seconds * SECOND, WINDOW_NS):
            found = climb.low(window, now)
            assert (found and found[:2]) == slow.low(window, now)


@given(st.lists(st.tuples(st.integers(98, 102), st.integers(0, 2 * FOLD_NS)), min_size=1, max_size=60))
def test_lows_that_went_at_almost_the_same_time_are_kept_as_the_lowest_of_them(prints):
    """So a window's low lies between that of the window and that of one shorter by as much."""
    now, window = 0, 10 * SECOND
    climb, slow = Climb(prints[0][0], now, NOTHING), SlowClimb(prints[0][0], now)
    for price, pause in prints:
        now += pause
        climb.add(price, now, NOTHING)
        slow.add(price, now)
        found, lowest, highest = climb.low(window, now), slow.low(window, now), slow.low(window - FOLD_NS, now)
        assert found is None or lowest[0] <= found[0]
        assert highest is None or found[0] <= highest[0]


@given(st.lists(st.tuples(st.integers(100_000, 100_300), st.integers(1, 20)), min_size=1, max_size=60))
def test_lows_that_are_close_are_kept_as_the_lowest_of_them_for_as_long_as_any_stood(prints):
    """A thousandth apart at most: a climb is never smaller than it was, and larger by no more than that."""
    now, window = 0, 60 * SECOND
    climb, slow = Climb(float(prints[0][0]), now, NOTHING), SlowClimb(float(prints[0][0]), now)
    for price, pause in prints:
        now += pause * SECOND
        climb.add(float(price), now, NOTHING)
        slow.add(float(price), now)
        found, true = climb.low(window, now), slow.low(window, now)
        assert (found is None) == (true is None)
        assert found is None or found[0] <= true[0] <= found[0] * (1 + 1.01 * NEAR)


def test_a_slow_drift_leaves_few_lows_behind():
    """A per cent in fifteen minutes, by a hundred thousandth a second."""
    climb = Climb(100.0, 0, NOTHING)
    for second in range(1, WINDOW_S):
        climb.add(100.0 + second / 1000, second * SECOND, NOTHING)
    assert len(climb.levels) < 10


@given(st.lists(st.tuples(st.integers(90, 110), st.integers(0, 30)), min_size=1, max_size=60))
def test_an_unchanged_price_never_climbs_by_time_alone(prints):
    """So a reader that found nothing to look at may look away until the price changes."""
    now = 0
    climb = Climb(100.0, now, NOTHING)
    before = 0.0
    for price, pause in prints:
        now += pause * SECOND
        changed = climb.add(float(price), now, NOTHING)
        low = climb.low(60 * SECOND, now)
        rise = max(0.0, climb.price - low[0]) if low else 0.0
        assert changed or rise <= before
        before = rise


def test_one_print_confirms_nothing_and_the_second_does():
    climb = Climb(100.0, 0, NOTHING)
    assert not climb.add(120.0, 1, (1, 1, 100.0, 0))
    assert climb.price == 100.0
    assert climb.add(120.0, 2, (2, 2, 220.0, 0))
    assert climb.price == 120.0


def test_a_move_is_counted_from_its_first_print_though_only_the_second_proved_it():
    """The totals kept with the old price are those before both prints, whether the two agree or not."""
    for second in (120.0, 119.0, 130.0):
        climb = Climb(100.0, 0, NOTHING)
        climb.add(100.0, 1, (7, 4, 700.0, 0))
        climb.add(120.0, 2, (8, 5, 800.0, 1))
        climb.add(second, 3, (9, 6, 920.0, 2))
        assert climb.low(WINDOW_NS, 3) == (100.0, 3, (8, 5, 800.0, 1))


def test_a_window_holds_a_price_until_its_last_nanosecond_in_force():
    """A price replaced at 2 s is in the window (t - 60, t] until just before 62 s."""
    climb = Climb(100.0, 0, NOTHING)
    climb.add(101.0, SECOND, NOTHING)
    climb.add(101.0, 2 * SECOND, NOTHING)
    assert climb.low(60 * SECOND, 62 * SECOND - 1) is not None
    assert climb.low(60 * SECOND, 62 * SECOND) is None


def test_memory_is_bounded_by_the_window_however_often_the_price_changes():
    """Half an hour of new highs every ten milliseconds leaves four lows a second behind."""
    climb = Climb(1.0, 0, NOTHING)
    for step in range(0, 1_800 * 100, 1):
        climb.add(1.0 + step, step * SECOND // 100, NOTHING)
    assert len(climb.levels) <= WINDOW_NS // FOLD_NS
