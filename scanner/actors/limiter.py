"""A strict sliding window: never more than `count` in any `seconds`, however they fall."""

from __future__ import annotations

from collections import deque

import trio


class SlidingWindow:
    """Remembers what was taken when; more may be taken as soon as enough of it is `seconds` old."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._taken: deque[tuple[float, int]] = deque()
        self._sum = 0

    def wait(self, now: float, weight: int = 1) -> float:
        """Seconds until `weight` more is allowed; 0 when it is now. More than the window holds is let through alone."""
        self._forget(now)
        room = self._count - min(weight, self._count)
        over = self._sum
        for at, taken in self._taken:
            if over <= room:
                break
            over -= taken
            due = at + self._seconds
        return max(0.0, due - now) if self._sum > room else 0.0

    def take(self, now: float, weight: int = 1) -> None:
        """`weight` more was taken at `now`."""
        self._taken.append((now, weight))
        self._sum += weight

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0][0] + self._seconds <= now:
            self._sum -= self._taken.popleft()[1]


class Limiter:
    """All of several windows at once, in first-come order."""

    def __init__(self, windows: tuple[tuple[int, float], ...]) -> None:
        self._windows = [SlidingWindow(count, seconds) for count, seconds in windows]
        self._turn = trio.Lock()

    def wait(self, weight: int = 1) -> float:
        """Seconds until `weight` more would be allowed, if nobody else came first."""
        now = trio.current_time()
        return max((window.wait(now, weight) for window in self._windows), default=0.0)

    async def acquire(self, weight: int = 1) -> None:
        """Return when `weight` more is allowed by every window, and count it."""
        async with self._turn:
            while wait := self.wait(weight):  # noqa: ASYNC110 - no event ends a window
                await trio.sleep(wait)
            now = trio.current_time()
            for window in self._windows:
                window.take(now, weight)
