"""What an operator asks of a run by signals, besides its end: SIGHUP reads the settings again, SIGUSR1 turns the log.

A SIGHUP that comes because the terminal was closed is the end after all.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import trio


@asynccontextmanager
async def heeding(
    *, reload: Callable[[], Awaitable[None]], turn_log: Callable[[], None], hang_up: Callable[[], None]
) -> AsyncIterator[None]:
    """While the block lasts. One after another, so that a configuration is applied before the next one is read."""
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(_heed, Terminal(), reload, turn_log, hang_up))
        yield
        nursery.cancel_scope.cancel()


async def _heed(
    terminal: Terminal,
    reload: Callable[[], Awaitable[None]],
    turn_log: Callable[[], None],
    hang_up: Callable[[], None],
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    with trio.open_signal_receiver(signal.SIGHUP, signal.SIGUSR1) as signals:
        task_status.started()
        async for number in signals:
            if number == signal.SIGUSR1:
                turn_log()
            elif terminal.is_gone():
                hang_up()
            else:
                await reload()


class Terminal:
    """The one that this process was started on."""

    def __init__(self) -> None:
        """Made before anybody listens for SIGHUP: whoever started us with nohup wants us to outlive the terminal."""
        self._matters = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _is_there()

    def is_gone(self) -> bool:
        """Whether it was there, and is not any more."""
        return self._matters and not _is_there()


def _is_there() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
