"""Decisions on their way to the store: noted synchronously where they are made, taken once a second."""

from __future__ import annotations

from collections import deque

from scanner.model.decision import Decision

MOST = 10_000
"""Decisions that wait to be taken; the oldest goes then, counted."""


class Ledger:
    """Bounded; one writer's loop, one reader."""

    def __init__(self, most: int = MOST) -> None:
        self._waiting: deque[Decision] = deque(maxlen=most)
        self.dropped = 0
        """Decisions that nobody took in time."""

    def note(self, decision: Decision) -> None:
        """Keep it until it is taken."""
        if len(self._waiting) == self._waiting.maxlen:
            self.dropped += 1
        self._waiting.append(decision)

    def take(self) -> list[Decision]:
        """All that came since the last time, oldest first."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken
