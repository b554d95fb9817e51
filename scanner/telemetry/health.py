"""Whether the scanner is well: told what happens, it says if we live, and which wanted venues are fresh.

Pure: every time is handed in, as integer nanoseconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from scanner.model.moments import SECOND, rfc3339
from scanner.model.pulse import Pulse

STUCK_AFTER_S = 10.0
"""The main loop ticks once a second; after this long without a tick it hangs."""


class VenueHealth(Struct, frozen=True):
    """One venue, as `/readyz` tells it."""

    fresh: bool
    since: str
    """When it became what it is now, RFC 3339."""
    age_s: float | None
    """Since its last data; None when there never was any."""
    why: str
    """Why it is not fresh, in a sentence; empty when it is."""
    problem: str
    """What its worker complains of, which need not keep it from being fresh."""


class Report(Struct, frozen=True):
    """The whole answer, ready for JSON."""

    ready: bool
    venues: dict[str, VenueHealth]


class Life(Struct, frozen=True):
    """Whether the main loop turns."""

    alive: bool
    age_s: float
    """Since its last tick."""


class Health:
    """Fed synchronously by the main loop; answers are computed when somebody asks."""

    def __init__(self, wanted: Iterable[str], fresh_within_s: float, started: int) -> None:
        self._fresh_within = round(fresh_within_s * SECOND)
        self._ticked = started
        self._venues = {exchange: _Venue(started) for exchange in wanted}

    def tick(self, now: int) -> None:
        """The main loop turns."""
        self._ticked = now

    def data(self, exchange: str, seen: int) -> None:
        """Data of a venue was seen at `seen`."""
        venue = self._venues.get(exchange)
        if venue is not None and seen > venue.last_data:
            if seen - venue.last_data > self._fresh_within:
                venue.fresh_since = seen
            venue.last_data = seen

    def pulse(self, exchange: str, shard: int, pulse: Pulse) -> None:
        """A worker's sign of life, with what it complains of."""
        if exchange in self._venues:
            self._venues[exchange].problems[shard] = pulse.problem
            self.data(exchange, pulse.last_data)

    def worker_started(self, exchange: str, shard: int) -> None:
        """A worker process runs again, or for the first time."""
        if exchange in self._venues:
            self._venues[exchange].downs.pop(shard, None)

    def worker_ended(self, exchange: str, shard: int, why: str, now: int, *, quarantined: bool = False) -> None:
        """A worker process is gone. Quarantined, its venue is not ready, however fresh it still looks."""
        venue = self._venues.get(exchange)
        if venue is not None:
            sentence = f"worker quarantined ({why})" if quarantined else f"worker is being restarted ({why})"
            venue.downs[shard] = _Down(sentence, now, quarantined)
            venue.problems.pop(shard, None)

    def ready(self, now: int) -> Report:
        """Ready means that every wanted venue is fresh."""
        venues = {exchange: self._judge(venue, now) for exchange, venue in self._venues.items()}
        return Report(all(venue.fresh for venue in venues.values()), venues)

    def live(self, now: int) -> Life:
        """Whether the main loop turned lately."""
        age = max(0.0, round((now - self._ticked) / SECOND, 3))
        return Life(age < STUCK_AFTER_S, age)

    def _judge(self, venue: _Venue, now: int) -> VenueHealth:
        lost = next((down for down in venue.downs.values() if down.quarantined), None)
        recent = bool(venue.last_data) and now - venue.last_data <= self._fresh_within
        fresh = recent and lost is None
        since = venue.fresh_since if fresh else lost.since if lost is not None and recent else venue.silent_since
        return VenueHealth(
            fresh=fresh,
            since=rfc3339(since),
            age_s=max(0.0, round((now - venue.last_data) / SECOND, 3)) if venue.last_data else None,
            why="" if fresh else venue.trouble or venue.silence(now),
            problem=venue.trouble,
        )


class _Down(Struct, frozen=True):
    why: str
    since: int
    quarantined: bool


class _Venue:
    """What is remembered about one venue."""

    def __init__(self, started: int) -> None:
        self.started = started
        self.last_data = 0
        self.fresh_since = 0
        self.problems: dict[int, str] = {}
        self.downs: dict[int, _Down] = {}

    @property
    def silent_since(self) -> int:
        """When data stopped, or when the wait for it began."""
        return self.last_data or self.started

    @property
    def trouble(self) -> str:
        """The worst thing known: a lost worker, one that is coming back, or what a running one says."""
        downs = sorted(self.downs.values(), key=lambda down: not down.quarantined)
        return next((why for why in (*(down.why for down in downs), *self.problems.values()) if why), "")

    def silence(self, now: int) -> str:
        """How long nothing came."""
        age = max(0, now - self.silent_since) // SECOND
        return f"no data for {age} s" if self.last_data else f"no data yet, {age} s after the start"
