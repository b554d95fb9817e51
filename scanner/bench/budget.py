"""How much a load server may still tell, and how its frames are numbered."""

from __future__ import annotations

from math import inf
from time import time_ns

import trio


class Budget:
    """How many frames may still be told: a warm-up, a pause, the rest."""

    def __init__(self, warm_up: int, pause_s: float, messages: int) -> None:
        """Of 0 messages there is no end."""
        self._whole = warm_up, messages or inf
        self._pause_s = pause_s
        self._renewed = trio.Event()
        self.renew()

    def renew(self) -> None:
        """Count from the beginning."""
        self._warm_up, self._left = self._whole
        self._goes_on = -inf
        self._renewed.set()
        self._renewed = trio.Event()

    def draw(self, wanted: int) -> int:
        """How many of so many may be told now; 0 in the pause, and when all has been told."""
        if self._warm_up:
            granted = min(wanted, self._warm_up)
            self._warm_up -= granted
            if not self._warm_up:
                self._goes_on = trio.current_time() + self._pause_s
            return granted
        if trio.current_time() < self._goes_on:
            return 0
        granted = wanted if self._left > wanted else int(self._left)
        self._left -= granted
        return granted

    async def wait(self) -> None:
        """After 0: until the pause is over, or counting begins anew."""
        now = trio.current_time()
        with trio.move_on_at(self._goes_on if now < self._goes_on else inf):
            await self._renewed.wait()


class Numbers:
    """Moments as numbers: unique and growing, however many fall into one nanosecond."""

    def __init__(self) -> None:
        self._last = 0

    def take(self, count: int) -> range:
        """So many new ones, the first of them now."""
        first = max(self._last + 1, time_ns())
        self._last = first + count - 1
        return range(first, first + count)
