"""One side's totals, its rush orders, and how far its price went within a minute."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.baseline import Baseline
from scanner.detectors.climb import CARRY_NS, Climb
from scanner.detectors.tape import Tape
from scanner.model.moments import SECOND

MS = SECOND // 1_000
SIDES = ("buy", "sell")


def tape():
    return Tape(Baseline(), 0, 100.0, stands=True)


def flow(*filled_ms):
    written = tape()
    for moment in filled_ms:
        written.add(moment * MS, 100.0, 5.0, "buy")
    return written.bought


def test_several_fills_at_one_moment_are_one_rush_order():
    """Counted at the second fill, and once however many there are."""
    assert flow(1, 2, 3).rush == 0
    assert flow(1, 2, 2).rush == 1
    assert flow(1, 2, 2, 2, 2).rush == 1
    assert flow(1, 1, 2, 3, 3, 3).rush == 2


def test_the_largest_order_is_known_for_a_minute_and_counts_with_what_of_it_came_since():
    """Three fills of 5 at one moment are one order of 15; one of 5 replaces it when it is a minute old."""
    made = flow(1, 2, 2, 2, 3)
    assert [made.block_since(total) for total in (0.0, 5.0, 10.0, 20.0)] == [15.0, 15.0, 10.0, 0.0]
    assert flow(1, 2, 2, 2, 60_002).block_since(0.0) == 15.0
    assert flow(1, 2, 2, 2, 60_003).block_since(0.0) == 5.0


def test_totals_only_grow():
    made = flow(1, 1, 2)
    assert (made.total, made.trades) == (15.0, 3)


def test_a_minute_is_taken_once():
    made = flow(1, 1, 2)
    assert made.take_minute() == (15.0, 3, 0.0, 1)
    assert made.take_minute() == (0.0, 0, 0.0, 0)


def test_a_minute_s_move_lies_between_its_confirmed_prices_and_the_one_before():
    """From 100 to 103 and back to 101; the print at 200 is one, and no price. Sellers' prices are no others."""
    for side in SIDES:
        written = tape()
        for second, price in enumerate((103.0, 103.0, 200.0, 103.0, 101.0, 101.0)):
            written.add(second * SECOND, price, 1.0, side)
        assert round(written.flow.take_minute().move, 12) == 0.03
        assert written.flow.take_minute().move == 0.0


def test_a_price_after_a_long_silence_is_no_move():
    """However far from the last one: it took that long. Whoever looked away looks again."""
    written = tape()
    written.bought.quiet = True
    written.add(CARRY_NS + 1, 150.0, 1.0, "buy")
    assert not written.bought.quiet
    assert written.bought.climb.price == 150.0
    assert written.bought.take_minute().move == 0.0


def test_the_first_print_of_a_side_is_no_second_fill():
    """Though its tape began at that very moment, with a print of the other side."""
    written = tape()
    written.add(0, 100.0, 5.0, "sell")
    written.add(0, 100.0, 5.0, "buy")
    assert (written.bought.rush, written.sold.rush) == (0, 0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([98, 99, 100]),
            st.sampled_from([0, 1, SECOND, CARRY_NS, CARRY_NS + 1]),
            st.sampled_from(SIDES),
        ),
        max_size=60,
    )
)
def test_the_short_way_for_ordinary_prints_leads_to_the_same_climb(prints):
    """Print by print the same price, the same lows with the same totals, and a look whenever the price has changed."""
    written, now = tape(), 0
    climbs = {"buy": Climb(100.0, 0, (0, 0, 0.0, 0)), "sell": Climb(-100.0, 0, (0, 0, 0.0, 0))}
    seen = {side: [] for side in SIDES}
    for number, (price, pause, side) in enumerate(prints):
        now += pause
        own = seen[side]
        orders = sum(own.count(moment) > 1 for moment in {*own} - {now})
        mark = (number, len(own), float(len(own)), orders)
        changed = climbs[side].add(float(price) * (1 if side == "buy" else -1), now, mark)
        made = written.bought if side == "buy" else written.sold
        made.quiet = True
        written.add(now, float(price), 1.0, side)
        own.append(now)
        assert made.quiet is not changed
        assert (made.climb.price, list(made.climb.levels)) == (climbs[side].price, list(climbs[side].levels))
