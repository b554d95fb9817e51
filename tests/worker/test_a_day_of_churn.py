"""A day of changes in virtual time: wishes come and go, lines break, venues list and delist, connections grow old.

No limit of the venue is ever exceeded, no wanted stream is lost, and nothing piles up.
"""

import gc
import random
from collections import Counter

import pytest
import trio
from trio.testing import MockClock

from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.market import Subscription
from scanner.model.pulse import Pulse
from scanner.sim.programs import LiveProgram
from scanner.sim.quota import Quota
from scanner.sim.venues.registry import VENUES
from scanner.wire.messages import Batch, Want
from scanner.worker.intake import CHANNELS
from tests.worker.tree import ORIGIN_NS, TELL_TRADES, Downlink, instrument_of, worker

HOUR = 3_600.0
DAY = 26 * HOUR
"""Longer than any venue lets a connection live."""
CHANGE_S = 600.0
STEP_S = 60
"""How often a venue looks at what is to be, but for the last two minutes."""
BREAKS = {3, 6, 9}
"""After so many changes the lines break; then they have the time to grow old."""
WATCHED, COINS = 6, 30
LISTED = slice(COINS + 10)
"""A catalogue that is read 1,600 times need not be long."""
COMES_AND_GOES = COINS + 5
"""Nobody wishes for this one."""


@pytest.fixture
def autojump_clock():
    return MockClock(autojump_threshold=0)


class SleepyProgram(LiveProgram):
    """A market that stands still until it is woken: a day of its trades would take minutes to parse."""

    awake = False

    def advance(self, now_ns, *, muted):
        if self.awake:
            super().advance(now_ns, muted=muted)
        else:
            self.view.now_ms = now_ns // 1_000_000

    def wake(self):
        self.view.watch_books(())  # their changes of the day are not made up for
        self.watch()
        self.awake = True


class Counting:
    """The main process' end: counts a day, and keeps what comes once somebody listens."""

    def __init__(self):
        self.kinds, self.heard, self.listening, self.last_pulse = Counter(), [], False, None

    async def send(self, message):
        await trio.lowlevel.checkpoint()
        self.kinds[type(message)] += 1
        if isinstance(message, Pulse):
            self.last_pulse = message
        if self.listening and isinstance(message, Batch):
            self.heard += message.events


class Wishes:
    """Random wishes of three owners, and what they come to."""

    def __init__(self, name, seed):
        self._random = random.Random(seed)
        self._channels = sorted(EXCHANGES[name].channels - {"ticker"})
        self._coins = listed(name)[:COINS]
        self.by_owner = {}

    def change(self):
        owner = self._random.choice("abc")
        count = self._random.choice([0, 1, 5, 15])
        streams = [Subscription(c, i) for c in self._channels for i in self._coins]
        self.by_owner[owner] = set(self._random.sample(streams, min(count, len(streams))))
        return Want(owner, tuple(self.by_owner[owner]))

    def all(self):
        return set().union(*self.by_owner.values())


def listed(name):
    """As the venue's simulator lists it, and as the worker will know it."""
    found = LiveProgram(VENUES[name], "quiet", 1, ORIGIN_NS, LISTED).view.listings
    return [instrument_of(name, listing.instrument.base) for listing in found]


def symbols(name):
    return tuple(map(str, listed(name)[:WATCHED]))


@pytest.fixture
def violations(monkeypatch):
    """Everything that a simulated venue had to refuse because there was too much of it."""
    found = []
    take = Quota.take

    def counted(self, *arguments):
        allowed = take(self, *arguments)
        if not allowed:
            found.append((self._count, self._seconds))
        return allowed

    monkeypatch.setattr(Quota, "take", counted)
    return found


@pytest.fixture
def long_day(monkeypatch):
    """What happens every second of a real day happens every minute here; nothing that is promised hangs on it."""
    monkeypatch.setattr("scanner.sim.house.STEP_MS", 1_000 * STEP_S)
    monkeypatch.setattr("scanner.worker.main.PULSE_S", 60.0)
    monkeypatch.setattr("scanner.worker.watchdog.LOOK_S", 60.0)


@pytest.mark.parametrize("name", TELL_TRADES)  # elsewhere a market that stands still is a line that is broken
async def test_a_day_of_churn_exceeds_no_limit_and_loses_no_stream(
    name, venue, violations, long_day, monkeypatch, autojump_clock
):
    """Adds, removes, reconnects, rollovers: at its end exactly what is wanted flows, and memory is as it was."""
    program = SleepyProgram(VENUES[name], "quiet", 1, ORIGIN_NS, LISTED)
    house = venue(name, program=program)
    restless = program.view.listings[COMES_AND_GOES].instrument
    uplink, downlink, wishes = Counting(), Downlink(), Wishes(name, 7)
    options = Settings(streams_per_connection=min(45, EXCHANGES[name].limits.streams_per_connection))
    objects = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker(name, options, symbols=symbols(name)).run, uplink, downlink)
        for turn in range(int(DAY / CHANGE_S)):
            downlink.say(wishes.change())
            await trio.sleep(CHANGE_S)
            if turn in BREAKS:
                house.faults.arm("close", house.clock.now_ms(), for_s=1.5 * STEP_S)
            if turn % 10 == 0:
                house.change_listing("list" if turn % 20 else "delist", restless)
            if turn % 40 == 20:
                gc.collect()
                objects.append(len(gc.get_objects()))
        downlink.say(wishes.change())
        await trio.sleep(600)
        monkeypatch.setattr("scanner.sim.house.STEP_MS", 50)
        program.wake()
        uplink.listening = True
        await trio.sleep(120)
        downlink.stop.set()
    assert violations == []
    counters = uplink.last_pulse.counters
    assert set(counters["reconnects"]) <= {"closed"}
    assert counters.get("rejected", {}) == {}
    assert (counters["handovers"]["retired"] if EXCHANGES[name].limits.lifetime_s else 1) >= 1
    assert {link.state for link in uplink.last_pulse.links} == {"live"}
    assert max(objects[1:]) < 1.2 * objects[0], objects
    check_flow(uplink.heard, wishes.all() | named(name))


def named(name):
    """What `--symbol` asks for."""
    channels = EXCHANGES[name].channels & {"trade", "orderbook"}
    return {Subscription(channel, instrument) for instrument in listed(name)[:WATCHED] for channel in channels}


def check_flow(events, wanted):
    """Nothing but what is wanted flows; of trades and books, which always come, all that is wanted does."""
    flowing = {Subscription(CHANNELS[type(event)], event.instrument) for event in events if type(event) in CHANNELS}
    assert flowing <= wanted
    always = {one for one in wanted if one.channel in ("trade", "orderbook")}
    assert always <= flowing
