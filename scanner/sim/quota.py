"""A limit as the venue counts it: so many in any so many seconds, and no more."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

JITTER = 0.9
"""The venue's windows are this much shorter than what it promises, so that a client that keeps the rule exactly is not
refused because the network pushed two of its requests together."""


class Window(Protocol):
    """At most `count` in any `seconds`."""

    @property
    def count(self) -> int:
        """How many."""
        ...

    @property
    def seconds(self) -> float:
        """In how long."""
        ...


class Quota:
    """Counts what was let through; what was refused does not count."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds * JITTER
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def take(self, now: float, weight: int = 1) -> bool:
        """Whether `weight` more is allowed at `now`, in seconds; if so it is counted."""
        if self.left(now) < weight:
            return False
        self._taken.append((now, weight))
        self._sum += weight
        return True

    def left(self, now: float) -> int:
        """How much more is allowed right now."""
        while self._taken and self._taken[0][0] <= now - self._seconds:
            self._sum -= self._taken.popleft()[1]
        return self._count - self._sum

    def wait(self, now: float, weight: int = 1) -> float:
        """Seconds until `weight` is allowed; the whole window for more than is ever allowed at once."""
        left = self.left(now)
        if left >= weight:
            return 0.0
        for at, each in self._taken:
            left += each
            if left >= weight:
                return at + self._seconds - now
        return self._seconds


class Quotas:
    """Several windows at once, none of them counting what another refuses; without windows there is no limit."""

    def __init__(self, windows: Iterable[Window]) -> None:
        self._quotas = [Quota(window.count, window.seconds) for window in windows]

    def take(self, now: float) -> bool:
        """Whether one more is allowed by all of them; if so it is counted."""
        return self.open(now) and all(quota.take(now) for quota in self._quotas)

    def open(self, now: float) -> bool:
        """Whether one more would be allowed."""
        return all(quota.left(now) > 0 for quota in self._quotas)
