"""How a receiver stands with us, and so when it may be tried again: after failures, after many, after its own wish."""

from __future__ import annotations

from collections.abc import Callable

from scanner.actors.backoff import Backoff, Breaker
from scanner.delivery.tallies import Failing, State
from scanner.sinks.base import Retry

AFTER_MAX_S = 300.0
"""A receiver that asks for a longer pause is tried earlier than it wishes: an alert is news, not an archive."""
OPENS_AFTER = 5
"""Failures in a row after which it is left alone, and then only probed."""
FIRST_REST_S = 15.0
REST_S = 60.0
"""Between probes, at most: when it is back its letters should not be old."""


class Standing:
    """Of one receiver; moments are one clock's seconds, except where nanoseconds UTC are named."""

    def __init__(self, draw: Callable[[float, float], float]) -> None:
        self.disabled = ""
        """Why it wants nothing any more; empty while it does."""
        self.failing: Failing | None = None
        self._draw = draw
        self._not_before = float("-inf")
        self._begin_anew()

    def wait(self, now: float) -> float:
        """Seconds until it may be tried."""
        return max(0.0, self._not_before - now)

    def state(self, now: float) -> State:
        """In a word."""
        if self.disabled:
            return "disabled"
        if self._breaker.wait(now):
            return "open"
        return "failing" if self.failing is not None else "up"

    @property
    def failing_since(self) -> int:
        """Nanoseconds UTC; 0 while all is well."""
        return self.failing.since if self.failing is not None else 0

    def succeeded(self) -> None:
        """All is forgiven."""
        self.failing = None
        self._begin_anew()

    def retry(self, outcome: Retry, now: float, at: int) -> None:
        """It did not take this; `at` is the same moment in nanoseconds UTC."""
        self._breaker.refused(now)
        wish = min(outcome.after_s or 0.0, AFTER_MAX_S)
        self._not_before = now + max(self._backoff.next(), wish, self._breaker.wait(now))
        self.failed(outcome.why, at)

    def failed(self, why: str, at: int) -> None:
        """It took nothing, whether or not trying again can help."""
        self.failing = Failing(self.failing.since if self.failing is not None else at, why)

    def disable(self, why: str, at: int) -> None:
        """Nothing is brought there any more."""
        self.disabled = why
        self.failing = Failing(at, why)

    def enable(self) -> None:
        """It is asked again, from the beginning."""
        self.disabled = ""
        self.succeeded()

    def _begin_anew(self) -> None:
        self._backoff = Backoff(draw=self._draw)
        self._breaker = Breaker(OPENS_AFTER, REST_S, FIRST_REST_S)
        self._not_before = float("-inf")
