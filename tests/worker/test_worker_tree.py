"""A whole worker against a whole simulated venue: from the catalogue to the farewell, and through its troubles."""

import pytest
import trio

from scanner.bus.base import BusClosed
from scanner.model.market import Gap, Ticker, Trade
from scanner.model.pulse import Pulse
from scanner.wire.messages import Batch, Farewell, Inventory
from tests.worker.tree import Downlink, Uplink, worker


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
