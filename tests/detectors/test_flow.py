"""One side's totals, its rush orders, and how far its price went within a minute."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.climb import CARRY_NS, Climb
from scanner.detectors.flow import Flow
from scanner.model.moments import SECOND

MS = SECOND // 1_000


def flow(*filled_ms: int) -> Flow:
    made = Flow(1.0, 100.0, 0)
    for number, moment in enumerate(filled_ms):
        made.add(moment * MS, moment * MS, 100.0, 5.0, number)
    return made


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
    for sign in (1.0, -1.0):
        made = Flow(sign, 100.0, 0)
        for second, price in enumerate((103.0, 103.0, 200.0, 103.0, 101.0, 101.0)):
            made.add(second * SECOND, second * SECOND, price, 1.0, second)
        assert round(made.take_minute().move, 12) == 0.03
        assert made.take_minute().move == 0.0


def test_a_price_after_a_long_silence_is_no_move():
    """However far from the last one: it took that long."""
    made = Flow(1.0, 100.0, 0)
    made.add(CARRY_NS + 1, CARRY_NS + 1, 150.0, 1.0, 0)
    assert made.changed
    assert made.take_minute().move == 0.0


@given(
    st.lists(
        st.tuples(st.sampled_from([98, 99, 100]), st.sampled_from([0, 1, SECOND, CARRY_NS, CARRY_NS + 1])), max_size=60
    )
)
def test_the_short_way_for_ordinary_prints_leads_to_the_same_climb(prints):
    """Print by print the same price, and the same lows with the same totals."""
    made, climb, now, changed = Flow(1.0, 100.0, 0), Climb(100.0, 0, (0, 0, 0.0, 0)), 0, []
    rush, filled, rushing = 0, -1, False
    for number, (price, pause) in enumerate(prints):
        now += pause
        rushing = rushing if filled == now else False
        if filled == now and not rushing:
            rush, rushing = rush + 1, True
        filled = now
        made.add(now, now, float(price), 1.0, number)
        changed.append(climb.add(float(price), now, (number, number, float(number), rush - rushing)))
        assert made.changed == changed[-1]
        assert (made.climb.price, list(made.climb.levels)) == (climb.price, list(climb.levels))
