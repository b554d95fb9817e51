"""One child process with a pipe up and a pipe down, started so that signals, handles and deaths stay in order.

The recipe: spawn (never fork: a forked trio is broken), nothing of ours pickled but the name of an entry function
and bytes, `os.dup` of the pipe ends into non-blocking trio streams, the parent's copies of the child's ends closed,
death read from the sentinel. Starting happens in a thread, because it takes tens of milliseconds, one at a time.

SIGINT, SIGHUP and SIGUSR1 are *blocked* in that thread while the child is made; a child inherits the mask of the thread
that makes it, so that what is meant for the main process, but sent to the whole group, as Ctrl-C is, never reaches it.
The main thread does not miss one meanwhile, as it would if they were ignored there.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pkgutil import resolve_name
from typing import Any

import multiprocess
import trio
from multiprocess import resource_tracker

from scanner.bus.pipe import PipeReader, PipeWriter, own
from scanner.wire.messages import Up, decode_up

Launch = Callable[[str, str, bytes], Awaitable["Process"]]
"""How a child is started: `start`, or a test's own."""

TERM_S = 2.0
"""From SIGTERM to SIGKILL."""
NOT_FOR_CHILDREN = frozenset({signal.SIGINT, signal.SIGHUP, signal.SIGUSR1})
REAP_S = 1.0
"""A dead child's exit code is there at once; a second covers a loaded machine."""

_starting = multiprocess.get_context("spawn")
_one_at_a_time = trio.CapacityLimiter(1)


class Process:
    """A running child. Made by `start`, ended by `wait`."""

    def __init__(self, process: Any, uplink: PipeReader[Up], downlink: PipeWriter) -> None:
        self._process = process
        self.uplink = uplink
        self.downlink = downlink
        self.pid: int = process.pid

    async def wait(self) -> int:
        """Exit code when it is dead: negative is the signal that killed it. Its last words stay in `uplink`."""
        await trio.lowlevel.wait_readable(self._process.sentinel)
        await trio.to_thread.run_sync(self._process.join, REAP_S)
        code: int | None = self._process.exitcode
        return -int(signal.SIGKILL) if code is None else code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing when it is dead already: once reaped, its pid may be somebody else's."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    async def insist(self, grace_s: float) -> None:
        """After `grace_s` SIGTERM, after two more seconds SIGKILL; cancel this when it has gone."""
        await trio.sleep(grace_s)
        self.signal(signal.SIGTERM)
        await trio.sleep(TERM_S)
        self.signal(signal.SIGKILL)

    async def aclose(self) -> None:
        """Close our ends of its pipes."""
        await self.uplink.aclose()
        await self.downlink.aclose()


async def start(name: str, entry: str, spec: bytes) -> Process:
    """Spawn a child that runs `entry(spec, up, down)`; `entry` is written `module:function` and imported only there.

    Not cancellable half-way, so that no child is ever lost track of.
    """
    with ExitStack() as ends:
        up_read, up_write = map(ends.enter_context, _starting.Pipe(duplex=False))
        down_read, down_write = map(ends.enter_context, _starting.Pipe(duplex=False))
        process = _starting.Process(target=_enter, args=(entry, spec, up_write, down_read), name=name, daemon=True)
        await trio.to_thread.run_sync(_start, process, limiter=_one_at_a_time)
        return Process(process, PipeReader(own(up_read.fileno()), decode_up), PipeWriter(own(down_write.fileno())))


def _enter(entry: str, spec: bytes, up: Any, down: Any) -> None:
    """The child's first lines of ours. It needs no resource tracker, and holding on to it would keep that alive."""
    os.close(resource_tracker.getfd())
    resolve_name(entry)(spec, up, down)


def _start(process: Any) -> None:
    resource_tracker.ensure_running()  # it unblocks SIGINT in the thread that starts it, so it goes first
    before = signal.pthread_sigmask(signal.SIG_BLOCK, NOT_FOR_CHILDREN)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
