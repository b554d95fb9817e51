"""Restarts, waits and quarantine at exact virtual times, with children that die by script."""

import trio
import trio.testing
from trio.testing import MockClock

from scanner.bus.base import BusClosed
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription
from scanner.supervisor.child import Change, ChildSpec, Phase
from scanner.supervisor.guardian import Guardian
from scanner.supervisor.settings import Settings
from scanner.wire.messages import Revised, Want, WorkerSpec, encode

CHILD = ChildSpec("upbit", 0, "no:where", b"")


class Mortal:
    """Stands for a process: lives as long as the script says, then dies with exit code 1."""

    pid = 4711

    def __init__(self, life_s):
        self._life_s = life_s
        self._killed = trio.Event()
        self._dead = trio.Event()
        self.uplink = self
        self.downlink = self

    async def receive(self):
        await self._dead.wait()
        raise BusClosed

    async def send(self, _message):
        self._killed.set()

    async def wait(self):
        with trio.move_on_after(self._life_s) as life:
            await self._killed.wait()
        self._dead.set()
        return int(life.cancelled_caught)

    async def insist(self, _grace_s):
        await trio.sleep_forever()

    def signal(self, _number):
        self._killed.set()

    async def aclose(self):
        return


async def lives(script, settings, until_s):
    """Run a guardian whose n-th child lives script[n] seconds, or raises it; (time, phase) of every change."""
    start, told, stopping, turn = trio.current_time(), [], trio.Event(), iter(script)

    async def launch(_name, _entry, _spec):
        life = next(turn)
        if isinstance(life, OSError):
            raise life
        return Mortal(life)

    def tell(change: Change):
        told.append((round(trio.current_time() - start, 3), change.phase))

    guardian = Guardian(CHILD, settings, stopping, hear=lambda *_: None, tell=tell, launch=launch)
    guardian._backoff._draw = lambda _low, high: high
    with trio.move_on_after(until_s):
        await guardian.run()
    return told


def starts(told):
    return [time for time, phase in told if phase is Phase.STARTED]


async def test_the_first_fall_is_lifted_at_once_and_the_next_ones_wait_longer_and_longer(autojump_clock):
    """Children that live two seconds: restarts come after 0, 1, 2, 4 and 8 seconds of waiting."""
    told = await lives([2.0] * 9, Settings(restarts=5, pulse_patience=1000), until_s=27)
    assert starts(told) == [0, 2, 5, 9, 15, 25]


async def test_one_restart_too_many_is_quarantine_and_ten_minutes_later_it_is_tried_again(autojump_clock):
    """The sixth fall within a minute rests for exactly `quarantine`, then counting starts anew."""
    told = await lives([0.0] * 30, Settings(restarts=5, backoff_max=1.0, pulse_patience=1000), until_s=605)
    assert starts(told) == [0, 0, 1, 2, 3, 4, 604, 604]
    assert (4.0, Phase.QUARANTINED) in told


async def test_a_healthy_minute_clears_the_record(autojump_clock):
    """A child that falls once an hour is lifted at once every time, for ever."""
    told = await lives([3600.0] * 30, Settings(pulse_patience=1e6), until_s=20 * 3600)
    assert starts(told) == [3600 * n for n in range(20)]


async def test_a_missing_pulse_ends_a_life_after_exactly_the_patience(autojump_clock):
    """Ten seconds of silence, not nine and not eleven."""
    told = await lives([100.0] * 3, Settings(pulse_patience=10.0), until_s=11)
    assert told[:3] == [(0, Phase.STARTED), (10, Phase.ENDED), (10, Phase.STARTED)]


async def test_a_machine_that_cannot_start_a_process_now_is_tried_again_later(autojump_clock):
    """No more processes, memory or descriptors is one child's trouble: waits, then quarantine, never a crash."""
    script = [OSError(11, "Resource temporarily unavailable")] * 2 + [100.0]
    told = await lives(script, Settings(pulse_patience=1000), until_s=50)
    assert told == [(1.0, Phase.STARTED)]


async def test_a_standstill_of_our_own_is_not_blamed_on_a_child():
    """After Ctrl-Z and fg the pulses of the meantime wait in the pipe; whoever kills now kills the healthy."""
    clock = MockClock()
    guardian = Guardian(CHILD, Settings(pulse_patience=10.0), trio.Event(), hear=lambda *_: None, tell=print)
    condemned = []
    guardian._condemn = lambda _process, verdict: condemned.append((clock.current_time(), verdict))

    async def stand_still_then_be_silent():
        guardian._heard_at = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(guardian._watch_pulse, None)
            await trio.testing.wait_all_tasks_blocked()
            clock.jump(13)
            await trio.testing.wait_all_tasks_blocked()
            assert condemned == []
            clock.jump(10)

    await trio.to_thread.run_sync(lambda: trio.run(stand_still_then_be_silent, clock=clock))
    assert [verdict for _, verdict in condemned] == ["no pulse for 10 s"]


async def test_what_is_wanted_of_a_child_is_told_again_in_its_next_life(autojump_clock):
    """The latest wish of each owner, and none of those that were taken back."""
    lives_told = []

    class Listening(Mortal):
        """Writes down what it is told."""

        def __init__(self, life_s):
            super().__init__(life_s)
            self.told = []
            lives_told.append(self.told)

        async def send(self, message):
            await trio.lowlevel.checkpoint()
            self.told.append((message.owner, len(message.subscriptions)))

    async def launch(_name, _entry, _spec):
        return Listening(10.0)

    def wish(owner, count):
        return Want(owner, tuple(Subscription("trade", Instrument(f"C{n}", "KRW")) for n in range(count)))

    guardian = Guardian(
        CHILD, Settings(pulse_patience=1e6), trio.Event(), hear=lambda *_: None, tell=lambda _: None, launch=launch
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(guardian.run)
        guardian.want(wish("early", 1))
        await trio.sleep(1)
        guardian.want(wish("gateway", 2))
        guardian.want(wish("gateway", 3))
        guardian.want(wish("early", 0))
        await trio.sleep(12)
        nursery.cancel_scope.cancel()
    assert lives_told[0] == [("early", 1), ("gateway", 3), ("early", 0)]
    assert lives_told[1] == [("gateway", 3)]


def specified(top):
    spec = WorkerSpec("upbit", 0, 1, ("KRW",), (), ("trade",), top, (), {}, "info", None)
    return ChildSpec("upbit", 0, "no:where", encode(spec)), Revised(spec)


async def test_another_specification_is_told_now_and_begun_with_in_the_next_life(autojump_clock):
    """Only to who began with another one, and of two that come at once the last."""
    first, second, third, fourth = map(specified, range(4))
    born, told = [], []

    class Listening(Mortal):
        """Writes down what it is told."""

        async def send(self, message):
            await trio.lowlevel.checkpoint()
            told.append((trio.current_time() - start, message))

    async def launch(_name, _entry, spec):
        born.append(spec)
        if len(born) == 3:
            await trio.sleep(1)  # another one comes while it is being started
        return Listening(10.0)

    start = trio.current_time()
    guardian = Guardian(
        first[0], Settings(pulse_patience=1e6), trio.Event(), hear=lambda *_: None, tell=lambda _: None, launch=launch
    )
    guardian._backoff._draw = lambda _low, _high: 0.0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(guardian.run)
        await trio.sleep(5)
        guardian.revise(second[0])
        guardian.revise(third[0])
        await trio.sleep(15.5)
        guardian.revise(fourth[0])
        await trio.sleep(4.5)
        nursery.cancel_scope.cancel()
    assert born == [first[0].spec, third[0].spec, third[0].spec]
    assert told == [(5, third[1]), (21, fourth[1])]
