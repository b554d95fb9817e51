"""Where a story stands and what may come next: a table, and the one question that is asked of it.

    idle ──► watch ──► spike ──► pump ──► peak ──► dump
               └─────────┴────────┴────────┴────────▲      cooling, then idle again

A story cools while nothing new is told of it, wherever it stands, and is over when it has cooled for long enough.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanner.detectors.base import Signal
from scanner.model.alert import SEVERITIES

IDLE, WATCH, SPIKE, PUMP, PEAK, DUMP, MARKET = "idle", "watch", "spike", "pump", "peak", "dump", "market"

NEXT: Mapping[str, tuple[str, ...]] = {
    IDLE: (WATCH, SPIKE, PUMP, DUMP, MARKET),
    WATCH: (WATCH, SPIKE, PUMP, DUMP, MARKET),
    SPIKE: (SPIKE, PUMP, DUMP),
    PUMP: (PUMP, PEAK, DUMP),
    PEAK: (PEAK, PUMP, DUMP),
    DUMP: (DUMP, PUMP),
    MARKET: (MARKET,),
}
"""Where a story stands → the stages that can be news there. What is not listed says less than what is known: a coin
that is being pumped is of course traded a lot, and a price of which no rise was told has nothing to fall back from."""

RANKS = {WATCH: 0, SPIKE: 1, PUMP: 2, PEAK: 3, DUMP: 4, MARKET: 5}
"""Of several stages at once, the last one says most."""


def known(stage: str) -> str:
    """A stage that another package's rule brought counts as a spike: a story by itself, and less than a move."""
    return stage if stage in NEXT and stage != IDLE else SPIKE


def weight(signal: Signal) -> tuple[int, int, int]:
    """How much a signal says: by stage, then severity, then score."""
    return RANKS[known(signal.stage)], SEVERITIES.index(signal.severity), signal.score


class Progress:
    """How far one story has come, by what has been told of it."""

    __slots__ = ("_severity", "_told", "stage")

    def __init__(self) -> None:
        self.stage = IDLE
        self._told: set[str] = set()
        """Stages."""
        self._severity = -1
        """The highest so far, by its place among `SEVERITIES`."""

    def allows(self, signal: Signal) -> bool:
        """Whether a stage like this can follow here at all."""
        return known(signal.stage) in NEXT[self.stage]

    def rises(self, signal: Signal) -> bool:
        """Whether it is news: it can follow, and has not been told in this story, or nothing has been as severe."""
        new = known(signal.stage) not in self._told
        return self.allows(signal) and (new or SEVERITIES.index(signal.severity) > self._severity)

    def tell(self, signal: Signal) -> None:
        """It is told now."""
        self.stage = known(signal.stage)
        self._told.add(self.stage)
        self._severity = max(self._severity, SEVERITIES.index(signal.severity))
