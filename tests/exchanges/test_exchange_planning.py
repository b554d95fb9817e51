"""How wanted streams are spread over connections."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Endpoint
from scanner.exchanges.planning import Lane, plan
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription


def streams(count, *channels):
    return [Subscription(channel, Instrument(f"C{n}", "KRW")) for n in range(count) for channel in channels]


def spread(wanted, limit, running=()):
    """The plan of a venue that counts instruments."""
    lane = Lane("wss://venue", limit)
    endpoints = plan(wanted, running, lane_of=lambda _: lane, stream_of=lambda one: str(one.instrument))
    assert all(endpoint.url == "wss://venue" for endpoint in endpoints)
    return [endpoint.subscriptions for endpoint in endpoints]


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


@given(st.data())
def test_a_running_plan_changes_as_little_as_it_can(data):
    """What goes on stays where it is, what is new fills what there is, and no limit is passed."""
    everything = streams(40, "trade", "ticker")
    some = st.lists(st.sampled_from(everything), unique=True)
    before = [Endpoint("wss://venue", share) for share in spread(data.draw(some), 5)]
    wanted = data.draw(some)
    after = spread(wanted, 5, before)
    assert sorted(one for share in after for one in share) == sorted(wanted)
    assert len(after) >= len(before)
    for old, new in zip(before, after, strict=False):
        assert set(old.subscriptions) & set(wanted) <= set(new)
    assert all(len(instruments(share)) <= 5 for share in after)
    new = instruments(wanted) - {one.instrument for endpoint in before for one in endpoint.subscriptions}
    room = sum(5 - len(instruments(share) - new) for share in after[: len(before)] if share)
    if len(after) > len(before):
        assert room <= len(new)
        assert all(len(instruments(share)) == 5 for share, old in zip(after, before, strict=False) if share and old)


def test_streams_of_two_lanes_never_share_a_connection():
    """A venue with two addresses gets two plans in one."""
    lanes = {"trade": Lane("wss://public", 10), "candle": Lane("wss://business", 10)}
    wanted = streams(3, "trade", "candle")
    endpoints = plan(wanted, (), lane_of=lambda one: lanes[one.channel], stream_of=str)
    assert {endpoint.url: {one.channel for one in endpoint.subscriptions} for endpoint in endpoints} == {
        "wss://public": {"trade"},
        "wss://business": {"candle"},
    }


def test_a_stream_that_many_subscriptions_share_counts_once():
    """All tickers of a venue may come in one stream."""
    lane = Lane("wss://venue", 2)
    wanted = streams(50, "ticker")
    [endpoint] = plan(wanted, (), lane_of=lambda _: lane, stream_of=lambda _: "!all")
    assert len(endpoint.subscriptions) == 50
    [again] = plan(
        [*wanted, *streams(1, "trade")], [endpoint], lane_of=lambda _: lane, stream_of=lambda one: one.channel
    )
    assert len(again.subscriptions) == 51


LANES = {"ticker": Lane("wss://public", 3), "trade": Lane("wss://public", 3), "orderbook": Lane("wss://books", 2)}


def name_of(one):
    """All tickers come in one stream, everything else in a stream of its own."""
    return "!tickers" if one.channel == "ticker" else f"{one.channel}@{one.instrument}"


@given(st.lists(st.sets(st.sampled_from(streams(12, "ticker", "trade", "orderbook"))), min_size=1, max_size=8))
def test_lanes_and_shared_streams_hold_under_any_adds_and_removes(story):
    """Over many changes: nothing lost, no stream twice, no lane mixed, no limit passed, nothing moved."""
    running = []
    for wanted in story:
        endpoints = plan(wanted, running, lane_of=lambda one: LANES[one.channel], stream_of=name_of)
        assert sorted(one for endpoint in endpoints for one in endpoint.subscriptions) == sorted(wanted)
        names = [name for each in endpoints for name in {name_of(one) for one in each.subscriptions}]
        assert len(names) == len(set(names))
        for endpoint in endpoints:
            [lane] = {LANES[one.channel] for one in endpoint.subscriptions} or [Lane(endpoint.url, 0)]
            assert endpoint.url == lane.url
            assert len({name_of(one) for one in endpoint.subscriptions}) <= lane.streams
        for old, new in zip(running, endpoints, strict=False):
            assert set(old.subscriptions) & wanted <= set(new.subscriptions)
        running = [endpoint for endpoint in endpoints if endpoint.subscriptions]


def test_a_connection_that_nobody_needs_is_told_to_close():
    """It stays in its place, empty, so that whoever runs it knows which one is meant."""
    before = [Endpoint("wss://venue", share) for share in spread(streams(4, "trade"), 2)]
    after = spread(before[1].subscriptions, 2, before)
    assert after == [(), before[1].subscriptions]
    assert spread([], 2, before) == [(), ()]
