"""Where a story stands and what may come next: a table, and the one question that is asked of it.

    idle ──► watch ──► spike ──► pump ──► peak ──► dump
               └─────────┴────────┴────────┴────────▲      cooling, then idle again

A story cools while nothing is heard that weighs as much as what was told of it, wherever it stands, and is over when it
has cooled for long enough.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

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

WAYS = (PUMP, DUMP)
"""Stages in which a price goes somewhere …"""
MOVES = (PUMP, PEAK, DUMP)
"""… and those of which one is the consequence."""

ESCALATIONS = 2
"""A story escalates so often; what more there is stands in its closing, unless it may not be missed."""
MILD = SEVERITIES.index("warning")
"""What is above this is severe."""

RANKS = {WATCH: 0, SPIKE: 1, PUMP: 2, PEAK: 3, DUMP: 4, MARKET: 5}
"""Of several stages at once, the last one says most."""


def known(stage: str) -> str:
    """A stage that another package's rule brought counts as a spike: a story by itself, and less than a move."""
    return stage if stage in NEXT and stage != IDLE else SPIKE


def weight(signal: Signal) -> tuple[int, int, int]:
    """How much a signal says: by stage, then severity, then score."""
    return RANKS[known(signal.stage)], SEVERITIES.index(signal.severity), signal.score


class Progress(Struct):
    """How far one story has come, by what has been told of it."""

    stage: str = IDLE
    told: list[str] = []
    """Stages, in the order in which they were first told."""
    severity: int = -1
    """The highest so far, by its place among `SEVERITIES`."""
    last: tuple[int, int] = (-1, -1)
    """What the newest telling weighed, by stage and severity."""
    escalations: int = 0

    def __post_init__(self) -> None:
        if not {self.stage, *self.told} <= NEXT.keys() or not -1 <= self.severity < len(SEVERITIES):
            raise ValueError("a story stands at a stage and a severity that there are")

    def allows(self, signal: Signal) -> bool:
        """Whether a stage like this can follow here at all."""
        return known(signal.stage) in NEXT[self.stage]

    def rises(self, signal: Signal) -> bool:
        """Whether it is more: it can follow, and has not been told in this story, or nothing has been as severe."""
        new = known(signal.stage) not in self.told
        return self.allows(signal) and (new or SEVERITIES.index(signal.severity) > self.severity)

    def is_due(self, signal: Signal) -> bool:
        """Whether what rises is to be told by itself: the first two times, and whenever it may not be missed.

        A way that the story has not gone yet may not be missed, such as a dump, nor what is severe.
        """
        new_way = known(signal.stage) in WAYS and known(signal.stage) not in self.told
        severe = SEVERITIES.index(signal.severity) > max(self.severity, MILD)
        return self.escalations < ESCALATIONS or new_way or severe

    def carries(self, signal: Signal) -> bool:
        """Whether it says as much as what was told last, so that the story goes on."""
        return weight(signal)[:2] >= self.last

    def turns(self, signal: Signal) -> bool:
        """Whether it goes another way than what was told last."""
        return self.allows(signal) and known(signal.stage) in WAYS and known(signal.stage) != self.stage

    def tell(self, signal: Signal, *, escalates: bool = False) -> None:
        """It is told now."""
        self.stage = known(signal.stage)
        if self.stage not in self.told:
            self.told.append(self.stage)
        self.severity = max(self.severity, SEVERITIES.index(signal.severity))
        self.last = weight(signal)[:2]
        self.escalations += escalates
