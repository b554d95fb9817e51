"""Whether the scanner is well: told what happens, it says since when we live, and which wanted venues are fresh.

A venue is as fresh as the quietest of its workers, and no connection of theirs may be down for long: half blind is not
ready. Pure: every time is handed in, as integer nanoseconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from scanner.model.moments import SECOND, rfc3339
from scanner.model.pulse import Link, Pulse

NOTHING_HERE = "it lists nothing of what was asked for"


class VenueHealth(Struct, frozen=True):
    """One venue, as `/readyz` tells it."""

    fresh: bool
    since: str
    """When it became what it is now, RFC 3339."""
    age_s: float | None
    """Since the last data of its quietest worker; None while one has had none."""
    why: str
    """Why it is not fresh, in a sentence; empty when it is."""
    problem: str
    """What its workers complain of, which need not keep it from being fresh."""


class Report(Struct, frozen=True):
    """The whole answer, ready for JSON."""

    ready: bool
    venues: dict[str, VenueHealth]


class Life(Struct, frozen=True):
    """A sign of life of the main loop, which gives it itself: a loop that hangs is known by giving none."""

    alive: Literal[True]
    age_s: float
    """Since its last tick."""


class Health:
    """Fed synchronously by the main loop; answers are computed when somebody asks."""

    def __init__(self, wanted: Mapping[str, int] | Iterable[str], fresh_within_s: float, started: int) -> None:
        """`wanted` says how many shards each venue has; venues without a number have one."""
        self._fresh_within = round(fresh_within_s * SECOND)
        self._started = self._ticked = started
        numbers = wanted if isinstance(wanted, Mapping) else dict.fromkeys(wanted, 1)
        self._venues = {
            exchange: [_Shard(started, self._fresh_within) for _ in range(shards)]
            for exchange, shards in numbers.items()
        }

    def tick(self, now: int) -> None:
        """The main loop turns."""
        self._ticked = now

    def data(self, exchange: str, seen: int, shard: int = 0) -> None:
        """Data of a venue was seen at `seen`, by this worker of its."""
        found = self._find(exchange, shard)
        if found is not None:
            found.data(seen)

    def pulse(self, exchange: str, shard: int, pulse: Pulse) -> None:
        """A worker's sign of life, with its connections and what it complains of."""
        found = self._find(exchange, shard)
        if found is not None:
            found.problem = pulse.problem
            found.look_at(pulse.links)
            found.data(pulse.last_data)

    def unwanted(self, exchange: str, shard: int) -> None:
        """This worker has nothing to watch, so its silence means nothing, until it has connections after all."""
        found = self._find(exchange, shard)
        if found is not None:
            found.wanted = False

    def worker_started(self, exchange: str, shard: int) -> None:
        """A worker process runs again, or for the first time."""
        found = self._find(exchange, shard)
        if found is not None:
            found.down = None

    def worker_ended(self, exchange: str, shard: int, why: str, now: int, *, quarantined: bool = False) -> None:
        """A worker process is gone. Quarantined, its venue is not ready, however fresh it still looks."""
        found = self._find(exchange, shard)
        if found is not None:
            sentence = f"worker quarantined ({why})" if quarantined else f"worker is being restarted ({why})"
            found.down = _Down(sentence, now, quarantined)
            found.problem = ""
            found.look_at(())

    def ready(self, now: int) -> Report:
        """Ready means that every wanted venue is fresh, and that there is one."""
        wanted = {exchange: _watching(shards) for exchange, shards in self._venues.items()}
        venues = {
            exchange: _judge(shards, now) if shards else _unminded(self._started) for exchange, shards in wanted.items()
        }
        judged = [venues[exchange].fresh for exchange, shards in wanted.items() if shards]
        return Report(bool(judged) and all(judged), venues)

    def live(self, now: int) -> Life:
        """That the main loop turns, for whoever gets this answer at all, and when it last ticked."""
        return Life(alive=True, age_s=_age_s(now, self._ticked))

    def _find(self, exchange: str, shard: int) -> _Shard | None:
        shards = self._venues.get(exchange, [])
        return shards[shard] if shard < len(shards) else None


class _Down(Struct, frozen=True):
    why: str
    since: int
    quarantined: bool


class _Lost(Struct, frozen=True):
    """A connection that is not live."""

    since: int
    """When it last stopped being live, whatever it tried meanwhile."""
    why: str


class _Shard:
    """What is remembered about one worker of a venue."""

    def __init__(self, started: int, fresh_within: int) -> None:
        self._fresh_within = fresh_within
        self._started = started
        self._links = 0
        self._lost: dict[str, _Lost] = {}
        self.wanted = True
        self.last_data = 0
        self.fresh_since = 0
        self.problem = ""
        self.down: _Down | None = None

    def data(self, seen: int) -> None:
        """Data was seen."""
        if seen > self.last_data:
            if seen - self.last_data > self._fresh_within:
                self.fresh_since = seen
            self.last_data = seen

    def look_at(self, links: tuple[Link, ...]) -> None:
        """These are its connections now."""
        before, self._lost, self._links = self._lost, {}, len(links)
        self.wanted = self.wanted or bool(links)
        for link in links:
            lost = before.get(link.name)
            if link.state != "live":
                why = link.reason or (lost.why if lost is not None else f"{link.address}: {link.state}")
                self._lost[link.name] = _Lost(lost.since if lost is not None else link.since, why)
            elif lost is not None and link.since - lost.since > self._fresh_within:
                self.fresh_since = max(self.fresh_since, link.since)

    def ill_since(self, now: int) -> int | None:
        """Since when it keeps its venue from being fresh; None when it does not."""
        if not self._is_recent(now):
            return self.last_data or self._started
        if self.down is not None and self.is_quarantined:
            return self.down.since
        return min((lost.since for lost in self._lost_for_long(now)), default=None)

    def trouble(self, now: int) -> str:
        """The worst thing known: a worker that is gone, connections that are, or what a running one says."""
        if self.down is not None:
            return self.down.why
        lost = self._lost_for_long(now)
        return f"{len(lost)} of {self._links} connections: {lost[0].why}" if lost else self.problem

    def silence(self, now: int) -> str:
        """How long nothing came."""
        age = max(0, now - (self.last_data or self._started)) // SECOND
        return f"no data for {age} s" if self.last_data else f"no data yet, {age} s after the start"

    def _is_recent(self, now: int) -> bool:
        return bool(self.last_data) and now - self.last_data <= self._fresh_within

    def _lost_for_long(self, now: int) -> list[_Lost]:
        return [lost for lost in self._lost.values() if now - lost.since > self._fresh_within]

    @property
    def is_quarantined(self) -> bool:
        """Its process is gone for good."""
        return self.down is not None and self.down.quarantined


def _watching(shards: list[_Shard]) -> dict[str, _Shard]:
    """Those that watch something, by what to call them in a sentence."""
    many = len(shards) > 1
    return {f"shard {number}: " if many else "": shard for number, shard in enumerate(shards) if shard.wanted}


def _unminded(started: int) -> VenueHealth:
    """A venue where nothing is watched: not fresh, but nobody minds."""
    return VenueHealth(fresh=False, since=rfc3339(started), age_s=None, why=NOTHING_HERE, problem="")


def _judge(shards: Mapping[str, _Shard], now: int) -> VenueHealth:
    """A venue by those of its workers that watch something; names are empty where there is but one."""
    worst_first = sorted(shards.items(), key=lambda named: not named[1].is_quarantined)
    troubles = [name + trouble for name, shard in worst_first if (trouble := shard.trouble(now))]
    ill = {name: since for name, shard in worst_first if (since := shard.ill_since(now)) is not None}
    whys = [name + (shards[name].trouble(now) or shards[name].silence(now)) for name in ill]
    oldest = min(shard.last_data for shard in shards.values())
    return VenueHealth(
        fresh=not ill,
        since=rfc3339(min(ill.values()) if ill else max(shard.fresh_since for shard in shards.values())),
        age_s=_age_s(now, oldest) if oldest else None,
        why=next(iter(whys), ""),
        problem=next(iter(troubles), ""),
    )


def _age_s(now: int, then: int) -> float:
    return max(0.0, round((now - then) / SECOND, 3))
