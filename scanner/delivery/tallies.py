"""What became of everything, as plain numbers: written on the loop, read by whoever scrapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, get_args

from msgspec import Struct

from scanner.model.histogram import Histogram

Outcome = Literal["delivered", "retried", "refused", "given_up", "gone", "expired", "dropped", "kept"]
"""Of one letter at one receiver. `retried` may come often and before another; `kept` waits in the outbox for the next
start; `dropped` is the only one of which nothing is left."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
DEAD: tuple[Outcome, ...] = ("refused", "given_up", "gone")
"""Those that end as a dead letter."""

DELIVERY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
"""Bounds from a decision to its arrival: a webhook at once, a burst after its ten seconds, an outage of an hour."""
REASONS = 32
"""Words for why messages were sent plainer, a receiver; what comes beyond is counted as `other`."""

State = Literal["up", "failing", "open", "disabled"]
"""`failing`: its last answer was none or no. `open`: so often that it is left alone for a while, then probed.
`disabled`: it said that it wants nothing any more."""


class Failing(Struct, frozen=True):
    """A receiver that gets nothing."""

    since: int
    """Of the first failure that no success has followed, nanoseconds UTC."""
    why: str


class Waiting(Struct, frozen=True):
    """What waits for one receiver."""

    letters: int
    oldest_s: float
    """Since the oldest of those in memory was decided; 0 where none waits."""


class Tallies:
    """Counters of all receivers; every name is there from the start, so that a graph shows a nought."""

    def __init__(self, receivers: Iterable[str] = ()) -> None:
        self.notifications: dict[tuple[str, str], int] = {}
        """(rule, one of told, muted, silenced, unheard) → notifications."""
        self.deliveries: dict[tuple[str, str], int] = {}
        """(receiver, one of `OUTCOMES`) → letters."""
        self.attempts: dict[str, int] = {}
        """Receiver → messages handed to its sink; a group is one."""
        self.undurable: dict[str, int] = {}
        """Receiver → letters that went on from memory because the store could not be written."""
        self.seconds: dict[str, Histogram] = {}
        """Receiver → from decision to arrival, a letter each."""
        self.degraded: dict[tuple[str, str], int] = {}
        """(receiver, reason) → messages that were sent plainer than they were meant to be."""
        self.admit(receivers)

    def admit(self, receivers: Iterable[str]) -> None:
        """Count for these too. Who is no longer a receiver keeps what was counted: counters only grow."""
        for name in receivers:
            for outcome in OUTCOMES:
                self.deliveries.setdefault((name, outcome), 0)
            self.attempts.setdefault(name, 0)
            self.undurable.setdefault(name, 0)
            self.seconds.setdefault(name, Histogram(DELIVERY_SECONDS))

    def notify(self, rule: str, outcome: str) -> None:
        """One piece of news was decided on."""
        self.notifications[rule, outcome] = self.notifications.get((rule, outcome), 0) + 1

    def count(self, receiver: str, outcome: Outcome, letters: int = 1) -> None:
        """So many letters came to this."""
        self.deliveries[receiver, outcome] += letters

    def degrade(self, receiver: str) -> Callable[[str], None]:
        """What a sink is handed as its kit's `degraded`."""

        def count(reason: str) -> None:
            known = [why for name, why in self.degraded if name == receiver]
            key = (receiver, reason if reason in known or len(known) < REASONS else "other")
            self.degraded[key] = self.degraded.get(key, 0) + 1

        return count

    def dead_letters(self) -> dict[str, int]:
        """Receiver → letters that became dead ones in this life."""
        return {name: sum(self.deliveries[name, outcome] for outcome in DEAD) for name in self.attempts}
