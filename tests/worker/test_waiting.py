"""Who waits to be asked about: everybody who is wanted is in one place, once, and comes in the order of the wish."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.exchanges.base import Request
from scanner.worker.waiting import Outcome, Waiting
from tests.worker.rooms import BTC, ETH, XRP

REQUESTS = {one: Request(f"https://venue.test/{one.base}") for one in (BTC, ETH, XRP)}


def waiting(*instruments):
    line = Waiting()
    line.want({one: REQUESTS[one] for one in instruments})
    return line


def taken(line):
    return [line.take()[0] for _ in range(len(line))]


def test_the_order_of_the_wish_is_kept():
    """A later wish may bring another order, and who is not in it any more does not wait."""
    line = waiting(BTC, ETH, XRP)
    assert line.take()[0] == BTC
    line.want({one: REQUESTS[one] for one in (XRP, BTC)})
    assert taken(line) == [XRP]
    assert (line.wanted, line.open) == (2, 2)


def test_who_is_settled_is_not_asked_about_again_while_it_stays():
    """Who leaves and comes back is new."""
    line = waiting(BTC)
    line.settle(line.take()[0], Outcome.WARMED)
    line.want({BTC: REQUESTS[BTC]})
    assert not line
    assert line.outcomes() == {"warmed": 1}
    line.want({})
    line.want({BTC: REQUESTS[BTC]})
    assert taken(line) == [BTC]


def test_a_turn_that_came_to_nothing_comes_again():
    """Where it stood, in whatever order they come back, but after all who were tried less often."""
    line = waiting(BTC, ETH, XRP)
    first, second = line.take(), line.take()
    line.put_back(*second)
    line.put_back(*first)
    assert line.everybody() == [BTC, ETH, XRP]
    instrument, wish = line.take()
    line.put_back(instrument, replace(wish, tries=1))
    assert line.everybody() == [ETH, XRP, BTC]
    line.want({one: REQUESTS[one] for one in (BTC, XRP, ETH)})
    assert line.everybody() == [XRP, ETH, BTC]


def test_who_is_not_wanted_any_more_does_not_come_back():
    """Neither to the line nor to the settled."""
    line = waiting(BTC, ETH)
    gone = line.take()
    line.want({ETH: REQUESTS[ETH]})
    line.put_back(*gone)
    line.settle(gone[0], Outcome.WARMED)
    assert taken(line) == [ETH]
    assert line.outcomes() == {}


STEPS = st.lists(
    st.tuples(st.just("want"), st.permutations(list(REQUESTS)), st.integers(0, 3))
    | st.tuples(st.sampled_from(["take", "back", "settle"]), st.none(), st.integers(0, 2)),
    max_size=40,
)


@given(STEPS)
def test_everybody_who_is_wanted_is_in_one_place(steps):
    """Whatever is wished, taken, put back or settled, in any order: in line, under way or settled, and never twice."""
    line, under_way = Waiting(), {}
    for step, order, number in steps:
        if step == "want":
            line.want({one: REQUESTS[one] for one in order[:number]})
        elif step == "take":
            if line:
                instrument, wish = line.take()
                assert instrument not in under_way
                under_way[instrument] = wish
        elif under_way:
            instrument = list(under_way)[number % len(under_way)]
            wish = under_way.pop(instrument)
            match step:
                case "back":
                    line.put_back(instrument, replace(wish, tries=wish.tries + 1))
                case _:
                    line.settle(instrument, Outcome.EMPTY)
        in_line, away = set(line.everybody()), {one for one in under_way if one in line}
        assert not in_line & under_way.keys()
        assert line.open == len(in_line) + len(away)
        assert line.wanted == line.open + line.outcomes().total()
