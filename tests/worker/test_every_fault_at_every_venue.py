"""Whatever goes wrong at a venue is noticed, said, survived and mended: every fault, every venue, a whole worker."""

from collections import Counter

import pytest
import trio
from trio.testing import MockClock

from scanner.exchanges.registry import EXCHANGES
from scanner.model.market import BookTop, Gap, OrderBook, Ticker, Trade
from scanner.model.moments import SECOND
from scanner.model.pulse import Pulse
from scanner.sim.faults import FAULTS
from scanner.wire.messages import Batch, Inventory
from tests.worker.tree import TELL_TRADES, VENUES_WITH_SOCKETS, Downlink, Uplink, instrument_of, worker

WELL_S, ILL_S = 15.0, 20.0
"""How long all is well, and then not."""
LONGER_S = {"stall": 120.0, "skip-sequence": 45.0, "rate-limit": 45.0, "ban": 45.0}
"""A young worker does not know its streams yet, and gives each a minute; one frame in 23 has to be one of a book; and
what is refused for longer than the first tries last is refused to a worker that ought to have stopped asking."""
AFTER_S, STAYS_S = 180.0, 30.0
"""All is well again before the first, a ban and the breakers' rests included, and stays so for the second."""
LOOK_S = 5.0
COINS = ("ATOM", "UNI", "SEI", "SAND", "NEAR", "AAVE")
BUSY = slice(40)
"""They are among the forty busiest of each venue, but none of the ten that fill most of its lines."""
EVERY_TWELFTH = slice(3, None, 12)


@pytest.fixture
def autojump_clock():
    return MockClock(autojump_threshold=0)


class Run:
    """What came of a worker whose venue had a fault."""

    def __init__(self, uplink, house):
        self.uplink, self.house = uplink, house
        self.kinds = {Trade, OrderBook} if "orderbook" in EXCHANGES[house.venue.name].channels else {Trade}
        self.healed_ns = 0

    def gaps(self):
        return Counter(gap.reason for gap in self.uplink.events(Gap))

    def flowing(self, kind):
        """Whose events of this kind have come since all is well again."""
        return {event.instrument for event in self.uplink.events(kind) if event.at > self.healed_ns}

    def is_well(self):
        last = self.uplink.of(Pulse)[-1]
        lines = {link.state for link in last.links} == {"live"} and not last.streams_stale
        return lines and all(len(self.flowing(kind)) == len(COINS) for kind in self.kinds)

    def counters(self, name):
        return self.uplink.counters(name)


async def run_with(venue, name, fault, for_s=ILL_S):
    """A worker with six watched symbols: well, ill, well again for a while."""
    house = venue(name, part=BUSY)
    symbols = tuple(str(instrument_of(name, coin)) for coin in COINS)
    uplink, downlink = Uplink(), Downlink()
    run = Run(uplink, house)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker(name, symbols=symbols).run, uplink, downlink)
        await trio.sleep(WELL_S)
        house.handshakes.clear()
        house.calls.clear()
        house.faults.arm(fault, house.clock.now_ms(), for_s=for_s)
        await trio.sleep(for_s)
        run.healed_ns = house.clock.now_ns()
        with trio.move_on_after(AFTER_S):
            while not run.is_well():
                await trio.sleep(LOOK_S)
        await trio.sleep(STAYS_S)
        downlink.stop.set()
    return run


def reconnected(run, *reasons):
    assert set(run.counters("reconnects")) & set(reasons), run.counters("reconnects")
    assert set(run.gaps()) & set(reasons), run.gaps()


def saw_a_stall(run):
    """Only REST knows better, or all is silent: either way the connection is made anew."""
    assert run.counters("reconnects").keys() & {"silent"} or run.counters("handovers").keys() & {"stale"}
    assert set(run.gaps()) & {"silent", "stale"}


def saw_nonsense(run):
    assert sum(run.counters("parse_errors").values()) > 0


def saw_duplicates(run):
    assert sum(run.counters("duplicates").values()) > 0
    trades = [(trade.instrument, trade.id) for trade in run.uplink.events(Trade)]
    assert len(trades) == len(set(trades))


def saw_broken_sequences(run):
    """Where books come as changes, each loss is a gap; whole books heal by themselves."""
    if OrderBook in run.kinds and run.house.venue.name not in WHOLE_BOOKS:
        assert run.gaps()["sequence"] > 0


def saw_refusals(run):
    assert sum(run.counters("requests").values()) > 0
    assert len(run.house.calls) < 60


def saw_nothing(_run):
    """Nothing was missed, so nothing is said; what holds for every fault is all there is to promise."""


def saw_a_ban(run):
    assert set(run.counters("reconnects")) & {"refused", "closed"}
    assert len(run.house.handshakes) < 20
    assert len(run.house.calls) < 60


def saw_a_farewell(run):
    """Where notice was given a successor is there in time, and nothing is missed; else it is a connection lost."""
    if run.house.venue.desk(run.house.venue.ws_path).farewell() is None:
        reconnected(run, "closed")
        return
    assert run.counters("handovers")["retired"] >= 1
    assert run.counters("reconnects") == {}
    assert run.gaps() == {}


WHOLE_BOOKS = {"upbit", "bithumb", "mexc", "mexc-futures"}
SEEN = {
    "stall": saw_a_stall,
    "close": lambda run: reconnected(run, "closed"),
    "refuse": saw_nothing,  # nobody comes or goes meanwhile
    "half-frame": lambda run: reconnected(run, "closed"),
    "garble": saw_nonsense,
    "duplicate": saw_duplicates,
    "skip-sequence": saw_broken_sequences,
    "slow": saw_nothing,  # late, but not lost
    "retire": saw_a_farewell,
    "rate-limit": saw_refusals,
    "ban": saw_a_ban,
}
"""What shows that a fault was noticed; that it was mended is the same for all."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", VENUES_WITH_SOCKETS)
async def test_a_fault_is_noticed_said_and_mended(name, fault, venue, autojump_clock):
    """By its own name in a counter and as a gap where data was missed; afterwards everything flows again."""
    run = await run_with(venue, name, fault, LONGER_S.get(fault, ILL_S))
    SEEN[fault](run)
    last = run.uplink.of(Pulse)[-1]
    assert {link.state for link in last.links} == {"live"}, [link.reason for link in last.links]
    assert last.streams_stale == 0
    for kind in run.kinds:
        assert len(run.flowing(kind)) == len(COINS)
    trades = [(trade.instrument, trade.id) for trade in run.uplink.events(Trade) if not trade.backfilled]
    assert len(trades) == len(set(trades))
    for book in run.uplink.events(OrderBook):
        assert book.bids or book.asks
        assert not (book.bids and book.asks) or book.bids[0][0] < book.asks[0][0]


@pytest.mark.parametrize("name", TELL_TRADES)
async def test_a_hole_is_filled_by_rest(name, venue, autojump_clock):
    """Trades of the time without a connection come late and marked, and with them all that was traded is told."""
    run = await run_with(venue, name, "close", for_s=3.0)
    assert any(trade.backfilled for trade in run.uplink.events(Trade))
    start, end = run.healed_ns - 5 * SECOND, run.healed_ns + 10 * SECOND
    told = Counter()
    for trade in run.uplink.events(Trade):
        told[trade.instrument.base] += trade.size * (start <= trade.at < end)
    happened = Counter()
    for listing in run.house._program.view.listings:
        for fill in run.house._program.view.trades(listing.instrument, 500):
            if fill.instrument.quote == instrument_of(name, "BTC").quote and fill.instrument.base in COINS:
                happened[fill.instrument.base] += fill.size * (start <= fill.at_ms * 1_000_000 < end)
    assert told == pytest.approx(happened)


@pytest.mark.parametrize("name", VENUES_WITH_SOCKETS)
async def test_ten_quiet_minutes_are_no_fault(name, venue, autojump_clock):
    """Thin coins are silent for minutes: nothing is called stale, nothing is connected anew, nothing is lost."""
    house = venue(name, part=EVERY_TWELFTH)
    uplink, downlink = Uplink(), Downlink()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker(name, books_top=2).run, uplink, downlink)
        await trio.sleep(60)
        connections = len(house.handshakes)
        await trio.sleep(540)
        downlink.stop.set()
    assert uplink.counters("stale") == {}
    assert uplink.counters("reconnects") == {}
    assert uplink.counters("dropped") == {}
    assert uplink.counters("parse_errors") == {}
    assert uplink.events(Gap) == []
    assert len(house.handshakes) == connections
    assert uplink.of(Pulse)[-1].instruments_live == len(uplink.of(Inventory)[-1].instruments)
    assert len([event for batch in uplink.of(Batch) for event in batch.events]) > 1_000
    assert uplink.events(Trade, Ticker, BookTop)
