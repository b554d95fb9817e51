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

LOOKS, LOOK_S = 10, 0.05
"""How often, and how far apart, it is looked whether a terminal that may have been closed is gone."""


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
            elif await terminal.goes():
                hang_up()
            else:
                await reload()


class Terminal:
    """The one that this process was started on."""

    def __init__(self) -> None:
        """Made before anybody listens for SIGHUP: whoever started us with nohup wants us to outlive the terminal."""
        self._matters = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _is_there()

    async def goes(self) -> bool:
        """Whether it was there, and is not any more: the kernel may tell of its end a moment before it is over."""
        for _ in range(LOOKS if self._matters else 0):
            if not _is_there():
                return True
            await trio.sleep(LOOK_S)
        return False


def _is_there() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
