"""Whether a signal is news: one story per coin, whichever rules and venues tell of it. Each answer has a reason."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from scanner.alerts.holding import Holding
from scanner.alerts.stages import MARKET, PEAK, RANKS, WATCH, Progress
from scanner.alerts.story import Coin, Story, coin_of
from scanner.alerts.surroundings import Nowhere, Surroundings
from scanner.alerts.watches import Watches
from scanner.detectors.base import Signal
from scanner.model.alert import Alert
from scanner.model.moments import SECOND
from scanner.model.units import Seconds

SETTLES_NS = 5 * SECOND
"""A price that falls back so soon after a rise was told is the flicker of a thin book: most such rises go on."""


class Reason(Enum):
    """What became of a signal. Each one is counted once, when that is settled."""

    FIRST = "first"
    """It opened a story: an alert."""
    ESCALATED = "escalated"
    """The story's stage or severity rose: another alert of the same id."""
    WATCHED = "watched"
    """An early sign: kept and shown, no alert."""
    JOINED = "joined"
    """Part of a story that says as much already: from another venue, or while that story was held."""
    COOLING = "cooling"
    """The same was told within the cooldown."""
    OUTRANKED = "outranked"
    """A story about this coin says more, or none has said what this one would go on from."""
    MARKET = "market"
    """The coin only went along with its whole market."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[alerts]`: how often one thing may be told."""

    cooldown: Seconds = 300.0
    """A story is over when nothing new has been told of it for so long; what comes later is another one."""
    together: Seconds = 60.0
    """At least so long after it opened, other venues join a story, however short the cooldown."""
    hold: Seconds = 1.5
    """An opening waits so long for the other venues that trade the coin, and while a whole market stirs; a coin of one
    venue and what is critical do not wait."""


class Episodes:
    """Keeps the stories that are held or have not cooled yet, and no others.

    Time is `seen`, our own clock: the venues' clocks differ by seconds, and two of them are compared here.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self._cooldown, self._together, self._hold = (
            round(span * SECOND) for span in (settings.cooldown, settings.together, settings.hold)
        )
        self.surroundings: Surroundings = Nowhere()
        """Whom to ask."""
        self._stories: dict[Coin, Story] = {}
        """Those that were told, the one that is quiet for longest first."""
        self._holding = Holding()
        self.watches = Watches()
        self.decisions: dict[tuple[str, str], int] = {}
        """(rule, reason) → signals; only grows."""
        self.stages: dict[str, int] = {}
        """Stage → coins that are watched or told of, as of the last second."""

    @property
    def due(self) -> int | None:
        """When a held story has to be told, nanoseconds UTC; None while none is held."""
        return self._holding.due

    def hear(self, signal: Signal, seen: int) -> list[Alert]:
        """Judge one signal that reached us at `seen`; the alerts that came of it, and of those that were due."""
        alerts = self.release(seen)
        reason, alert = self._judge(signal, seen)
        if reason is not None:
            self._count(signal, reason)
        return alerts if alert is None else [*alerts, alert]

    def release(self, now: int) -> list[Alert]:
        """Tell the held stories whose moment has come; `now` is nanoseconds UTC."""
        if self.due is None or now < self.due:
            return []
        return [alert for story in self._holding.release(now) if (alert := self._settle(story, now)) is not None]

    def end(self) -> list[Alert]:
        """No more signals will come: tell what is held, each as of its moment."""
        alerts: list[Alert] = []
        while self.due is not None:
            alerts += self.release(self.due)
        return alerts

    def tick(self, now: int) -> list[Alert]:
        """Once a second: release, and forget what is over."""
        alerts = self.release(now)
        self._forget(now)
        self.watches.forget(now)
        self.stages = self._census()
        return alerts

    def _judge(self, signal: Signal, seen: int) -> tuple[Reason | None, Alert | None]:
        """No reason yet for the signal that a held story began with."""
        coin = coin_of(signal)
        if (story := self._holding.find(coin)) is not None:
            return self._join_held(story, signal, seen)
        if (story := self._told(coin, signal, seen)) is not None:
            return self._go_on(story, signal, seen)
        if signal.stage == WATCH:
            self.watches.add(coin, signal, seen)
            return Reason.WATCHED, None
        return self._begin(signal, seen)

    def _begin(self, signal: Signal, seen: int) -> tuple[Reason | None, Alert | None]:
        if not Progress().allows(signal):
            return Reason.OUTRANKED, None
        if self._goes_along(signal):
            return Reason.MARKET, None
        story = Story(signal, seen)
        if self._waits(signal):
            self._holding.hold(story, seen + self._hold)
            return None, None
        return Reason.FIRST, self._open(story, seen)

    def _join_held(self, story: Story, signal: Signal, seen: int) -> tuple[Reason | None, Alert | None]:
        """More of what is not told yet; what is critical, or complete, waits no longer."""
        if signal.stage == WATCH:
            return Reason.OUTRANKED, None
        story.hear(signal, seen)
        if not self._waits(story.best, len(story.exchanges)):
            self._holding.take(story)
            return Reason.JOINED, self._settle(story, seen)
        return Reason.JOINED, None

    def _go_on(self, story: Story, signal: Signal, seen: int) -> tuple[Reason, Alert | None]:
        """What is said of a story that was told."""
        if not story.progress.allows(signal):
            return Reason.OUTRANKED, None
        is_new_venue = story.hear(signal, seen)
        flickers = signal.stage == PEAK and 0 <= seen - story.told_seen < SETTLES_NS
        if story.progress.rises(signal) and not flickers:
            self._stories[story.coin] = self._stories.pop(story.coin)
            return Reason.ESCALATED, story.escalate(signal, seen)
        return Reason.JOINED if is_new_venue else Reason.COOLING, None

    def _told(self, coin: Coin, signal: Signal, seen: int) -> Story | None:
        """The story that this signal belongs to, unless that has cooled. A clock that jumped must not silence us."""
        story = self._stories.get(coin)
        if story is None or abs(seen - story.told_seen) < self._cooldown:
            return story
        joins = signal.exchange not in story.exchanges and abs(seen - story.opened_seen) < self._together
        return story if joins else None

    def _waits(self, signal: Signal, heard: int = 1) -> bool:
        """Whether something may still come that belongs into the opening; `heard` venues have spoken.

        A market always waits: its fall has only begun when it is found.
        """
        if not self._hold:
            return False
        if signal.stage == MARKET:
            return True
        if signal.severity == "critical":
            return False
        around = self.surroundings
        return around.venues(signal.instrument) > heard or around.stirring(signal.exchange, signal.instrument.quote)

    def _goes_along(self, signal: Signal) -> bool:
        return signal.stage != MARKET and self.surroundings.explains(signal)

    def _settle(self, story: Story, seen: int) -> Alert | None:
        """A held story's moment: it is told, unless its market has turned out to do the same."""
        if self._goes_along(story.best):
            self._count(story.best, Reason.MARKET)
            return None
        self._count(story.best, Reason.FIRST)
        return self._open(story, seen)

    def _open(self, story: Story, seen: int) -> Alert:
        self.watches.end(story.coin)
        self._forget(seen)
        self._stories.pop(story.coin, None)
        self._stories[story.coin] = story
        return story.open(seen)

    def _forget(self, now: int) -> None:
        """Drop the stories that have cooled."""
        span = max(self._cooldown, self._together)
        while self._stories:
            story = next(iter(self._stories.values()))
            if abs(now - story.told_seen) < span:
                return
            del self._stories[story.coin]

    def _count(self, signal: Signal, reason: Reason) -> None:
        key = (signal.rule, reason.value)
        self.decisions[key] = self.decisions.get(key, 0) + 1

    def _census(self) -> dict[str, int]:
        counts = dict.fromkeys(RANKS, 0)
        counts[WATCH] = len(self.watches)
        for story in self._stories.values():
            counts[story.progress.stage] += 1
        return counts
