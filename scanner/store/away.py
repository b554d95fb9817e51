"""Where the database's work is done: away from the loop, which must never wait for a disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import trio

T = TypeVar("T")


class Away(Protocol):
    """Runs a function where it does not hold up the loop, one at a time and to its end."""

    async def __call__(self, function: Callable[[], T], /) -> T:
        """What the function returns or raises."""
        ...


def thread() -> Away:
    """One at a time; which thread of trio's pool does it may change from one to the next."""
    limiter = trio.CapacityLimiter(1)

    async def away(function: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(function, limiter=limiter)

    return away
