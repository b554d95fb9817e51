"""The publisher batches, bounds, and never loses anything unsaid."""

import trio
import trio.lowlevel
from trio.testing import wait_all_tasks_blocked

from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Notice, Ticker, Trade
from scanner.model.pulse import Backlog
from scanner.worker import publisher as module
from scanner.worker.ledger import Ledger
from scanner.worker.publisher import Publisher

COIN = Instrument("BTC", "KRW")


def trades(first, count):
    return [Trade("upbit", COIN, n, n, str(n), 1.0, 1.0, "buy") for n in range(first, first + count)]


def ticker(at):
    return Ticker("upbit", COIN, at, at, 1.0, 1.0, 1.0)


class Uplink:
    """A pipe that can be held shut."""

    def __init__(self):
        self.batches = []
        self.open = trio.Event()
        self.open.set()

    async def send(self, message):
        await self.open.wait()
        await trio.lowlevel.checkpoint()
        self.batches.append(message.events)


async def test_what_gathers_while_the_pipe_is_busy_leaves_together(autojump_clock):
    """One event a frame is dear, so a busy pipe makes larger batches by itself; never more than 512."""
    uplink = Uplink()
    publisher = Publisher("upbit", uplink, Ledger())
    uplink.open = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        await publisher.put(trades(0, 1))
        await trio.sleep(1)
        for start in range(1, 1001, 100):
            await publisher.put(trades(start, 100))
        uplink.open.set()
        publisher.close()
    assert [len(batch) for batch in uplink.batches] == [1, 512, 488]
    assert [event.at for batch in uplink.batches for event in batch] == list(range(1001))


async def test_a_stalled_main_process_costs_the_oldest_and_the_stream_says_so(monkeypatch, autojump_clock):
    """After the patience the oldest batch goes: counted, with a Gap where its trades are missing.

    Of the tickers only those that a newer one replaces are lost.
    """
    monkeypatch.setattr(module, "WAITING_BATCHES", 2)
    uplink, ledger = Uplink(), Ledger()
    publisher = Publisher("upbit", uplink, ledger)
    uplink.open = trio.Event()
    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        await publisher.put(trades(0, 1))
        await trio.sleep(1)  # it is in the publisher's hands now, waiting for the pipe
        await publisher.put(trades(1, 3))
        await publisher.put([ticker(4), ticker(5)])
        await publisher.put(trades(10, 1))
        assert trio.current_time() - start == 1 + module.PATIENCE_S
        await publisher.put(trades(11, 1))
        uplink.open.set()
        publisher.close()
    first, second = uplink.batches
    assert first == trades(0, 1)
    assert isinstance(second[0], Gap)
    assert (second[0].channel, second[0].instruments, second[0].reason) == ("trade", (COIN,), "dropped")
    assert second[1:] == [ticker(5), *trades(10, 2)]
    assert ledger.pulse(0).counters == {"dropped": {"publisher": 3}, "conflated": {"": 1}}


async def test_a_notice_is_never_lost_to_a_jam(autojump_clock, monkeypatch):
    """It says all there is to say about its instrument, so the last one of its kind waits for room."""
    monkeypatch.setattr(module, "WAITING_BATCHES", 2)
    uplink = Uplink()
    publisher = Publisher("upbit", uplink, Ledger())
    uplink.open = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        await publisher.put(trades(0, 1))
        await wait_all_tasks_blocked()  # the first batch is in the pipe's hands
        for text in ("early", "late"):
            await publisher.put([Notice("upbit", COIN, 1, 1, "caution", text)])
        for number in range(1, 9):
            await publisher.put(trades(number, 1))
        uplink.open.set()
        await trio.sleep(1)
        publisher.close()
    events = [event for batch in uplink.batches for event in batch]
    assert [event.text for event in events if isinstance(event, Notice)] == ["late"]
    assert {event.channel for event in events if isinstance(event, Gap)} == {"trade"}


async def test_how_much_waited_is_told_by_the_next_pulse_only(autojump_clock):
    """A mailbox that fills while the pipe is busy shows, also when it was drained again before anybody looked."""
    uplink, ledger = Uplink(), Ledger()
    uplink.open = trio.Event()
    publisher = Publisher("upbit", uplink, ledger)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        await publisher.put(trades(0, 1))
        await wait_all_tasks_blocked()
        for first in (1, 2, 3):
            await publisher.put(trades(first, 1))
        assert ledger.pulse(0).mailboxes["publisher"].items == 3
        uplink.open.set()
        await wait_all_tasks_blocked()
        assert ledger.pulse(0).mailboxes["publisher"].items == 3
        assert ledger.pulse(0).mailboxes["publisher"] == Backlog(0, module.WAITING_BATCHES)
        publisher.close()
