"""The fleet follows what is wanted: connections begin, change and end, and no stream that goes on is touched."""

from typing import ClassVar

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription
from scanner.worker import fleet as module
from scanner.worker.fleet import REFUSED_REST_S, Fleet
from scanner.worker.ledger import Ledger
from scanner.worker.wants import OWNERS, TooManyOwners, Wants

COINS = [Instrument(f"C{number}", "KRW") for number in range(12)]


def trades(*numbers):
    return [Subscription("trade", COINS[number]) for number in numbers]


class Kit:
    """As much of a worker as a fleet looks at."""

    def __init__(self, connections=0):
        small = EXCHANGES["upbit"].configured(Settings(streams_per_connection=3))
        self.exchange = replace(small, limits=replace(small.limits, connections=connections))
        self.settings = Settings()
        self.ledger = Ledger()


class Connection:
    """Does nothing, and remembers what it was told."""

    made: ClassVar = []

    def __init__(self, name, endpoint, _kit, *, on_refused):
        self.name, self.endpoint, self.on_refused = name, endpoint, on_refused
        self.live_since = 0.0
        self.told, self.renewed, self.ended = [], [], False
        self.made.append(self)

    def want(self, subscriptions):
        self.told.append(subscriptions)
        self.endpoint = replace(self.endpoint, subscriptions=subscriptions)

    def renew(self, reason, subscriptions):
        self.renewed.append((reason, subscriptions))

    async def run(self):
        try:
            await trio.sleep_forever()
        finally:
            self.ended = True


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(module, "Connection", Connection)
    Connection.made = []
    return Connection.made


async def running(nursery, kit=None, stand_in=lambda _: None):
    fleet = Fleet(kit or Kit(), "upbit-", stand_in)
    nursery.start_soon(fleet.run)
    return fleet


async def test_what_goes_on_is_left_alone(made, nursery, autojump_clock):
    """One stream more and one less: only the connections they concern hear of it."""
    fleet = await running(nursery)
    fleet.want(trades(0, 1, 2, 3, 4))
    await trio.sleep(1)
    assert [len(one.endpoint.subscriptions) for one in made] == [3, 2]
    fleet.want(trades(0, 1, 2, 3, 4, 5))
    await trio.sleep(1)
    assert len(made) == 2
    assert [len(one.told) for one in made] == [0, 1]
    fleet.want(trades(1, 2, 3, 4, 5))
    await trio.sleep(1)
    assert {one for each in made for one in each.endpoint.subscriptions} == set(trades(1, 2, 3, 4, 5))
    assert not any(one.ended for one in made)


async def test_a_connection_without_streams_ends_and_its_name_is_free_of_trouble(made, nursery, autojump_clock):
    """Nothing wanted, nothing connected; wanted again, a new one is made."""
    fleet = await running(nursery)
    fleet.want(trades(0))
    await trio.sleep(1)
    fleet.want([])
    await trio.sleep(1)
    assert [one.ended for one in made] == [True]
    assert fleet.carried() == []
    fleet.want(trades(0))
    await trio.sleep(1)
    assert [one.name for one in made] == ["upbit-0", "upbit-1"]


async def test_what_the_venue_refused_is_not_asked_for_again_at_once(made, nursery, autojump_clock):
    """Only after a rest, and until then the others are planned without it."""
    fleet = await running(nursery)
    fleet.want(trades(0, 1))
    await trio.sleep(1)
    made[0].endpoint = replace(made[0].endpoint, subscriptions=tuple(trades(0)))
    made[0].on_refused(tuple(trades(1)))
    fleet.want(trades(0, 1, 2))
    await trio.sleep(1)
    assert set(made[0].endpoint.subscriptions) == set(trades(0, 2))
    await trio.sleep(REFUSED_REST_S * 2)
    assert set(made[0].endpoint.subscriptions) == set(trades(0, 1, 2))


async def test_a_connection_that_is_left_with_nothing_ends_at_once(made, nursery, autojump_clock):
    """Everything on it was refused: reconnecting to carry nothing helps nobody."""
    fleet = await running(nursery)
    fleet.want(trades(0))
    await trio.sleep(1)
    made[0].endpoint = replace(made[0].endpoint, subscriptions=())
    made[0].on_refused(tuple(trades(0)))
    await trio.sleep(1)
    assert [one.ended for one in made] == [True]


async def test_somebody_stands_in_for_what_is_refused(made, nursery, autojump_clock):
    """Told at once, and again when it is asked for anew."""
    told = []
    fleet = await running(nursery, stand_in=told.append)
    fleet.want(trades(0, 1))
    await trio.sleep(1)
    made[0].on_refused(tuple(trades(1)))
    await trio.sleep(1)
    assert told[-1] == frozenset(trades(1))
    await trio.sleep(REFUSED_REST_S * 2)
    assert told[-1] == frozenset()


async def test_more_connections_than_the_venue_allows_are_never_made(made, nursery, autojump_clock, capsys):
    """What finds no room is counted and said."""
    kit = Kit(connections=3)  # one place is kept free for a successor
    fleet = await running(nursery, kit)
    fleet.want(trades(*range(12)))
    await trio.sleep(1)
    assert len(made) == 2
    assert kit.ledger.total("left_out") == 6


async def test_the_watchdog_reaches_the_connection_it_means(made, nursery, autojump_clock):
    """By name; only live ones are shown to it."""
    fleet = await running(nursery)
    fleet.want(trades(0, 1, 2, 3))
    await trio.sleep(1)
    made[0].live_since = None
    [carried] = fleet.carried()
    assert carried.link == made[1].name
    fleet.renew(carried.link, "stale", carried.subscriptions)
    assert made[1].renewed == [("stale", carried.subscriptions)]
    assert made[0].renewed == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sets(st.integers(0, 11)))))
def test_a_stream_flows_as_long_as_anybody_wants_it(story):
    """Against a slow obvious model: what each said last, all together."""
    wants, said = Wants(), {}
    for owner, numbers in story:
        wants.put(owner, trades(*numbers))
        said[owner] = set(trades(*numbers))
        assert wants.all() == set().union(*said.values())


def test_forgotten_owners_have_a_bound():
    """Who wants nothing is forgotten; too many who want something are an error that names the last."""
    wants = Wants()
    for number in range(OWNERS * 2):
        wants.put(f"client {number}", trades(0))
        wants.put(f"client {number}", [])
    for number in range(OWNERS):
        wants.put(f"client {number}", trades(0))
    with pytest.raises(TooManyOwners, match="'one more'"):
        wants.put("one more", trades(1))
    wants.put("client 5", trades(2))
