"""Waking up on time: trio rounds waits up to milliseconds, at which a venue's frames would come in clumps of five.

Linux tells through a file when a moment has come, to the microsecond; elsewhere trio's own clock has to do.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import CLOCK_MONOTONIC, clock_gettime_ns

import trio

from scanner.model.moments import SECOND

_AT_THAT_MOMENT = 1
"""TFD_TIMER_ABSTIME: not after so long."""
_COUNT_BYTES = 8
"""What has to be read before it can be set again: how often it went off."""


class _Setting(ctypes.Structure):
    """`struct itimerspec`: how often, and when first."""

    _fields_ = tuple((name, ctypes.c_long) for name in ("every_s", "every_ns", "at_s", "at_ns"))


class Alarm:
    """The clock of one sleeper."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd
        self._libc = ctypes.CDLL(None, use_errno=True)

    @staticmethod
    def now() -> int:
        """Nanoseconds of the clock that it goes by, which nobody sets."""
        return clock_gettime_ns(CLOCK_MONOTONIC)

    async def until(self, moment: int) -> None:
        """Return at this moment, never before; one that has passed is a checkpoint."""
        left = moment - self.now()
        if left <= 0 or self._fd is None:
            await trio.sleep(max(left, 0) / SECOND)
            return
        setting = _Setting(0, 0, *divmod(moment, SECOND))
        if self._libc.timerfd_settime(self._fd, _AT_THAT_MOMENT, ctypes.byref(setting), None):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        await trio.lowlevel.wait_readable(self._fd)
        os.read(self._fd, _COUNT_BYTES)


@contextmanager
def alarm() -> Iterator[Alarm]:
    """An alarm, as exact as this system has it."""
    if sys.platform != "linux":
        yield Alarm(None)
        return
    fd = ctypes.CDLL(None, use_errno=True).timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    try:
        yield Alarm(fd)
    finally:
        os.close(fd)
