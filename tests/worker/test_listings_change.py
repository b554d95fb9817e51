"""What a venue lists changes while a worker runs: it follows, tells, and asks for nothing that is gone."""

from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock

from scanner.exchanges.base import Settings
from scanner.model.instrument import Instrument
from scanner.model.market import Notice, Trade
from scanner.wire.messages import Inventory
from tests.worker.tree import MARKETS, VENUES_WITH_SOCKETS, Downlink, Uplink, instrument_of, worker

REFRESH_S = 30.0
SOON_S = 90.0
"""Two readings of the catalogue, and time for a thin coin to trade."""
FEW = slice(10, 20)
NEWCOMER, OLD = "WAVELET", "ETC"
SAYS_NOTHING_OF_PAUSES = {"upbit", "bithumb", "weex-contract"}
"""Their catalogues have no word for a market that is listed and not traded: it is only silent."""
WARNS = {"upbit", "bithumb", "mexc"}
"""Elsewhere no market bears a flag."""


@pytest.fixture
def autojump_clock():
    return MockClock(autojump_threshold=0)


class Stage:
    """A worker at a venue."""

    def __init__(self, name, house):
        self.name, self.house = name, house
        self.uplink, self.downlink = Uplink(), Downlink()

    async def run(self):
        await worker(self.name, Settings(refresh=REFRESH_S)).run(self.uplink, self.downlink)

    async def change(self, action, base):
        """Let it happen, and give the worker time; returns what came of it for this coin."""
        self.house.change_listing(action, Instrument(base, MARKETS.get(self.name, "USDT")))
        at, told = self.house.clock.now_ns(), len(self.uplink.events(Notice))
        await trio.sleep(SOON_S)
        notices = [one for one in self.uplink.events(Notice)[told:] if one.instrument == self.coin(base)]
        return [one.kind for one in notices], [one for one in self.trades(base) if one.at > at]

    def coin(self, base):
        return instrument_of(self.name, base)

    def trades(self, base):
        return [trade for trade in self.uplink.events(Trade) if trade.instrument == self.coin(base)]

    def watches(self, base):
        return self.coin(base) in self.uplink.of(Inventory)[-1].instruments

    def is_subscribed(self, base):
        codes = {code for guest in self.house._guests for _, code in guest.desk.streams}
        return any(base in code.upper() for code in codes)


@asynccontextmanager
async def staged(name, venue):
    """A worker that has settled at a venue; it is stopped at the end."""
    made = Stage(name, venue(name, part=FEW))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.run)
        await trio.sleep(REFRESH_S)
        yield made
        made.downlink.stop.set()


@pytest.mark.parametrize("name", VENUES_WITH_SOCKETS)
async def test_a_new_market_is_watched_and_one_that_is_gone_is_left(name, venue, autojump_clock):
    """Told, asked for and heard within two readings; then told again, given up and silent."""
    async with staged(name, venue) as stage:
        assert not stage.watches(NEWCOMER)
        kinds, trades = await stage.change("list", NEWCOMER)
        assert kinds == ["listing"]
        assert stage.watches(NEWCOMER)
        assert stage.is_subscribed(NEWCOMER)
        assert trades
        kinds, trades = await stage.change("delist", NEWCOMER)
        assert kinds == ["delisting"]
        assert not stage.watches(NEWCOMER)
        assert not stage.is_subscribed(NEWCOMER)
        assert trades == []
        assert stage.uplink.counters("rejected") == {}
        assert stage.uplink.counters("reconnects") == {}


@pytest.mark.parametrize("name", VENUES_WITH_SOCKETS)
async def test_a_pause_is_told_where_the_venue_tells_it(name, venue, autojump_clock):
    """What is not traded is not asked for until it is again; elsewhere it stays watched, and is silent."""
    async with staged(name, venue) as stage:
        tells = stage.name not in SAYS_NOTHING_OF_PAUSES
        assert stage.is_subscribed(OLD)
        kinds, trades = await stage.change("suspend", OLD)
        assert kinds == ["suspension"] * tells
        assert stage.is_subscribed(OLD) is not tells
        assert trades == []
        kinds, trades = await stage.change("list", OLD)
        assert kinds == ["suspension"] * tells
        assert stage.is_subscribed(OLD)
        assert trades


@pytest.mark.parametrize("name", VENUES_WITH_SOCKETS)
async def test_a_warning_is_told_where_the_venue_gives_any(name, venue, autojump_clock):
    """Trading goes on, and so do its trades."""
    async with staged(name, venue) as stage:
        kinds, trades = await stage.change("caution", OLD)
        assert kinds == ["caution"] * (stage.name in WARNS)
        assert trades
