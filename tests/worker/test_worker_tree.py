"""A whole worker against a whole simulated venue, in one process and on one virtual clock: minutes in moments."""

from contextlib import asynccontextmanager

import pytest
import trio
from msgspec import to_builtins
from trio.testing import memory_stream_pair

from scanner.bus.base import BusClosed
from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.market import Gap, Ticker, Trade
from scanner.model.pulse import Pulse
from scanner.net import websocket
from scanner.sim.clock import Clock
from scanner.sim.faults import Faults
from scanner.sim.house import House
from scanner.sim.programs import LiveProgram
from scanner.sim.venues.registry import VENUES
from scanner.wire.messages import Batch, Farewell, Inventory, Stop, WorkerSpec
from scanner.worker import main as module
from scanner.worker.main import Worker

ORIGIN_NS = 1_800_000_000_000_000_000


class Uplink:
    """The main process' end, as a list."""

    def __init__(self):
        self.messages = []

    async def send(self, message):
        await trio.lowlevel.checkpoint()
        self.messages.append(message)

    def of(self, kind):
        return [message for message in self.messages if isinstance(message, kind)]

    def events(self, kind):
        return [event for batch in self.of(Batch) for event in batch.events if isinstance(event, kind)]


class Downlink:
    """What the main process says: Stop when told to, or nothing ever again."""

    def __init__(self):
        self.stop, self.gone = trio.Event(), trio.Event()

    async def receive(self):
        async with trio.open_nursery() as nursery:

            async def end():
                await self.gone.wait()
                raise BusClosed("gone")

            nursery.start_soon(end)
            await self.stop.wait()
            nursery.cancel_scope.cancel()
        return Stop(1.0)


@pytest.fixture
def venue(monkeypatch, nursery):
    """Run a simulated venue in this process, and let every socket and REST call of the worker end there."""

    def build(name, *, scenario="quiet"):
        clock = Clock(ORIGIN_NS)
        house = House(
            VENUES[name], LiveProgram(VENUES[name], scenario, 1, ORIGIN_NS), clock, Faults(()), closes_after_error=False
        )
        nursery.start_soon(house.run)

        async def dial(_url):
            await trio.lowlevel.checkpoint()
            ours, theirs = memory_stream_pair()
            nursery.start_soon(house.converse, theirs)
            return ours

        class Http:
            async def get(self, url, params):
                await trio.lowlevel.checkpoint()
                path = url.removeprefix(EXCHANGES[name].rest_url)
                return house.answer(path, dict(params), origin=False)[0].body

        @asynccontextmanager
        async def open_http(_timeout_s):
            yield Http()

        monkeypatch.setattr(websocket, "_open_stream", dial)
        monkeypatch.setattr(module, "open_http", open_http)
        return house

    return build


def worker(name, **changes):
    fields = {
        "exchange": name,
        "shard": 0,
        "shards": 1,
        "markets": ("KRW",),
        "symbols": (),
        "channels": ("trade",),
        "books_top": 3,
        "settings": to_builtins(Settings()),
        "log_level": "error",
        "log_json": True,
    } | changes
    return Worker(WorkerSpec(**fields), EXCHANGES[name], Settings())


@pytest.mark.parametrize("name", ["upbit", "bithumb"])
async def test_a_minute_of_a_venue_from_catalogue_to_farewell(name, venue, autojump_clock):
    """First what it watches, then prices, then trades of the whole market; a pulse a second; at Stop a last word."""
    venue(name)
    uplink, downlink = Uplink(), Downlink()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker(name).run, uplink, downlink)
        await trio.sleep(60)
        downlink.stop.set()
    watched = uplink.of(Inventory)[0].instruments
    assert len(watched) >= 230
    assert {ticker.instrument for ticker in uplink.events(Ticker)} == set(watched)
    trades = uplink.events(Trade)
    assert len(trades) > 600
    assert {trade.instrument for trade in trades} <= set(watched)
    assert uplink.events(Gap) == []
    last = uplink.of(Pulse)[-1]
    assert {link.state for link in last.links} == {"live"}
    assert sum(link.subscriptions for link in last.links) == len(watched) + 3
    assert 60 <= len(uplink.of(Pulse)) <= 63
    assert uplink.messages[-1] == Farewell()


async def test_a_cut_venue_is_a_gap_on_every_link_and_then_data_again(venue, autojump_clock):
    """All five connections break at once; they come back one after another, within the venue's connect limit."""
    house = venue("upbit")
    uplink, downlink = Uplink(), Downlink()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker("upbit").run, uplink, downlink)
        await trio.sleep(20)
        house.faults.arm("close", house.clock.now_ms(), for_s=0.1)
        await trio.sleep(20)
        downlink.stop.set()
    gaps = [gap for gap in uplink.events(Gap) if gap.channel == "trade"]
    watched = set(uplink.of(Inventory)[0].instruments)
    assert {gap.reason for gap in gaps} == {"closed"}
    assert sorted(i for gap in gaps for i in gap.instruments) == sorted(watched)
    last = uplink.of(Pulse)[-1]
    assert {link.state for link in last.links} == {"live"}
    assert "refused" not in last.counters["reconnects"]
    stream = [event for batch in uplink.of(Batch) for event in batch.events]
    final = max(number for number, event in enumerate(stream) if isinstance(event, Gap))
    assert any(isinstance(event, Trade) for event in stream[final:])


async def test_a_worker_whose_parent_is_gone_leaves(venue, autojump_clock):
    """Its control pipe closes, however the parent died."""
    venue("upbit")
    uplink, downlink = Uplink(), Downlink()
    with pytest.RaisesGroup(BusClosed, flatten_subgroups=True, allow_unwrapped=True):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker("upbit").run, uplink, downlink)
            await trio.sleep(5)
            downlink.gone.set()
    assert uplink.of(Farewell) == []


async def test_the_book_of_a_named_symbol_and_its_own_trades_are_all_that_is_asked(venue, autojump_clock):
    """`--symbol BTC/KRW` by the venue's own code too: one instrument, two streams."""
    venue("bithumb")
    uplink, downlink = Uplink(), Downlink()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker("bithumb", symbols=("KRW-BTC", "NOPE/KRW")).run, uplink, downlink)
        await trio.sleep(10)
        downlink.stop.set()
    inventory = uplink.of(Inventory)[0]
    assert [str(instrument) for instrument in inventory.instruments] == ["BTC/KRW"]
    assert list(inventory.unknown) == ["NOPE/KRW"]
    assert uplink.of(Pulse)[-1].links[0].subscriptions == 2
