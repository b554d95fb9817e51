"""How long to wait before trying again: exponential ceilings with full jitter, and a breaker for repeated refusals."""

from __future__ import annotations

from collections.abc import Callable
from random import SystemRandom

uniform: Callable[[float, float], float] = SystemRandom().uniform

HEALTHY_S = 60.0
"""After this long without trouble the next failure counts as the first again."""


class Backoff:
    """Waits between tries. The n-th ceiling is `first * 2**n`, at most `longest`; the wait is drawn evenly below it.

    Full jitter keeps many clients of one venue from returning in step; the floor of a tenth of the ceiling keeps an
    unlucky draw from hammering.
    """

    def __init__(
        self,
        first: float = 1.0,
        longest: float = 60.0,
        *,
        draw: Callable[[float, float], float] = uniform,
    ) -> None:
        self._first = first
        self._longest = longest
        self._draw = draw
        self.failures = 0

    def next(self, *, lasted: float = 0.0) -> float:
        """Seconds to wait after a failure that came when the thing had been well for `lasted` seconds."""
        if lasted >= HEALTHY_S:
            self.failures = 0
        ceiling = min(self._longest, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return self._draw(ceiling / 10, ceiling)


class Breaker:
    """Opens after `limit` refusals in a row for `first_s`, with each further one for twice as long, up to `rest_s`.

    A refusal is the peer saying no (429, 418, 403): going on would turn a limit into a ban. Those that come together
    are one answer: several connections made at once are refused at once. All times are one clock's seconds.
    """

    TOGETHER_S = 1.0
    LONGEST_BAN_S = 3 * 86_400.0
    """The longest that any venue speaks of."""

    def __init__(self, limit: int = 5, rest_s: float = 600.0, first_s: float = 15.0) -> None:
        self._limit = limit
        self._rest_s = rest_s
        self._first_s = first_s
        self._refusals = 0
        self._counted_at = float("-inf")
        self._until = float("-inf")

    def refused(self, now: float, wish: float = 0.0, *, banned: bool = False) -> None:
        """Count a refusal. `wish` is how long the peer asks us to stay away, believed up to `rest_s`; a ban, fully."""
        if now - self._counted_at >= self.TOGETHER_S:
            self._refusals += 1
            self._counted_at = now
        over = self._refusals - self._limit
        rest = self._first_s * 2.0 ** min(over, 30) if over >= 0 else 0.0
        believed = min(wish, self.LONGEST_BAN_S if banned else self._rest_s)
        self._until = max(self._until, now + max(min(self._rest_s, rest), believed))

    def wait(self, now: float) -> float:
        """Seconds to stay away; 0 while it is closed."""
        return max(0.0, self._until - now)

    def succeeded(self) -> None:
        """The peer let us in."""
        self._refusals = 0
