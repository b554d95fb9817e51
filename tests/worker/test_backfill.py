"""After a hole the missed trades are asked for, one instrument at a time and within limits, and told in time order."""

from contextlib import asynccontextmanager

import trio

from scanner.exchanges.base import Window
from scanner.model.market import Subscription, Trade
from scanner.worker import backfill as module
from scanner.worker.backfill import SHARE, Backfill
from scanner.worker.ledger import Ledger
from scanner.worker.trades import TradeMemory
from tests.worker.rooms import BTC, ETH, UPBIT, XRP, Publisher, Rest, Venue, unreachable, venue_time, with_requests


def streams(*instruments):
    return [Subscription("trade", instrument) for instrument in instruments]


class Room:
    """A back-fill with a memory that heard one trade of each coin, at 1 s, under the id 1."""

    def __init__(self, exchange=UPBIT, **options):
        self.rest, self.memory, self.publisher, self.ledger = Rest(), TradeMemory(), Publisher(), Ledger()
        self.backfill = Backfill(exchange, self.rest, self.memory, self.publisher, self.ledger, **options)
        for coin in (BTC, ETH, XRP):
            self.memory.fresh([Trade("upbit", coin, venue_time(1), 0, "1", 100.0, 1.0, "buy")])
            self.rest.trades[f"KRW-{coin.base}"] = [(1, "1"), (2, "2"), (3, "3")]

    @property
    def counters(self):
        return self.ledger.pulse(0).counters

    @property
    def asked(self):
        return [code for _, code in self.rest.asked]


@asynccontextmanager
async def running(room):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(room.backfill.run)
        yield room
        nursery.cancel_scope.cancel()


async def test_what_was_missed_is_published_in_time_order_and_marked(autojump_clock):
    """The trade that was had is not told again; what was found is counted."""
    async with running(Room()) as room:
        room.backfill.want(streams(BTC))
        await trio.sleep(1)
    (found,) = room.publisher.batches
    assert [(each.id, each.at, each.backfilled) for each in found] == [
        ("2", venue_time(2), True),
        ("3", venue_time(3), True),
    ]
    assert room.counters == {"backfills": {"answered": 1}, "backfilled": {"": 2}}


async def test_the_order_of_a_wish_is_kept_and_the_latest_wish_goes_first(autojump_clock):
    """Answers hold only the newest trades: what has waited for long is hardly in them any more."""
    room = Room()
    room.backfill.want(streams(BTC, ETH))
    room.backfill.want(streams(XRP, BTC))
    async with running(room):
        await trio.sleep(10)
    assert room.asked == ["KRW-XRP", "KRW-BTC", "KRW-ETH"]


async def test_it_keeps_to_its_share_of_the_limit(autojump_clock):
    """Order books that have to be made whole come first; shards divide the share."""
    venue = Venue(with_requests(Window(10, 10.0)))
    async with running(Room(venue, shards=2)) as room:
        room.backfill.want(streams(BTC, ETH, XRP))
        await trio.sleep(30)
    step = 2 / SHARE
    assert [moment - room.rest.asked[0][0] for moment, _ in room.rest.asked] == [0, step, 2 * step]


async def test_a_failure_is_counted_said_and_goes_on_to_the_next_after_a_wait(autojump_clock, capsys):
    """Each instrument is asked about once; a venue that asks for patience gets it, up to its own longest ban."""
    async with running(Room()) as room:
        room.rest.fails = unreachable(refused=True, retry_after=30.0)
        room.backfill.want(streams(BTC, ETH))
        await trio.sleep(15)
        assert room.asked == ["KRW-BTC"]
        room.rest.fails = None
        await trio.sleep(30)
    assert room.asked == ["KRW-BTC", "KRW-ETH"]
    assert room.counters["backfills"] == {"failed": 1, "answered": 1}
    assert "a hole stays open" in "".join(capsys.readouterr())


async def test_nonsense_is_no_end(autojump_clock):
    """It is counted where all nonsense is."""
    async with running(Room()) as room:
        room.rest.trades["KRW-BTC"] = b"<html>"
        room.backfill.want(streams(BTC, ETH))
        await trio.sleep(15)
    assert room.counters == {"parse_errors": {"": 1}, "backfills": {"failed": 1, "answered": 1}, "backfilled": {"": 2}}


async def test_too_many_wishes_cost_the_oldest_and_it_is_counted(autojump_clock, monkeypatch):
    """A bounded queue, and nothing is held in memory for what left it."""
    monkeypatch.setattr(module, "WAITING", 2)
    room = Room()
    room.backfill.want(streams(BTC))
    room.backfill.want(streams(ETH, XRP))
    assert set(room.memory._held) == {ETH, XRP}
    async with running(room):
        await trio.sleep(10)
    assert room.asked == ["KRW-ETH", "KRW-XRP"]
    assert room.counters["backfills"] == {"left_out": 1, "answered": 2}
    assert not room.memory._held


async def test_only_trades_are_filled_in_and_only_where_the_venue_tells(autojump_clock):
    """A book or a ticker of the past is of no use to anybody."""
    async with running(Room()) as room:
        room.backfill.want([Subscription("ticker", BTC), Subscription("orderbook", ETH)])
        await trio.sleep(10)
    assert room.asked == []
    async with running(Room(Venue(tells_trades=False))) as room:
        room.backfill.want(streams(BTC))
        await trio.sleep(10)
    assert room.asked == []
    assert not room.memory._held


async def test_what_the_socket_brought_meanwhile_is_not_told_twice(autojump_clock):
    """While the question was on its way the stream went on."""
    async with running(Room()) as room:
        room.rest.takes_s = 5.0
        room.backfill.want(streams(BTC))
        await trio.sleep(2)
        room.memory.fresh([Trade("upbit", BTC, venue_time(3), 0, "3", 100.0, 1.0, "buy")])
        await trio.sleep(5)
    assert [[each.id for each in batch] for batch in room.publisher.batches] == [["2"]]


async def test_a_wish_that_comes_while_it_asks_is_not_lost(autojump_clock):
    """The last one of a run wakes it again."""
    async with running(Room()) as room:
        room.rest.takes_s = 2.0
        room.backfill.want(streams(BTC))
        await trio.sleep(1)
        room.backfill.want(streams(ETH))
        await trio.sleep(10)
        room.backfill.want(streams(XRP))
        await trio.sleep(10)
    assert room.asked == ["KRW-BTC", "KRW-ETH", "KRW-XRP"]
