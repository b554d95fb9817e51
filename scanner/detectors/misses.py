"""What nearly fired: where a move went far enough but something else was missing, the nearest of each minute."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scanner.detectors.conditions import Condition
from scanner.detectors.shortfall import sentence
from scanner.model.alert import Fact
from scanner.model.decision import Decision
from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND

MISSED = "missed"
"""The outcome under which they are stored."""
MOST = 5_000
"""Misses that are kept until somebody takes them; more in so short a time are counted and not kept."""
LOOKS_A_SECOND = 20
"""More are not worth their time: a move that is looked at so often has shown its numbers."""
MINUTE_NS = 60 * SECOND


class Key(NamedTuple):
    """Whose miss: the nearest of a minute is kept for each."""

    rule: str
    exchange: str
    instrument: Instrument


class _Minute:
    """The nearest miss of one minute."""

    __slots__ = ("at", "best", "looks", "number", "second")

    def __init__(self, number: int, seen: int, best: Condition) -> None:
        self.number = number
        """Counted from 1970."""
        self.at = seen
        self.best = best
        self.second = seen // SECOND
        self.looks = 1
        """In that second."""

    def look(self, seen: int) -> bool:
        """Count one, unless there were enough."""
        if self.second != seen // SECOND:
            self.second, self.looks = seen // SECOND, 0
        self.looks += 1
        return self.looks <= LOOKS_A_SECOND


class Misses:
    """The misses of one detector. Time is `seen`, our own clock, as it is for all that is decided."""

    def __init__(self, most: int = MOST) -> None:
        self.dropped = 0
        """Misses for which there was no room."""
        self._most = most
        self._minutes: dict[Key, _Minute] = {}
        """The minute that is going on, of each that missed something in it."""
        self._over: list[Decision] = []

    def wants(self, key: Key, seen: int) -> bool:
        """Whether it is worth a look; asking counts as one."""
        minute = self._minutes.get(key)
        return minute is None or minute.look(seen)

    def note(self, key: Key, seen: int, conditions: Iterable[Condition]) -> None:
        """Keep the nearest of these, unless the minute has seen a nearer one. Those that are met are no misses."""
        missed = [condition for condition in conditions if not condition.met]
        if not missed:
            return
        best = max(missed, key=_nearness)
        minute = self._minutes.get(key)
        if minute is not None and minute.number == seen // MINUTE_NS:
            if _nearness(best) > _nearness(minute.best):
                minute.at, minute.best = seen, best
            return
        if minute is not None:
            self._close(key, minute)
        if len(self._minutes) + len(self._over) >= self._most:
            self.dropped += 1
            return
        self._minutes[key] = _Minute(seen // MINUTE_NS, seen, best)

    def forget(self, key: Key) -> None:
        """It was told after all, which is no miss."""
        self._minutes.pop(key, None)

    def take(self, now: int) -> list[Decision]:
        """The misses of all minutes that are over, each told once; `now` is nanoseconds UTC."""
        current = now // MINUTE_NS
        for key in [key for key, minute in self._minutes.items() if minute.number != current]:
            self._close(key, self._minutes[key])
        taken, self._over = self._over, []
        return taken

    def _close(self, key: Key, minute: _Minute) -> None:
        del self._minutes[key]
        self._over.append(_decision(key, minute))


def _nearness(condition: Condition) -> tuple[int, float]:
    return condition.nearness


def _decision(key: Key, minute: _Minute) -> Decision:
    condition = minute.best
    facts: dict[str, Fact] = {"window_s": condition.window_s, "severity": condition.severity}
    for check in condition.checks:
        facts[check.name] = round(check.value, 6)
        facts[f"{check.name}_asked"] = round(check.asked, 6)
    return Decision(
        at=minute.at,
        exchange=key.exchange,
        symbol=str(key.instrument),
        rule=key.rule,
        outcome=MISSED,
        why=sentence(condition),
        facts=facts,
    )
