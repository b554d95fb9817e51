"""Whether a signal is news: one story per coin, whichever rules and venues tell of it. Each answer has a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from scanner.alerts.accounts import Accounts
from scanner.alerts.course import Course
from scanner.alerts.globs import SymbolGlob
from scanner.alerts.holding import Holding
from scanner.alerts.pace import Pace
from scanner.alerts.reasons import Case, Reason
from scanner.alerts.running import Running
from scanner.alerts.stages import MARKET, RANKS, SPIKE, WATCH, Progress, known
from scanner.alerts.states import Changes, Refused, restored
from scanner.alerts.story import Coin, Story, coin_of
from scanner.alerts.surroundings import Nowhere, Surroundings
from scanner.alerts.watches import Watches
from scanner.detectors.base import Signal
from scanner.model.alert import Alert
from scanner.model.moments import SECOND
from scanner.model.news import Point
from scanner.model.units import Seconds

MOVING = 0.01
"""A price that went so far with a burst of trading may be at the beginning of more, as a fraction."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[alerts]`: how often one thing may be told."""

    cooldown: Seconds = 300.0
    """A story is over when nothing that says as much as it did was heard for so long; what comes later is another."""
    repeat: Seconds = 900.0
    """While it goes on it is told again when nothing was told of it for so long; 0 never."""
    together: Seconds = 60.0
    """At least so long after it opened, other venues join a story, however short the cooldown."""
    hold: Seconds = 1.5
    """An opening waits so long for the other venues that trade the coin, and while a whole market stirs; a coin of one
    venue and what is critical do not wait."""
    ripen: Seconds = 10.0
    """A burst of trading whose price moves waits so long for the pump or dump that it may announce, so that one alert
    tells of both; 0 tells it at once."""
    mute: tuple[SymbolGlob, ...] = ()
    """Coins of which nobody is to hear anything: `DOGE/*` on every market, `DOGE/KRW` on one."""
    receivers: tuple[str, ...] = ()
    """Who hears of what no route has decided; empty means every receiver."""


class Episodes:
    """Keeps the stories that are held or go on, and no others.

    Time is `seen`, our own clock: the venues' clocks differ by seconds, and two of them are compared here.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.revise(settings or Settings())
        self.surroundings: Surroundings = Nowhere()
        """Whom to ask what goes on around a coin."""
        self._running = Running()
        self._holding = Holding()
        self.watches = Watches()
        self._accounts = Accounts()
        self.ledger = self._accounts.ledger
        """What was decided and why, to be taken once a second."""
        self.decisions: dict[tuple[str, str], int] = {}
        """(rule, reason) → signals; only grows."""
        self.stages: dict[str, int] = {}
        """Stage → coins that are watched or told of, as of the last second."""
        self.refused: dict[str, int] = {}
        """Why → saved stories that were not taken up again; only grows."""

    def revise(self, settings: Settings) -> None:
        """Go by these from now on; what is held waits as long as it was to wait."""
        self._pace = Pace(settings.cooldown, settings.together, settings.repeat)
        self._hold, self._ripen = round(settings.hold * SECOND), round(settings.ripen * SECOND)

    @property
    def course(self) -> Course:
        """Whom to ask where prices stand."""
        return self._running.course

    @course.setter
    def course(self, course: Course) -> None:
        self._running.course = course

    @property
    def due(self) -> int | None:
        """When a held story has to be told, nanoseconds UTC; None while none is held."""
        return self._holding.due

    def hear(self, signal: Signal, seen: int) -> list[Alert]:
        """Judge one signal that reached us at `seen`; the alerts that came of it, and of those that were due."""
        alerts = self.release(seen)
        coin = coin_of(signal)
        story = self._running.find(coin)
        if story is not None and self._pace.is_another(signal, story, seen):
            alerts.append(self._end(story, seen))
        alert = self._judge(coin, signal, seen)
        return alerts if alert is None else [*alerts, alert]

    def release(self, now: int) -> list[Alert]:
        """Tell the held stories whose moment has come; `now` is nanoseconds UTC."""
        if self.due is None or now < self.due:
            return []
        return [alert for story in self._holding.release(now) if (alert := self._settle(story, now)) is not None]

    def end(self) -> list[Alert]:
        """No more signals will come: tell what is held, each as of its moment. What goes on is saved and not closed."""
        alerts: list[Alert] = []
        while self.due is not None:
            alerts += self.release(self.due)
        return alerts

    def tick(self, now: int) -> list[Alert]:
        """Once a second: release, follow what goes on, and close what is over."""
        alerts = self.release(now)
        self._running.follow(now)
        alerts += [self._end(story, now) for story in self._running if self._pace.is_over(story, now)]
        self.watches.forget(now)
        self.stages = self._census()
        return alerts

    def restore(self, states: Mapping[str, bytes], now: int) -> list[Alert]:
        """Take up again what `changes` gave before a restart; the closings of what has cooled meanwhile.

        What cannot be read is left out, counted in `refused`, and to be forgotten by the next `changes`.
        """
        for key, state in states.items():
            try:
                story = restored(state)
            except Refused as refused:
                self.refused[refused.reason] = self.refused.get(refused.reason, 0) + 1
                self._running.drop(key)
            else:
                self._running.begin(story)
        return [self._end(story, now) for story in self._running if self._pace.is_over(story, now)]

    def changes(self) -> Changes:
        """What is to be saved and to be forgotten since the last time; once a second is enough."""
        return self._running.changes()

    def course_of(self, alert: Alert) -> tuple[Point, ...]:
        """What led to an alert, oldest first, for a picture: to be asked before the next second."""
        return self._running.picture(alert)

    def _judge(self, coin: Coin, signal: Signal, seen: int) -> Alert | None:
        if (story := self._holding.find(coin)) is not None:
            return self._join_held(story, signal, seen)
        if (story := self._running.find(coin)) is not None:
            return self._go_on(story, signal, seen)
        if signal.stage == WATCH:
            self.watches.add(coin, signal, seen)
        reason = self._why_not(signal, seen)
        if reason is not None:
            self._note(reason, signal, seen)
            return None
        return self._begin(signal, seen)

    def _why_not(self, signal: Signal, seen: int) -> Reason | None:
        """Why no story begins with this; None where one does."""
        if signal.stage == WATCH:
            return Reason.WATCHED
        if not Progress().allows(signal):
            return Reason.OUTRANKED
        if self._running.has_told(signal, seen):
            return Reason.WAKE
        return Reason.MARKET if self._goes_along(signal) else None

    def _begin(self, signal: Signal, seen: int) -> Alert | None:
        story = Story.begin(signal, seen)
        story.follow(self.course, seen)
        if patience := self._patience(signal):  # its reason is settled when its moment comes
            self._holding.hold(story, seen + patience)
            return None
        return self._open(story, seen)

    def _join_held(self, story: Story, signal: Signal, seen: int) -> Alert | None:
        """More of what is not told yet; what is critical, or complete, waits no longer."""
        if signal.stage == WATCH:
            self._note(Reason.OUTRANKED, signal, seen, story)
            return None
        story.hear(signal, seen)
        self._note(Reason.JOINED, signal, seen, story)
        if patience := self._patience(story.best, len(story.exchanges)):
            self._holding.hasten(story, seen + patience)
            return None
        self._holding.take(story)
        return self._settle(story, seen)

    def _go_on(self, story: Story, signal: Signal, seen: int) -> Alert | None:
        """What is said of a story that was told."""
        told_before, reason = story.told_seen, self._pace.reason(story, signal, seen)
        if reason is not Reason.OUTRANKED:
            story.hear(signal, seen)
            story.follow(self.course, seen)
            self._running.touch(story)
        tell = _TELL.get(reason)
        alert = tell(story, signal, seen) if tell is not None else None
        self._note(reason, signal, seen, story, told_before)
        return alert

    def _patience(self, signal: Signal, heard: int = 1) -> int:
        """For how long something may still come that belongs into the opening, nanoseconds; `heard` venues have spoken.

        A market always waits: its fall has only begun when it is found. So does trading that moves a price.
        """
        if signal.stage == MARKET:
            return self._hold
        if signal.severity == "critical":
            return 0
        if known(signal.stage) == SPIKE and abs(signal.change) >= MOVING:
            return self._ripen
        around = self.surroundings
        waits = around.venues(signal.instrument) > heard or around.stirring(signal.exchange, signal.instrument.quote)
        return self._hold if waits else 0

    def _goes_along(self, signal: Signal) -> bool:
        return signal.stage != MARKET and self.surroundings.explains(signal)

    def _settle(self, story: Story, seen: int) -> Alert | None:
        """A held story's moment: it is told, unless its market has turned out to do the same."""
        if self._goes_along(story.best):
            self._note(Reason.MARKET, story.best, seen)
            return None
        return self._open(story, seen)

    def _open(self, story: Story, seen: int) -> Alert:
        self.watches.end(story.coin)
        story.follow(self.course, seen)
        alert = story.open(seen)
        self._running.begin(story)
        self._note(Reason.FIRST, story.best, seen, story)
        return alert

    def _end(self, story: Story, now: int) -> Alert:
        closing = self._running.end(story, now)
        self._accounts.close(closing)
        return closing

    def _note(
        self, reason: Reason, signal: Signal, seen: int, story: Story | None = None, told_before: int = 0
    ) -> None:
        """Count it, and write down why."""
        key = (signal.rule, reason.value)
        self.decisions[key] = self.decisions.get(key, 0) + 1
        self._accounts.note(reason, Case(signal, seen, story, told_before, self._pace.cooldown_s, self._pace.repeat_s))

    def _census(self) -> dict[str, int]:
        counts = dict.fromkeys(RANKS, 0)
        counts[WATCH] = len(self.watches)
        for story in self._running:
            counts[story.progress.stage] += 1
        return counts


_TELL: Mapping[Reason, Callable[[Story, Signal, int], Alert]] = {
    Reason.ESCALATED: Story.escalate,
    Reason.REPEATED: Story.repeat,
}
"""How a story that goes on is told of."""
