"""The stories that were told and are not over: followed once a second, saved when they change, closed when they end."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.alerts.closing import close
from scanner.alerts.course import Course, Untold
from scanner.alerts.sketch import Sketch
from scanner.alerts.states import Changes, saved
from scanner.alerts.story import Coin, Story, coin_of
from scanner.detectors.base import Signal
from scanner.model.alert import Alert
from scanner.model.moments import SECOND
from scanner.model.news import Point

WAKE_S = 900
"""What is over is remembered for so long: no rule looks further back, and what it finds there is no news."""


class Running:
    """One story a coin. As many as there are coins of which something is told at a time."""

    def __init__(self) -> None:
        self.course: Course = Untold()
        """Whom to ask where prices stand."""
        self._stories: dict[Coin, Story] = {}
        self._sketches: dict[str, Sketch] = {}
        """Story id → its picture; of a story that is over, until the next second."""
        self._past: dict[Coin, tuple[int, Story]] = {}
        """When they ended; who ended first stands first."""
        self._changed: dict[str, Coin] = {}
        self._ended: set[str] = set()

    def __len__(self) -> int:
        return len(self._stories)

    def __iter__(self) -> Iterator[Story]:
        return iter(list(self._stories.values()))

    def find(self, coin: Coin) -> Story | None:
        """The one about this coin."""
        return self._stories.get(coin)

    def has_told(self, signal: Signal, seen: int) -> bool:
        """Whether it tells of a move whose story is over."""
        past = self._past.get(coin_of(signal))
        return past is not None and past[1].knows(signal, seen)

    def begin(self, story: Story) -> None:
        """It was told for the first time, or is taken up again after a restart. What was there of its coin is over."""
        first, before = story.leader.first, self._stories.get(story.coin)
        if before is not None:
            self.drop(before.id)
        self._stories[story.coin] = story
        self._sketches[story.id] = Sketch(self.course.points(first.exchange, first.instrument))
        self.touch(story)

    def touch(self, story: Story) -> None:
        """It has changed, and is to be saved."""
        self._changed[story.id] = story.coin

    def follow(self, now: int) -> None:
        """Once a second: see how far the prices of all have gone."""
        self._sketches = {story.id: self._sketches[story.id] for story in self._stories.values()}
        for story in self._stories.values():
            if story.follow(self.course, now):
                self.touch(story)
            trail = story.leader.trail
            self._sketches[story.id].add(now, trail.price, trail.turnover)
        self._forget(now)

    def end(self, story: Story, now: int) -> Alert:
        """It is over: its closing."""
        del self._stories[story.coin]
        self._past.pop(story.coin, None)
        self._past[story.coin] = now, story
        self.drop(story.id)
        return close(story, now)

    def drop(self, key: str) -> None:
        """What was saved under this key is not needed any more."""
        self._changed.pop(key, None)
        self._ended.add(key)

    def picture(self, alert: Alert) -> tuple[Point, ...]:
        """What led to an alert that was told just now, oldest first; empty where nothing is known of it."""
        sketch = self._sketches.get(alert.id)
        return sketch.points if sketch is not None else ()

    def changes(self) -> Changes:
        """What is to be saved and what is to be forgotten since the last time."""
        changes = Changes({key: saved(self._stories[coin]) for key, coin in self._changed.items()}, self._ended)
        self._changed, self._ended = {}, set()
        return changes

    def _forget(self, now: int) -> None:
        while self._past:
            coin, (ended, _) = next(iter(self._past.items()))
            if abs(now - ended) < WAKE_S * SECOND:
                return
            del self._past[coin]
