"""Whether clocks agree: nothing can reach us before it happened, so where it seems to, a clock is wrong.

Of each venue the smallest delay (`seen` minus `at`) of a minute is kept, for the quickest event says most about clocks
and least about queues. A delay below nought is proof. A long one may only be a slow road, or a venue on which little
happens; when every venue is as late, it is our own clock that is ahead.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from scanner.alerts.conditions import CLOCK_SKEW, Condition
from scanner.model.market import BookTop, Event, OrderBook, Ticker, Trade
from scanner.model.moments import SECOND

WINDOW_NS = 60 * SECOND
"""How long the quickest event is looked for."""
HOLD_S = 90.0
"""Longer than a window: two in a row have to say the same, as a clock that is just being set says something once."""
HISTORY_NS = 86_400 * SECOND
"""What is older was recorded and is played back: clocks are wrong by seconds, or by the hours of a time zone."""
ENOUGH = 2
"""Venues that have to agree before our own clock is blamed."""
OURS = "our own clock"

_TIMED = frozenset({Trade, Ticker, OrderBook, BookTop})
"""Events whose `at` is the moment they happened: a candle's is when it began, a gap's is older than the gap."""


class _Venue(Struct):
    """The quickest event of one venue."""

    window: int
    """The number of the minute that is being measured."""
    smallest: int
    """In it so far, nanoseconds."""
    measured: int | None = None
    """In the last whole minute."""
    until: int = 0
    """When that was over, our own clock."""
    since: int | None = None
    """Since when it is beyond the tolerance, our own clock."""


class Skew:
    """Sees an event of every batch, and says once a second what is wrong."""

    def __init__(self, tolerance_s: float) -> None:
        """Clocks that differ by less are right; with 0 none is ever wrong."""
        self._tolerance = round(tolerance_s * SECOND)
        self._venues: dict[str, _Venue] = {}
        """As many as are watched."""
        self._since: int | None = None
        """Since when our own clock looks wrong."""

    def see(self, event: Event) -> None:
        """Look at one event; those that were asked for after a hole, or tell no moment, are passed over."""
        if type(event) not in _TIMED or (type(event) is Trade and event.backfilled) or not event.at:
            return
        delay, window = event.seen - event.at, event.seen // WINDOW_NS
        if delay > HISTORY_NS:
            return
        venue = self._venues.get(event.exchange)
        if venue is None:
            self._venues[event.exchange] = _Venue(window, delay)
        elif venue.window == window:
            venue.smallest = min(venue.smallest, delay)
        else:
            venue.measured, venue.until = venue.smallest, event.seen
            venue.window, venue.smallest = window, delay

    def delays(self, now: int) -> dict[str, float]:
        """Venue → the smallest delay of its last whole minute, in seconds; only of those that were heard lately."""
        return {name: delay / SECOND for name, delay in self._lately(now).items()}

    def conditions(self, now: int) -> list[Condition]:
        """Which clocks are wrong at this moment, nanoseconds UTC: ours, or one venue's or another's."""
        delays = self._lately(now)
        wrong = self._ours(delays)
        self._since = None if wrong is None else (self._since or now)
        for name, venue in self._venues.items():
            ahead = wrong is None and self._is_ahead(delays.get(name, 0))
            venue.since = (venue.since or now) if ahead else None
        if wrong is not None and self._since is not None:
            return [_our_own(wrong, len(delays), self._since)]
        venues = self._venues.items()
        return [_theirs(name, delays[name], venue.since) for name, venue in venues if venue.since is not None]

    def _lately(self, now: int) -> dict[str, int]:
        return {
            name: venue.measured
            for name, venue in self._venues.items()
            if venue.measured is not None and abs(now - venue.until) <= 2 * WINDOW_NS
        }

    def _is_ahead(self, delay: int) -> bool:
        return bool(self._tolerance) and delay < -self._tolerance

    def _ours(self, delays: Mapping[str, int]) -> int | None:
        """By how much our own clock is ahead at least, negative where it is behind; None when it seems right."""
        if len(delays) < ENOUGH or not self._tolerance:
            return None
        if max(delays.values()) < -self._tolerance:
            return max(delays.values())
        return smallest if (smallest := min(delays.values())) > self._tolerance else None


def _our_own(ahead: int, venues: int, since: int) -> Condition:
    off = abs(ahead) / SECOND
    side = "ahead of" if ahead > 0 else "behind"
    return Condition(
        rule=CLOCK_SKEW,
        subject=OURS,
        severity="high",
        headline=f"our clock is {off:.1f} s {side} those of all {venues} venues: is this machine's time synchronised?",
        over="our clock agrees with the venues' again",
        facts={"offset_s": round(ahead / SECOND, 3), "venues": venues},
        since=since,
        hold_s=HOLD_S,
    )


def _theirs(exchange: str, delay: int, since: int) -> Condition:
    return Condition(
        rule=CLOCK_SKEW,
        subject=exchange,
        severity="warning",
        headline=f"{exchange} tells of what is {-delay / SECOND:.1f} s in the future: its clock or ours is wrong",
        over=f"the clocks of {exchange} and ours agree again",
        facts={"offset_s": round(delay / SECOND, 3)},
        since=since,
        hold_s=HOLD_S,
        exchange=exchange,
    )
