"""What is remembered about one worker of a venue, and what about it keeps that venue from being fresh.

Pure: every time is handed in, as integer nanoseconds UTC.
"""

from __future__ import annotations

from msgspec import Struct

from scanner.model.moments import SECOND
from scanner.model.pulse import Link, Pulse

STALE_SHARE = 0.10
"""More of its instruments than this stale, and a worker is not fresh, however lively the others are."""


class Down(Struct, frozen=True):
    """Its process is gone."""

    why: str
    since: int
    quarantined: bool


class Lost(Struct, frozen=True):
    """A connection that is not live."""

    since: int
    """When it last stopped being live, whatever it tried meanwhile."""
    why: str


class Stale(Struct, frozen=True):
    """Streams that missed something and have not spoken since."""

    streams: int = 0
    first: tuple[str, ...] = ()
    """Some of them, as `trade BTC/KRW`."""


class Shard:
    """One worker, or the only one."""

    def __init__(self, started: int, fresh_within: int) -> None:
        self._fresh_within = fresh_within
        self._started = started
        self._links = 0
        self._lost: dict[str, Lost] = {}
        self._too_stale: Lost | None = None
        self.wanted = True
        self.is_streaming = True
        """It watches instruments, which are never silent for long. Who only asks now and then is known by its links."""
        self.last_data = 0
        self.fresh_since = 0
        self.problem = ""
        self.stale = Stale()
        self.down: Down | None = None

    def data(self, seen: int) -> None:
        """Data was seen."""
        if seen > self.last_data:
            if not self._is_recent(seen):
                self.fresh_since = seen
            self.last_data = seen

    def hear(self, pulse: Pulse) -> None:
        """It gave a sign of life."""
        self.problem = pulse.problem
        self.stale = Stale(pulse.streams_stale, pulse.stale)
        self._look_at(pulse.links)
        self._weigh(pulse)
        self.data(pulse.last_data)

    def end(self, down: Down) -> None:
        """Its process is gone, and with it the connections and the streams it spoke of."""
        self.down = down
        self.problem = ""
        self.stale = Stale()
        self._too_stale = None
        self._look_at(())

    def ill_since(self, now: int) -> int | None:
        """Since when it keeps its venue from being fresh; None when it does not."""
        if not self._is_recent(now):
            return self.last_data or self._started
        if self.down is not None and self.is_quarantined:
            return self.down.since
        too_stale = [] if self._too_stale is None else [self._too_stale]
        return min((lost.since for lost in (*self._lost_for_long(now), *too_stale)), default=None)

    def trouble(self, now: int) -> str:
        """The worst thing known: a worker that is gone, connections that are, stale streams, or what it says itself."""
        if self.down is not None:
            return self.down.why
        if lost := self._lost_for_long(now):
            return f"{len(lost)} of {self._links} connections: {lost[0].why}"
        return self._too_stale.why if self._too_stale is not None else self.problem

    def silence(self, now: int) -> str:
        """How long nothing came."""
        age = max(0, now - (self.last_data or self._started)) // SECOND
        return f"no data for {age} s" if self.last_data else f"no data yet, {age} s after the start"

    @property
    def is_quarantined(self) -> bool:
        """Its process is gone for good."""
        return self.down is not None and self.down.quarantined

    def _look_at(self, links: tuple[Link, ...]) -> None:
        """These are its connections now."""
        before, self._lost, self._links = self._lost, {}, len(links)
        self.wanted = self.wanted or bool(links)
        for link in links:
            lost = before.get(link.name)
            if link.state != "live":
                why = link.reason or (lost.why if lost is not None else f"{link.address}: {link.state}")
                self._lost[link.name] = Lost(lost.since if lost is not None else link.since, why)
            elif lost is not None and link.since - lost.since > self._fresh_within:
                self.fresh_since = max(self.fresh_since, link.since)

    def _weigh(self, pulse: Pulse) -> None:
        """Whether too many instruments are stale, and since when."""
        before, self._too_stale = self._too_stale, None
        if pulse.instruments_stale > STALE_SHARE * pulse.instruments_watched:
            more = ", …" if pulse.streams_stale > len(pulse.stale) else ""
            numbers = f"{pulse.instruments_stale} of {pulse.instruments_watched} instruments are stale"
            since = before.since if before is not None else pulse.at
            self._too_stale = Lost(since, f"{numbers}: {', '.join(pulse.stale)}{more}")
        elif before is not None:
            self.fresh_since = max(self.fresh_since, pulse.at)

    def _is_recent(self, now: int) -> bool:
        return bool(self.last_data) and (now - self.last_data <= self._fresh_within or not self.is_streaming)

    def _lost_for_long(self, now: int) -> list[Lost]:
        return [lost for lost in self._lost.values() if now - lost.since > self._fresh_within]
