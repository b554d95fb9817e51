"""A limit as the venue counts it: so many in any so many seconds, and no more."""

from __future__ import annotations

from collections import deque

JITTER = 0.9
"""The venue's windows are this much shorter than what it promises, so that a client that keeps the rule exactly is not
refused because the network pushed two of its requests together."""


class Quota:
    """Counts what was let through; what was refused does not count."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds * JITTER
        self._times: deque[float] = deque(maxlen=count)

    def take(self, now: float) -> bool:
        """Whether one more is allowed at `now`, in seconds; if so it is counted."""
        if self.left(now) == 0:
            return False
        self._times.append(now)
        return True

    def left(self, now: float) -> int:
        """How many more are allowed right now."""
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        return self._count - len(self._times)
