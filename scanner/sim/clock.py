"""The simulated venues' clock: trio's own, set to a date, so that virtual time in a test is virtual here too."""

from __future__ import annotations

from time import time_ns

import trio

from scanner.model.moments import SECOND

_MS = 1_000_000


class Clock:
    """Starts at `origin_ns` (Unix time, by default now) when it is made."""

    def __init__(self, origin_ns: int = 0) -> None:
        self.origin_ns = origin_ns or time_ns()
        self._began = trio.current_time()

    def now_ns(self) -> int:
        """Unix nanoseconds."""
        return self.origin_ns + int((trio.current_time() - self._began) * SECOND)

    def now_ms(self) -> int:
        """Unix milliseconds."""
        return self.now_ns() // _MS
