"""All instruments of one venue that are traded for one currency: how many lean one way, and how far they went together.

A market lives by closed seconds of the venue's clock. Whatever is read here was true when the last second ended, so it
does not depend on the order in which the trades of one second came in.
"""

from __future__ import annotations

from typing import Any

from scanner.detectors.market_course import LEANS, LEANS_PPM, LEARN_EVERY_S, PPM, Course
from scanner.detectors.market_wave import CALM_SHARE, Breadth, Wave
from scanner.model.moments import SECOND

BITCOIN = "BTC"

FRESH_S = 60
"""A change counts for so long after the trade that made it: then it lies outside of the minute."""
ACTIVE_S = 300
"""An instrument that traded within this long is active."""
LATE_S = 60
"""A trade this much older than the newest is no latecomer: the venue's clock was set back."""

_LEARNS_FROM_PPM = 1_000
"""Bitcoin's smallest move that says anything about who follows it."""


class Market:
    """The instruments, and what they come to."""

    __slots__ = (
        "_checked",
        "_checks",
        "_fresh",
        "_leaning",
        "_total",
        "_touched",
        "active",
        "bitcoin",
        "exchange",
        "fall",
        "notes",
        "quote",
        "rise",
        "second",
    )

    def __init__(self, exchange: str, quote: str) -> None:
        self.exchange = exchange
        self.quote = quote
        self.second = -1
        """The one that is still open."""
        self.active = 0
        """Instruments that had a price lately."""
        self.bitcoin: Course | None = None
        self.rise, self.fall = Wave(1), Wave(-1)
        self.notes: dict[object, Any] = {}
        """What each rule keeps about this market, under its name: a rule that takes its place goes on from there."""
        self._touched: list[Course] = []
        """Those that had a price in the open second."""
        self._fresh = 0
        self._leaning = {1: 0, -1: 0, 0: 0}
        self._total = 0
        """Changes of the fresh ones together, in millionths."""
        self._checks: dict[int, list[Course]] = {}
        """Second → whom to look at then, because nothing may have come from them for a while."""
        self._checked = -1

    @property
    def level(self) -> bool:
        """Whether nobody leans any way."""
        return not (self._leaning[1] or self._leaning[-1])

    @property
    def moving(self) -> bool:
        """Whether most of what matters goes one way just now."""
        return self.rise.moving or self.fall.moving

    @property
    def stirring(self) -> bool:
        """Whether so many lean one way that the market may be about to move."""
        return self.moving or max(self.breadth(1).market_share, self.breadth(-1).market_share) >= CALM_SHARE

    def breadth(self, way: int) -> Breadth:
        """How it went until the last closed second, upwards (1) or downwards (-1)."""
        return Breadth(self._leaning[way], self.active, self._mean())

    def note(self, course: Course, second: int) -> bool:
        """An instrument is about to have its first price in this second; True when that closed the one before."""
        closes = second > self.second or second < self.second - LATE_S
        if closes:
            self._close(second)
        if course.second != self.second:  # else it came late
            course.second = self.second
            self._touched.append(course)
        return closes

    def expects(self, course: Course) -> float:
        """What the market explains of an instrument's last minute: by bitcoin, or by all, whichever went further."""
        mean = self._mean() if self.moving else 0.0
        if self.bitcoin is None or course is self.bitcoin:
            return mean
        return max(course.beta * self.bitcoin.change / PPM, mean, key=abs)

    def explains(self, change: float, began: int) -> bool:
        """Whether a coin's change that began then (venue time) is part of a wave, now or lately.

        A coin that hardly went anywhere is part of either: its news is that it is traded.
        """
        waves = (self.rise, self.fall) if abs(change) < LEANS else (self.rise,) if change > 0 else (self.fall,)
        return any(wave.explains(change, began) for wave in waves)

    def _close(self, upcoming: int) -> None:
        """The open second is over, and all until the one that comes."""
        closed, self.second = self.second, upcoming
        for course in self._touched:
            price = course.tape.price if course.tape is not None else course.price
            if course.begins <= closed < course.ends and course.floor < price < course.ceiling:
                course.closed = price
            else:
                self._measure(course, price, closed)
        if upcoming != self._checked + 1:
            self._check(upcoming - 1)
        if self.bitcoin is not None and abs(self.bitcoin.change) >= _LEARNS_FROM_PPM:
            for course in self._touched:
                if not closed < course.learns_at <= closed + LEARN_EVERY_S:
                    course.learn(self.bitcoin.change, closed)
        self._touched.clear()
        if self.moving or not self.level:
            self.rise.watch(self.breadth(1), upcoming * SECOND)
            self.fall.watch(self.breadth(-1), upcoming * SECOND)

    def _measure(self, course: Course, price: float, closed: int) -> None:
        self._set(course, course.close(price, closed))
        course.rest(watched=course is self.bitcoin)
        if not course.fresh:
            self._fresh += 1
            self.active += course.due < 0
            course.fresh = True
            self._check_at(course, closed + FRESH_S)

    def _check_at(self, course: Course, second: int) -> None:
        course.due = second
        self._checks.setdefault(second, []).append(course)

    def _check(self, now: int) -> None:
        """Minutes without a price are minutes without a change."""
        passed = now - self._checked
        jumped = not 0 <= passed <= ACTIVE_S
        for second in sorted(self._checks) if jumped else range(self._checked + 1, now + 1):
            for course in self._checks.pop(second, ()):
                if course.due == second:
                    self._look(course, now)
        self._checked = now

    def _look(self, course: Course, now: int) -> None:
        """Whether it is still fresh, or still active. A price of the future is none: the clock was set back."""
        silent = now - course.second
        if 0 <= silent < FRESH_S:
            self._check_at(course, course.second + FRESH_S)
            return
        if course.fresh:
            self._set(course, 0)
            course.fresh = False  # the step that its bounds belong to is over
            self._fresh -= 1
        if 0 <= silent < ACTIVE_S:
            self._check_at(course, course.second + ACTIVE_S)
        else:
            course.due = -1
            self.active -= 1

    def _set(self, course: Course, change: int) -> None:
        lean = 0 if abs(change) < LEANS_PPM else 1 if change > 0 else -1
        self._leaning[course.lean] -= 1
        self._leaning[lean] += 1
        self._total += change - course.change
        course.change, course.lean = change, lean

    def _mean(self) -> float:
        return self._total / self._fresh / PPM if self._fresh else 0.0
