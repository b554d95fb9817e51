"""A climb is measured from the lowest confirmed price in force within the window, whatever the prints."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.climb import CARRY_NS, Climb

WINDOW = 60
NOTHING = (0, 0, 0.0)


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


@given(
    st.lists(
        st.tuples(st.integers(98, 102), st.sampled_from([0, 0, 1, 5, 20, WINDOW, CARRY_NS, CARRY_NS + 1])),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, WINDOW),
)
def test_the_low_of_any_window_is_what_a_look_at_all_prints_finds(prints, window):
    """O(1) changes nothing about the answer, for the kept window and for every shorter one."""
    now = 0
    climb, slow = Climb(WINDOW, prints[0][0], now, NOTHING), SlowClimb(prints[0][0], now)
    for price, pause in prints:
        now += pause
        climb.add(price, now, NOTHING)
        slow.add(price, now)
        assert climb.price == slow.confirmed
        for length in (window, WINDOW):
            found = climb.low(length, now)
            assert (found and found[:2]) == slow.low(length, now)


@given(st.lists(st.tuples(st.integers(90, 110), st.integers(0, 30)), min_size=1, max_size=60))
def test_an_unchanged_price_never_climbs_by_time_alone(prints):
    """So a reader that found nothing to look at may look away until the price changes."""
    now = 0
    climb = Climb(WINDOW, 100.0, now, NOTHING)
    before = 0.0
    for price, pause in prints:
        now += pause
        changed = climb.add(float(price), now, NOTHING)
        low = climb.low(WINDOW, now)
        rise = max(0.0, climb.price - low[0]) if low else 0.0
        assert changed or rise <= before
        before = rise


def test_one_print_confirms_nothing_and_the_second_does():
    climb = Climb(WINDOW, 100.0, 0, NOTHING)
    assert not climb.add(120.0, 1, (1, 1, 120.0))
    assert climb.price == 100.0
    assert climb.add(120.0, 2, (2, 2, 240.0))
    assert climb.price == 120.0


def test_a_move_is_counted_from_its_first_print_though_only_the_second_proved_it():
    """The totals kept with the old price are those before both prints."""
    climb = Climb(WINDOW, 100.0, 0, (7, 4, 700.0))
    climb.add(100.0, 1, (8, 5, 800.0))
    climb.add(120.0, 2, (9, 6, 920.0))
    climb.add(120.0, 3, (10, 7, 1040.0))
    assert climb.low(WINDOW, 3) == (100.0, 3, (8, 5, 800.0))


def test_a_window_holds_a_price_until_its_last_nanosecond_in_force():
    """A price replaced at 2 is in the window (t - 60, t] until t = 61, and gone at 62."""
    climb = Climb(WINDOW, 100.0, 0, NOTHING)
    climb.add(101.0, 1, NOTHING)
    climb.add(101.0, 2, NOTHING)
    assert climb.low(WINDOW, 61) is not None
    assert climb.low(WINDOW, 62) is None


def test_memory_is_bounded_by_the_window():
    """A day of slow drift leaves no more behind than the last window holds."""
    climb = Climb(WINDOW, 1.0, 0, NOTHING)
    for second in range(5_000):
        climb.add(1.0 + second, second, NOTHING)
    assert len(climb.levels) <= WINDOW
