"""A strict sliding window: never more than `count` in any `seconds`, however they fall."""

from __future__ import annotations

from collections import deque

import trio


class SlidingWindow:
    """Remembers the last `count` times; the next may come `seconds` after the oldest of them."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque(maxlen=count)

    def wait(self, now: float) -> float:
        """Seconds until one more is allowed; 0 when it is now."""
        if len(self._times) < (self._times.maxlen or 0):
            return 0.0
        return max(0.0, self._times[0] + self._seconds - now)

    def take(self, now: float) -> None:
        """One more happened at `now`."""
        self._times.append(now)


class Limiter:
    """All of several windows at once, in first-come order."""

    def __init__(self, windows: tuple[tuple[int, float], ...]) -> None:
        self._windows = [SlidingWindow(count, seconds) for count, seconds in windows]
        self._turn = trio.Lock()

    async def acquire(self) -> None:
        """Return when one more is allowed by every window, and count it."""
        async with self._turn:
            while wait := max((w.wait(trio.current_time()) for w in self._windows), default=0.0):  # noqa: ASYNC110 - no event ends a window
                await trio.sleep(wait)
            now = trio.current_time()
            for window in self._windows:
                window.take(now)
