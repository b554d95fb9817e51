"""Which letters are gathered: the first three openings on a venue go out at once, the rest of a burst in one message.

Counted for each receiver on its own, so that one that hears of little is not kept waiting by what it never hears of.
Pure: moments are handed in, nanoseconds UTC.
"""

from __future__ import annotations

from collections import deque

from msgspec import Struct

from scanner.model.alert import Alert
from scanner.model.moments import SECOND

AT_ONCE = 3
"""Openings on one venue that are told one by one: speed is the point of an alert."""
WINDOW_S = 10.0
"""From the fourth within this long on, they are told together, this long after the first."""
WINDOW = round(WINDOW_S * SECOND)
MOST_STORIES = 10_000
"""Stories whose opening is being gathered, over all receivers; beyond, the oldest may be overtaken by what follows."""

GATHERED_KINDS = ("opened", "closed")


class Slot(Struct, frozen=True):
    """When a letter is due, and with what it goes."""

    due: int
    group: str = ""
    """Letters of one group go as one message; empty where it goes alone."""


class _Venue:
    """One kind of news from one venue to one receiver."""

    __slots__ = ("latest", "slot")

    def __init__(self) -> None:
        self.latest: deque[int] = deque(maxlen=AT_ONCE)
        self.slot = Slot(0)


class Bursts:
    """Remembers what each receiver was told lately; bounded by venues, receivers and one window of stories."""

    def __init__(self) -> None:
        self._venues: dict[tuple[str, str, str], _Venue] = {}
        self._held: dict[tuple[str, str], int] = {}
        """(receiver, story) → when its gathered telling is due; oldest first."""

    def slot(self, receiver: str, alert: Alert, now: int) -> Slot:
        """Where this alert goes. What follows in a story never comes before what was gathered of it."""
        self._forget(now)
        held = max(now, self._held.get((receiver, alert.id), now))
        if alert.kind not in GATHERED_KINDS:
            return Slot(held)
        slot = self._gather(receiver, alert, now)
        if not slot.group or slot.due < held:
            return Slot(held)
        self._held[receiver, alert.id] = slot.due
        return slot

    def _gather(self, receiver: str, alert: Alert, now: int) -> Slot:
        venue = self._venues.setdefault((receiver, alert.exchange, alert.kind), _Venue())
        before = [at for at in venue.latest if now - at < WINDOW]
        venue.latest.append(now)
        if alert.severity == "critical" or len(before) < AT_ONCE:
            return Slot(now)
        if venue.slot.due <= now:
            venue.slot = Slot(before[0] + WINDOW, f"{alert.kind}:{alert.exchange}:{before[0]}")
        return venue.slot

    def _forget(self, now: int) -> None:
        while self._held:
            oldest = next(iter(self._held))
            if self._held[oldest] > now and len(self._held) < MOST_STORIES:
                return
            del self._held[oldest]
