"""What may become of a signal, and the sentence in which that is explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from msgspec import Struct

from scanner.alerts.spans import span
from scanner.alerts.stages import ESCALATIONS
from scanner.alerts.story import Story
from scanner.detectors.base import Signal
from scanner.model.moments import SECOND


class Reason(Enum):
    """What became of a signal. Each one is counted once, when that is settled."""

    FIRST = "first"
    """It opened a story: an alert."""
    ESCALATED = "escalated"
    """The story's stage or severity rose: another alert of the same id."""
    REPEATED = "repeated"
    """The story still goes on, or turns again, and was not told of for long: another alert of the same id."""
    WATCHED = "watched"
    """An early sign: kept and shown, no alert."""
    JOINED = "joined"
    """Part of a story that says as much already: from another venue, or while that story was held."""
    COOLING = "cooling"
    """The same was told, and not long ago."""
    KEPT = "kept"
    """More of a story that has escalated often enough: its closing will tell."""
    WAKE = "wake"
    """It tells of a move whose story is over, and that went no further since."""
    OUTRANKED = "outranked"
    """A story about this coin says more, or none has said what this one would go on from."""
    MARKET = "market"
    """The coin only went along with its whole market."""


TOLD = frozenset({Reason.FIRST, Reason.ESCALATED, Reason.REPEATED})
"""Those that somebody hears of."""


class Case(Struct, frozen=True):
    """What a sentence is made of."""

    signal: Signal
    seen: int
    """When it reached us, or, of a held story, when that was settled: nanoseconds UTC."""
    story: Story | None
    """The one that it was held against, or became."""
    told_before: int
    """When that one was last told before this; 0 where it was not."""
    cooldown_s: float
    repeat_s: float

    @property
    def told_ago(self) -> str:
        """Since the story was last told."""
        return span(abs(self.seen - self.told_before) / SECOND) if self.told_before else "no time"


def sentence(reason: Reason, case: Case) -> str:
    """`+4.2 % in 60 s, a pump of severity warning; the same was told 31 s ago, cooldown 5 min`."""
    signal = case.signal
    said = f"{signal.change * 100:+.1f} % in {span(signal.window_s)}, a {signal.stage} of severity {signal.severity}"
    return f"{said}; {_WHY[reason](case)}"


def _standing(case: Case) -> str:
    story = case.story
    return f"its story stands at {story.progress.stage}" if story is not None and story.id else "nothing was told of it"


def _joined(case: Case) -> str:
    story = case.story
    venues = ", ".join(story.exchanges) if story is not None else ""
    told = f"told {case.told_ago} ago" if case.told_before else "not told yet"
    return f"the same story, {told}, on {venues}"


_WHY: Mapping[Reason, Callable[[Case], str]] = {
    Reason.FIRST: lambda case: f"nothing was told of this coin within {span(case.cooldown_s)}",
    Reason.ESCALATED: lambda case: f"more than what was told {case.told_ago} ago",
    Reason.REPEATED: lambda case: f"it goes on, last told {case.told_ago} ago, repeat {span(case.repeat_s)}",
    Reason.WATCHED: lambda _: "an early sign is watched and not told",
    Reason.JOINED: _joined,
    Reason.COOLING: lambda case: (
        f"the same was told {case.told_ago} ago, cooldown {span(case.cooldown_s)}, repeat {span(case.repeat_s)}"
    ),
    Reason.KEPT: lambda _: f"the story has escalated {ESCALATIONS} times, its closing will tell",
    Reason.WAKE: lambda _: "the story of this move is over, and it went no further since",
    Reason.OUTRANKED: lambda case: f"says less than what is known: {_standing(case)}",
    Reason.MARKET: lambda _: "the coin only goes along with its whole market",
}
