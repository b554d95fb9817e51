"""A dead man's switch: somebody outside is told again and again that all is well, and raises the alarm when not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import trio

from scanner.sinks.base import Delivered, Outcome
from scanner.telemetry import log

PingOutcome = Literal["sent", "failed", "withheld"]
"""`withheld`: we are not healthy, so the alarm is meant to be raised."""

Ping = Callable[[], Awaitable[Outcome]]
"""One attempt. What came of it is an outcome; only bugs escape as exceptions."""


class Deadman:
    """Calls `ping` every `every_s` seconds while `healthy()` is true; what fails waits for the next turn."""

    def __init__(self, ping: Ping, healthy: Callable[[], bool], every_s: float) -> None:
        self.outcomes: dict[PingOutcome, int] = {"sent": 0, "failed": 0, "withheld": 0}
        self._ping = ping
        self._healthy = healthy
        self._every_s = every_s
        self._trouble = log.Seldom(log.get(actor="deadman"), trio.current_time, every_s=600.0)

    async def run(self) -> None:
        """Until cancelled; the first ping goes out at once."""
        due = trio.current_time()
        while True:
            self.outcomes[await self._turn()] += 1
            due = max(due + self._every_s, trio.current_time())
            await trio.sleep_until(due)

    async def _turn(self) -> PingOutcome:
        if not self._healthy():
            return "withheld"
        outcome: Outcome | None = None
        with trio.move_on_after(self._every_s):
            outcome = await self._ping()
        if isinstance(outcome, Delivered):
            return "sent"
        why = outcome.why if outcome is not None else f"no answer within {self._every_s:g} s"
        self._trouble.warning("dead man's ping failed", why=why)
        return "failed"
