"""How often one story is told, and for how long it goes on: what a signal is worth in a story that was told."""

from __future__ import annotations

from scanner.alerts.reasons import Reason
from scanner.alerts.stages import PEAK
from scanner.alerts.story import Story
from scanner.detectors.base import Signal
from scanner.model.moments import SECOND

SETTLES_NS = 5 * SECOND
"""A price that falls back so soon after a rise was told is the flicker of a thin book: most such rises go on."""


class Pace:
    """Spans between two moments of our own clock. It may be set back: what jumped must not silence anybody."""

    def __init__(self, cooldown_s: float, together_s: float, repeat_s: float) -> None:
        self.cooldown_s, self.repeat_s = cooldown_s, repeat_s
        self._cooldown, self._together, self._repeat = (
            round(span * SECOND) for span in (cooldown_s, together_s, repeat_s)
        )

    def reason(self, story: Story, signal: Signal, seen: int) -> Reason:
        """What is to be done with a signal, before the story has heard it."""
        progress, since = story.progress, seen - story.told_seen
        if not progress.allows(signal):
            return Reason.OUTRANKED
        flickers = signal.stage == PEAK and 0 <= since < SETTLES_NS
        if progress.rises(signal) and not flickers:
            return Reason.ESCALATED if progress.is_due(signal) else Reason.KEPT
        goes_on = self._repeat and story.goes_on(signal, seen) and abs(since) >= self._repeat
        turns = progress.turns(signal) and not story.knows(signal, seen) and abs(since) >= self._cooldown
        if goes_on or turns:
            return Reason.REPEATED
        return Reason.COOLING if signal.exchange in story.showings else Reason.JOINED

    def is_another(self, signal: Signal, story: Story, seen: int) -> bool:
        """Whether this begins another story: the one that was told has cooled, and this venue comes too late for it."""
        joins = signal.exchange not in story.showings and abs(seen - story.opened_seen) < self._together
        return self._has_cooled(story, seen) and not joins

    def is_over(self, story: Story, now: int) -> bool:
        """Whether it has cooled, and nobody can join it any more."""
        return self._has_cooled(story, now) and abs(now - story.opened_seen) >= self._together

    def _has_cooled(self, story: Story, now: int) -> bool:
        return abs(now - story.heard_seen) >= self._cooldown
