"""Events through the real engine on a virtual clock: what it told, when, and what that cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from time import process_time_ns

from msgspec import Struct

from scanner.alerts.engine import Engine
from scanner.model.alert import Alert, Kind
from scanner.model.market import Event
from scanner.model.moments import SECOND

CHUNK = 4_096
"""Events made ready at a time, so that making them is not counted as the engine's work."""
TICKS_AFTER = 3
"""The engine is ticked once a second while events come, and so often after the last: nothing waits for longer."""

CLAIMS: frozenset[Kind] = frozenset({"opened", "escalated"})
"""What claims that something happens now; a closing sums up what was claimed, and a repetition claims it again."""

MakeEngine = Callable[[], Engine]
"""A fresh engine with its rules; hands over between processes, so a function of a module or a partial of one."""


class Heard(Struct, frozen=True):
    """An alert as it came out of the engine."""

    alert: Alert
    at: int
    """When, by the virtual clock: nanoseconds UTC."""


class Cost(Struct, frozen=True):
    """What the engine took in, and the CPU time it needed for that."""

    events: int = 0
    cpu_ns: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.events + other.events, self.cpu_ns + other.cpu_ns)


def play(engine: Engine, events: Iterable[Event]) -> tuple[list[Heard], Cost]:
    """Show the engine events in the order in which they are `seen`; what was heard, oldest first, and what it cost.

    They are shown one by one, so that each alert has a moment of its own.
    """
    stage, stream, cost = _Stage(engine), iter(events), Cost()
    while chunk := list(islice(stream, CHUNK)):
        before = process_time_ns()
        stage.take(chunk)
        cost += Cost(len(chunk), process_time_ns() - before)
    stage.end()
    return stage.heard, cost


class _Stage:
    """An engine and the virtual clock beside it."""

    def __init__(self, engine: Engine) -> None:
        self.heard: list[Heard] = []
        self._engine = engine
        self._due = 0
        """The next tick."""

    def take(self, events: Iterable[Event]) -> None:
        consume = self._engine.consume
        for event in events:
            if event.seen >= self._due:
                self._tick_until(event.seen)
            if alerts := consume((event,)):
                self._note(alerts, event.seen)

    def end(self) -> None:
        """Nothing more comes: what time alone brings, and what was held, is heard now."""
        self._tick_until(self._due + TICKS_AFTER * SECOND)
        self._note(self._engine.end(), self._due)

    def _tick_until(self, now: int) -> None:
        if self._due:
            for at in range(self._due, min(now, self._due + TICKS_AFTER * SECOND) + 1, SECOND):
                if alerts := self._engine.tick(at):
                    self._note(alerts, at)
        self._due = (now // SECOND + 1) * SECOND

    def _note(self, alerts: Iterable[Alert], now: int) -> None:
        self.heard += [Heard(alert, now) for alert in alerts if alert.kind in CLAIMS]
