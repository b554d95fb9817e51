"""How wanted streams are spread over connections."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Subscription
from scanner.exchanges.planning import spread
from scanner.model.instrument import Instrument


def streams(count, *channels):
    return [Subscription(channel, Instrument(f"C{n}", "KRW")) for n in range(count) for channel in channels]


def instruments(share):
    return {one.instrument for one in share}


@pytest.mark.parametrize(
    ("count", "limit", "sizes"),
    [(0, 50, []), (1, 50, [1]), (50, 50, [50]), (51, 50, [26, 25]), (230, 50, [46] * 5), (7, 1, [1] * 7)],
)
def test_connections_are_as_few_as_possible_and_evenly_filled(count, limit, sizes):
    """So that each carries the same load, and the loss of one blinds no more than any other."""
    assert [len(instruments(share)) for share in spread(streams(count, "trade"), limit)] == sizes


def test_all_streams_of_an_instrument_share_a_connection():
    """A reconnect then blinds whole instruments instead of halves."""
    shares = spread(streams(120, "trade", "orderbook"), 50)
    assert [len(share) for share in shares] == [80, 80, 80]
    for one, other in ((a, b) for a in shares for b in shares if a is not b):
        assert not instruments(one) & instruments(other)


def test_the_same_wants_make_the_same_plan():
    """Whatever their order, and however often they are named."""
    wanted = streams(77, "trade", "ticker")
    shuffled = wanted + wanted[:20]
    random.Random(5).shuffle(shuffled)
    assert spread(shuffled, 10) == spread(wanted, 10)


@given(st.integers(0, 200), st.integers(1, 60))
def test_nothing_is_lost_and_no_limit_is_passed(count, limit):
    """For any number of instruments and any limit."""
    wanted = streams(count, "trade")
    shares = spread(wanted, limit)
    assert sorted(one for share in shares for one in share) == sorted(wanted)
    sizes = [len(instruments(share)) for share in shares]
    assert all(0 < size <= limit for size in sizes)
    assert len(sizes) == -(-count // limit)
    assert not sizes or max(sizes) - min(sizes) <= 1
