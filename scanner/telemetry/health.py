"""Whether the scanner is well: told what happens, it says since when we live, and which wanted venues are fresh.

A venue is as fresh as the quietest of its workers. No connection of theirs may be down for long, and not many of their
instruments may be stale: half blind is not ready. Pure: every time is handed in, as integer nanoseconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from scanner.model.moments import SECOND, rfc3339
from scanner.model.pulse import STALE_NAMED, Pulse
from scanner.telemetry.shards import Down, Shard, Stale

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
    stale: Stale = Stale()
    """Streams that were found to have missed something; of more than 10 % of a worker's instruments: not fresh."""


class StateHealth(Struct, frozen=True):
    """Whether what has to survive can be written, as `/readyz` tells it."""

    writable: bool
    since: str
    """When it became what it is now, RFC 3339."""
    why: str
    """Why not, in a sentence; empty when it is."""


class Report(Struct, frozen=True):
    """The whole answer, ready for JSON."""

    ready: bool
    venues: dict[str, VenueHealth]
    state: StateHealth


class Startup(Struct, frozen=True):
    """Whether the start is over, ready for JSON."""

    started: bool
    waiting: dict[str, str]
    """Venue → what is still waited for, in a sentence."""


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
        self._has_started = False
        self._state = StateHealth(writable=True, since=rfc3339(started), why="")
        self.fresh: dict[str, float] = {}
        """Venue → 1 when it was fresh as `ready` last looked, else 0. Replaced whole, so any thread may read it."""
        numbers = wanted if isinstance(wanted, Mapping) else dict.fromkeys(wanted, 1)
        self._venues = {
            exchange: [Shard(started, self._fresh_within) for _ in range(shards)]
            for exchange, shards in numbers.items()
        }

    def tick(self, now: int) -> None:
        """The main loop turns."""
        self._ticked = now

    def state(self, since: int, why: str) -> None:
        """What has to survive can be written since then, or, where `why` says something, cannot."""
        self._state = StateHealth(not why, rfc3339(since), why)

    def data(self, exchange: str, seen: int, shard: int = 0) -> None:
        """Data of a venue was seen at `seen`, by this worker of its."""
        found = self._find(exchange, shard)
        if found is not None:
            found.data(seen)

    def pulse(self, exchange: str, shard: int, pulse: Pulse) -> None:
        """A worker's sign of life, with its connections and what it complains of."""
        found = self._find(exchange, shard)
        if found is not None:
            found.hear(pulse)

    def unwanted(self, exchange: str, shard: int) -> None:
        """This worker has nothing to watch, so its silence means nothing. Its connections, if it has any, do."""
        found = self._find(exchange, shard)
        if found is not None:
            found.wanted = found.is_streaming = False

    def watching(self, exchange: str, shard: int) -> None:
        """This worker watches instruments, so its silence would mean much."""
        found = self._find(exchange, shard)
        if found is not None:
            found.wanted = found.is_streaming = True

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
            found.end(Down(sentence, now, quarantined))

    def ready(self, now: int) -> Report:
        """Ready means that every wanted venue is fresh, that there is one, and that state can be written."""
        wanted = {exchange: _watching(shards) for exchange, shards in self._venues.items()}
        venues = {
            exchange: _judge(shards, now) if shards else _unminded(self._started) for exchange, shards in wanted.items()
        }
        judged = [venues[exchange].fresh for exchange, shards in wanted.items() if shards]
        self.fresh = {exchange: float(venues[exchange].fresh) for exchange, shards in wanted.items() if shards}
        return Report(bool(judged) and all(judged) and self._state.writable, venues, self._state)

    def startup(self, now: int) -> Startup:
        """The start is over when every wanted venue has had data once or has failed for good, and stays over."""
        waiting = {
            exchange: name + (shard.trouble(now) or shard.silence(now))
            for exchange, shards in self._venues.items()
            for name, shard in _watching(shards).items()
            if not shard.last_data and not shard.is_quarantined
        }
        self._has_started = self._has_started or not waiting
        return Startup(self._has_started, {} if self._has_started else waiting)

    def quarantined(self) -> dict[str, int]:
        """Venue → how many of its workers rest because they fell too often; from any thread."""
        return {exchange: sum(shard.is_quarantined for shard in shards) for exchange, shards in self._venues.items()}

    def live(self, now: int) -> Life:
        """That the main loop turns, for whoever gets this answer at all, and when it last ticked."""
        return Life(alive=True, age_s=_age_s(now, self._ticked))

    def _find(self, exchange: str, shard: int) -> Shard | None:
        shards = self._venues.get(exchange, [])
        return shards[shard] if shard < len(shards) else None


def _watching(shards: list[Shard]) -> dict[str, Shard]:
    """Those that watch something, by what to call them in a sentence."""
    many = len(shards) > 1
    return {f"shard {number}: " if many else "": shard for number, shard in enumerate(shards) if shard.wanted}


def _unminded(started: int) -> VenueHealth:
    """A venue where nothing is watched: not fresh, but nobody minds."""
    return VenueHealth(fresh=False, since=rfc3339(started), age_s=None, why=NOTHING_HERE, problem="")


def _judge(shards: Mapping[str, Shard], now: int) -> VenueHealth:
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
        stale=_together([shard.stale for shard in shards.values()]),
    )


def _together(stale: list[Stale]) -> Stale:
    names = tuple(name for each in stale for name in each.first)
    return Stale(sum(each.streams for each in stale), names[:STALE_NAMED])


def _age_s(now: int, then: int) -> float:
    return max(0.0, round((now - then) / SECOND, 3))
