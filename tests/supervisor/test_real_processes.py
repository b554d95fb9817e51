"""Real children: started, heard, lifted when they fall, killed when they hang, gone when asked."""

import os
import signal

import pytest
import trio

from scanner.model.pulse import Pulse
from scanner.supervisor.child import AllQuarantined, Change, ChildSpec, Phase
from scanner.supervisor.settings import Settings
from scanner.supervisor.supervisor import Supervisor
from scanner.wire.messages import Farewell

QUICK = Settings(backoff_min=0.01, backoff_max=0.01, pulse_patience=5.0, grace=5.0)
PATIENCE_S = 30


class Watcher:
    """Collects what the supervisor hears and tells."""

    def __init__(self):
        self.messages, self.changes, self.news = [], [], trio.Event()

    def hear(self, child, message):
        self.messages.append((child.exchange, message))
        self._wake()

    def tell(self, change: Change):
        self.changes.append(change)
        self._wake()

    def _wake(self):
        self.news.set()
        self.news = trio.Event()

    async def until(self, condition):
        with trio.fail_after(PATIENCE_S):
            while not condition():
                await self.news.wait()

    def phases(self, exchange):
        return [change.phase for change in self.changes if change.child.exchange == exchange]

    def pid(self, exchange):
        return next(c.pid for c in reversed(self.changes) if c.child.exchange == exchange and c.phase is Phase.STARTED)

    def pulses(self, exchange):
        return sum(name == exchange and isinstance(message, Pulse) for name, message in self.messages)


def supervise(watcher, settings=QUICK, **habits):
    specs = [ChildSpec(name, 0, f"tests.supervisor.children:{habit}", b"") for name, habit in habits.items()]
    return Supervisor(specs, settings, hear=watcher.hear, tell=watcher.tell)


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_children_are_heard_and_leave_when_asked():
    """Their last message comes through, their exit is no failure, and no process stays."""
    watcher = Watcher()
    supervisor = supervise(watcher, one="obedient", two="obedient")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await watcher.until(lambda: watcher.pulses("one") > 2 and watcher.pulses("two") > 2)
        supervisor.stop()
    assert [message for _, message in watcher.messages if isinstance(message, Farewell)] == [Farewell(), Farewell()]
    assert [change.reason for change in watcher.changes] == ["", "", "", ""]
    assert not any(running(change.pid) for change in watcher.changes)


async def test_a_killed_child_is_lifted_and_its_sibling_never_notices():
    """One for one: the sibling keeps its process and its pulses."""
    watcher = Watcher()
    supervisor = supervise(watcher, victim="obedient", sibling="obedient")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await watcher.until(lambda: watcher.pulses("victim") and watcher.pulses("sibling"))
        first = watcher.pid("victim")
        os.kill(first, signal.SIGKILL)
        await watcher.until(lambda: watcher.phases("victim").count(Phase.STARTED) == 2)
        assert watcher.pid("victim") != first
        supervisor.stop()
    ended = next(change for change in watcher.changes if change.phase is Phase.ENDED and change.pid == first)
    assert ended.reason == "killed by SIGKILL"
    assert watcher.phases("sibling") == [Phase.STARTED, Phase.ENDED]


async def test_a_frozen_child_is_found_by_its_missing_pulse():
    """SIGSTOP leaves the process and its pipes alive; only the pulse tells."""
    watcher = Watcher()
    supervisor = supervise(watcher, Settings(pulse_patience=1.0, grace=0.1), ice="frozen")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await watcher.until(lambda: Phase.ENDED in watcher.phases("ice"))
        supervisor.stop()
    assert watcher.changes[1].reason == "no pulse for 1 s"
    assert not running(watcher.changes[0].pid)


async def test_a_child_that_breaks_the_framing_is_replaced():
    """After a torn frame nothing on that pipe can be trusted; the guardian does not wait for the pulse to tell."""
    watcher = Watcher()
    supervisor = supervise(watcher, Settings(pulse_patience=2.0, grace=0.1), noise="babbling")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await watcher.until(lambda: watcher.phases("noise").count(Phase.STARTED) == 2)
        supervisor.stop()
    assert "claims 4294967295 bytes" in watcher.changes[1].reason


async def test_a_child_that_hears_nothing_is_killed_at_the_end_of_the_ladder():
    """Ask, wait, insist: SIGKILL cannot be ignored."""
    watcher = Watcher()
    supervisor = supervise(watcher, Settings(grace=0.1), stone="deaf")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await watcher.until(lambda: watcher.pulses("stone") > 0)
        supervisor.stop()
    assert watcher.changes[-1].reason == "killed by SIGKILL"
    assert not running(watcher.changes[0].pid)


async def test_a_child_that_cannot_live_is_quarantined_and_when_all_are_it_ends():
    """Five restarts, then rest; with nobody left to run the supervisor says so instead of idling."""
    watcher = Watcher()
    supervisor = supervise(watcher, dead="falling")
    with pytest.RaisesGroup(AllQuarantined), trio.fail_after(PATIENCE_S):
        await supervisor.run()
    assert watcher.phases("dead") == [Phase.STARTED, Phase.ENDED] * 6 + [Phase.QUARANTINED]
    assert {change.reason for change in watcher.changes if change.phase is Phase.ENDED} == {"exit code 3"}


async def test_cancelling_the_supervisor_leaves_no_process():
    """Even an abrupt end of the parent's tree takes the children with it."""
    watcher = Watcher()
    supervisor = supervise(watcher, one="deaf")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await watcher.until(lambda: watcher.pulses("one") > 0)
        nursery.cancel_scope.cancel()
    assert not running(watcher.changes[0].pid)
