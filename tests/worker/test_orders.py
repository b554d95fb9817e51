"""The operator wants something else of a worker that runs: it follows, and no connection that can stay is made anew."""

from contextlib import asynccontextmanager

import pytest
import trio
from structlog import get_config
from trio.testing import MockClock

from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Subscription, Ticker, Trade
from scanner.wire.messages import Inventory, Revised, Stop, Want, decode_down, encode
from tests.worker.tree import Downlink, Uplink, worker

FEW = slice(10, 20)
SETTLED_S = 10.0


@pytest.fixture
def autojump_clock():
    return MockClock(autojump_threshold=0)


class Staged:
    """A worker of Upbit that watches ten markets."""

    def __init__(self, house):
        self.house = house
        self.uplink, self.downlink = Uplink(), Downlink()
        self.worker = worker("upbit")
        self.spec = self.worker._spec

    async def revise(self, **changes):
        """Say that this is wanted now, and give it time."""
        self.downlink.say(Revised(self.changed(**changes)))
        await trio.sleep(SETTLED_S)

    def changed(self, **changes):
        return type(self.spec)(**{name: getattr(self.spec, name) for name in self.spec.__struct_fields__} | changes)

    @property
    def watched(self):
        return [str(instrument) for instrument in self.uplink.of(Inventory)[-1].instruments]

    def streams(self, channel):
        wanted = {"trade": "trade", "orderbook": "orderbook"}[channel]
        return {code for guest in self.house._guests for kind, code in guest.desk.streams if kind == wanted}


@asynccontextmanager
async def staged(venue):
    made = Staged(venue("upbit", part=FEW))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.worker.run, made.uplink, made.downlink)
        await trio.sleep(SETTLED_S)
        yield made
        made.downlink.stop.set()


async def test_other_symbols_flow_over_the_connections_that_there_are(venue, autojump_clock):
    """Those that stay wanted never stop, and nothing is told as a hole."""
    async with staged(venue) as stage:
        kept, dropped = (Instrument.parse(symbol) for symbol in stage.watched[:2])
        handshakes = len(stage.house.handshakes)
        await stage.revise(symbols=(str(kept),))
        assert stage.watched == [str(kept)]
        began = stage.house.clock.now_ns()
        await trio.sleep(60)
        heard = {trade.instrument for trade in stage.uplink.events(Trade) if trade.at > began}
        assert dropped not in heard
        assert heard <= {kept}
        assert len(stage.house.handshakes) == handshakes
        assert not stage.uplink.events(Gap)
        await stage.revise()
        assert len(stage.watched) == 10


async def test_books_follow_their_number(venue, autojump_clock):
    """As many as are asked for now, of those that are traded most."""
    async with staged(venue) as stage:
        assert len(stage.streams("orderbook")) == 3
        await stage.revise(books_top=5)
        assert len(stage.streams("orderbook")) == 5
        await stage.revise(books_top=0)
        assert not stage.streams("orderbook")
        assert len(stage.streams("trade")) == 10


async def test_other_markets_are_asked_for_once_and_then_followed(venue, autojump_clock):
    """The venue's list of them is read; what it lists of these is watched, and their last prices are told."""
    async with staged(venue) as stage:
        told = len(stage.uplink.events(Ticker))
        await stage.revise(markets=("USDT", "BTC"))
        assert not any(symbol.endswith("/KRW") for symbol in stage.watched)
        await stage.revise(markets=("KRW",))
        assert len(stage.watched) == 10
        assert len(stage.uplink.events(Ticker)) > told


async def test_every_revision_is_answered_by_an_inventory(venue, autojump_clock):
    """Whoever asked for a symbol waits to hear whether it is listed, also where nothing else has changed."""
    async with staged(venue) as stage:
        said = len(stage.uplink.of(Inventory))
        await stage.revise(symbols=("NOSUCHCOIN/KRW",))
        assert stage.uplink.of(Inventory)[-1] == Inventory((), {"NOSUCHCOIN/KRW": ""})
        await stage.revise(symbols=("NOSUCHCOIN/KRW",))
        assert len(stage.uplink.of(Inventory)) == said + 2


async def test_what_others_want_of_it_stays_wanted(venue, autojump_clock):
    """The operator's choice is one wish beside theirs."""
    async with staged(venue) as stage:
        kept, other = (Instrument.parse(symbol) for symbol in stage.watched[:2])
        stage.downlink.say(Want("gateway", (Subscription("trade", other),)))
        await stage.revise(symbols=(str(kept),))
        assert stage.watched == sorted({str(kept), str(other)})


async def test_the_log_level_is_another_at_once(venue, autojump_clock):
    """Also while the venue is still asked for its list."""
    before = get_config()["wrapper_class"]
    async with staged(venue) as stage:
        await stage.revise(log_level="debug")
        assert get_config()["wrapper_class"] is not before
        await stage.revise(log_level="error")


def test_a_revision_survives_the_pipe():
    """What is written is what is read."""
    revised = Revised(worker("upbit")._spec)
    assert decode_down(encode(revised)) == revised
    assert decode_down(encode(Stop(1.0))) == Stop(1.0)
