"""When a condition is worth an ops alert: it opens when it has held for its time, and closes when gone for as long.

So a venue that stutters is one trouble and not twenty. Pure: what holds is handed in once a second, with the time.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from scanner.alerts.conditions import (
    RECEIVER_DISABLED,
    RECEIVER_FAILING,
    VENUE_SILENT,
    WORKER_QUARANTINED,
    Condition,
)
from scanner.alerts.states import Changes
from scanner.model.alert import Fact, Severity
from scanner.model.moments import SECOND
from scanner.model.news import Trouble, digest

MOST = 1000
"""Conditions that are followed at a time: a few for each worker and receiver. What comes beyond is counted."""

EXPLAINED_BY: Mapping[str, str] = {VENUE_SILENT: WORKER_QUARANTINED, RECEIVER_FAILING: RECEIVER_DISABLED}
"""Rule → the one that says all that it would: of a venue or receiver with both, only that is told."""

Key = tuple[str, str]
"""Rule and subject."""

SAVED = "trouble "
"""How the names begin under which open troubles are saved, beside the stories of coins."""


class Watch(Struct):
    """One condition, as long as it holds or its trouble is open."""

    condition: Condition
    """As it was last."""
    trouble: Trouble | None = None
    """What was opened."""
    gone: int | None = None
    """Since when it has not held any more, nanoseconds UTC."""
    explained: int = 0
    """When something else was last seen to explain it, nanoseconds UTC."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Watch).decode


class Troubles:
    """Follows conditions from their beginning to their end."""

    def __init__(self, most: int = MOST) -> None:
        self.dropped = 0
        """Conditions that were not looked at for want of room."""
        self._most = most
        self._watches: dict[Key, Watch] = {}
        self._saved: set[str] = set()
        """Names under which something is kept."""

    @property
    def open(self) -> list[Trouble]:
        """Those that were told and are not over, the oldest first."""
        return [watch.trouble for watch in self._watches.values() if watch.trouble is not None]

    def judge(self, conditions: Iterable[Condition], now: int) -> list[Trouble]:
        """All that holds just now (nanoseconds UTC), each rule and subject once; what is to be told of it."""
        holding = {(condition.rule, condition.subject): condition for condition in conditions}
        self._note(holding)
        return [*self._close(holding, now), *self._open(holding, now)]

    def changes(self) -> Changes:
        """What is to be saved and to be forgotten since the last time, so that a restart tells nothing anew."""
        opened = {SAVED + watch.trouble.id: watch for watch in self._watches.values() if watch.trouble is not None}
        changes = Changes(
            {name: _encode(watch) for name, watch in opened.items() if name not in self._saved},
            self._saved - opened.keys(),
        )
        self._saved = set(opened)
        return changes

    def restore(self, states: Mapping[str, bytes]) -> dict[str, bytes]:
        """Take up the open troubles of the last life, which end as any other; what of these is none of them.

        What cannot be read is to be forgotten by the next `changes`.
        """
        self._saved = {name for name in states if name.startswith(SAVED)}
        for name in sorted(self._saved):
            try:
                watch = _decode(states[name])
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            self._watches[watch.condition.rule, watch.condition.subject] = watch
        return {name: state for name, state in states.items() if name not in self._saved}

    def _note(self, holding: Mapping[Key, Condition]) -> None:
        for key, condition in holding.items():
            watch = self._watches.get(key)
            if watch is not None:
                watch.condition, watch.gone = condition, None
            elif len(self._watches) < self._most:
                self._watches[key] = Watch(condition)
            else:
                self.dropped += 1

    def _close(self, holding: Container[Key], now: int) -> Iterator[Trouble]:
        for key in [key for key in self._watches if key not in holding]:
            watch = self._watches[key]
            watch.gone = now if watch.gone is None else watch.gone
            if watch.trouble is None:
                del self._watches[key]
            elif _lasted(watch.gone, now) >= watch.condition.hold_s:
                del self._watches[key]
                yield _closed(watch, watch.trouble, now)

    def _open(self, holding: Mapping[Key, Condition], now: int) -> Iterator[Trouble]:
        for key, condition in holding.items():
            watch = self._watches.get(key)
            if watch is None or watch.trouble is not None:
                continue
            if _is_explained(condition, holding.values()):
                watch.explained = now
            if min(_lasted(condition.since, now), _lasted(watch.explained, now)) >= condition.hold_s:
                watch.trouble = _opened(condition, now)
                yield watch.trouble


def told(rule: str, headline: str, at: int, *, severity: Severity = "info", facts: dict[str, Fact]) -> Trouble:
    """What is merely worth a word, such as a start; `at` is our own clock, nanoseconds UTC."""
    name = digest("told", rule, str(at))
    return Trouble(id=name, rule=rule, severity=severity, headline=headline, facts=facts, at=at, kind="told")


def _is_explained(condition: Condition, holding: Iterable[Condition]) -> bool:
    cause, about = EXPLAINED_BY.get(condition.rule), (condition.exchange, condition.receiver)
    return any(other.rule == cause and (other.exchange, other.receiver) == about for other in holding)


def _lasted(since: int, now: int) -> float:
    """Seconds. A clock that jumped back must not keep a trouble quiet for as long as it jumped."""
    return abs(now - since) / SECOND


def _opened(condition: Condition, now: int) -> Trouble:
    """Its id follows from what it is and when it is told: the next time is another story."""
    return Trouble(
        id=digest("trouble", condition.rule, condition.subject, str(now)),
        rule=condition.rule,
        severity=condition.severity,
        headline=condition.headline,
        facts=condition.facts | {"for_s": round(_lasted(condition.since, now), 3)},
        at=now,
        exchange=condition.exchange,
        receiver=condition.receiver,
    )


def _closed(watch: Watch, opened: Trouble, now: int) -> Trouble:
    condition, gone = watch.condition, now if watch.gone is None else watch.gone
    duration = _lasted(opened.at, gone) + float(opened.facts["for_s"])
    return Trouble(
        id=opened.id,
        rule=opened.rule,
        severity=opened.severity,
        headline=condition.over,
        facts=condition.facts | {"duration_s": round(duration, 3)},
        at=now,
        kind="closed",
        exchange=opened.exchange,
        receiver=opened.receiver,
        number=opened.number + 1,
    )
