"""Which streams have been silent for longer than they ever are, learnt from each one's own past.

Pure; times are seconds of one clock that nobody sets. Trades come in bursts, so means say little: a coin may trade
fifty times in a second and then rest for minutes, and a mean of its gaps would call every rest a fault. What is
remembered is the longest gap of the last quarter to half an hour, forgotten by time and not by count, so that no burst
can wash it out. For gaps without memory a silence of twice the longest of n gaps comes once in about n² gaps; that is
seldom enough, since suspicion is only a reason to ask by REST, never to act.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from operator import attrgetter

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Subscription
from scanner.model.moments import SECOND

LONGEST_TIMES = 2.0
"""A silence of so many times the longest gap of its own is suspicious …"""
FLOOR_S = 10.0
"""… but none that is shorter than this: the busiest coin pauses, and so does a venue."""
WINDOW_S = 900.0
"""A gap counts until the end of the window after its own."""
LEARNING_S = 120.0
"""Heard over less than this, a stream's own gaps do not yet speak for it; `NOVICE_S` is allowed."""
NOVICE_S = 60.0
FIRST_MESSAGE_S = 30.0
"""Nothing at all since its connection went live: many venues begin with a snapshot."""
CEILING_S = 1800.0
"""However quiet it is wont to be, and however often it was found well, a silent stream is asked about this often."""
RENEWED_S = 60.0
"""A stream that was found stale is not suspected again before, and each time for twice as long: should its venue fail
to carry it, its connection is not renewed for ever."""


class Suspect(Struct, frozen=True):
    """A stream that ought to have said something."""

    subscription: Subscription
    silent_s: float
    expected_s: float
    """What would have been ordinary."""

    @property
    def overdue(self) -> float:
        """How many times the ordinary: above 1."""
        return self.silent_s / self.expected_s


class Staleness:
    """What is known of every stream that was heard or is watched."""

    def __init__(self) -> None:
        self._streams: dict[Subscription, _Stream] = {}
        self._turn_at = -inf

    def heard(self, key: Subscription, now: float, at: int) -> None:
        """Data came, of this venue time (nanoseconds UTC)."""
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream()
        if now - stream.heard > stream.longest:
            stream.learn(now)
        stream.heard = now
        stream.at = at
        if stream.stale:
            stream.stale = False

    def watch(self, keys: Iterable[Subscription], now: float) -> None:
        """A connection carries these since `now`: from then on their silence counts."""
        for key in keys:
            stream = self._streams.setdefault(key, _Stream())
            stream.since = now if stream.since == inf else max(stream.since, now)

    def rest(self, keys: Iterable[Subscription]) -> None:
        """Nothing carries these just now, so their silence means nothing; what was learnt of them is kept."""
        for key in keys:
            if key in self._streams:
                self._streams[key].since = inf
                self._streams[key].stale = False

    def keep(self, instruments: frozenset[Instrument]) -> None:
        """Forget the streams of all others."""
        self.forget([key for key in self._streams if key.instrument not in instruments])

    def forget(self, keys: Iterable[Subscription]) -> None:
        """They are no longer wanted."""
        for key in keys:
            self._streams.pop(key, None)

    def suspects(self, now: float) -> list[Suspect]:
        """Streams that have been silent for too long, the most overdue first."""
        if now >= self._turn_at:
            self._turn(now)
        found = []
        for key, stream in self._streams.items():
            silent_s = now - max(stream.heard, stream.since)
            if silent_s > FLOOR_S and now >= stream.again and silent_s > (expected_s := stream.expected_s()):
                found.append(Suspect(key, silent_s, expected_s))
        return sorted(found, key=attrgetter("overdue"), reverse=True)

    def quietest(self, keys: Iterable[Subscription], now: float) -> Suspect | None:
        """Of these, the watched one whose silence says most, overdue or not."""
        watched = [(key, stream) for key in keys if (stream := self._streams.get(key)) and stream.since < inf]
        silences = (Suspect(key, now - max(stream.heard, stream.since), stream.expected_s()) for key, stream in watched)
        return max(silences, key=attrgetter("overdue"), default=None)

    def cleared(self, key: Subscription, now: float) -> None:
        """It is quiet because its market is: the next suspicion comes when the silence has doubled, or `CEILING_S`."""
        stream = self._streams.get(key)
        if stream is not None:
            stream.again = now + min(CEILING_S, max(FLOOR_S, now - max(stream.heard, stream.since)))

    def confirmed(self, key: Subscription, now: float) -> None:
        """It missed something; it stays stale until it is heard again."""
        stream = self._streams.get(key)
        if stream is not None:
            stream.stale = True
            stream.times = 0 if now - stream.confirmed_at > 2 * CEILING_S else stream.times + 1
            stream.confirmed_at = now
            stream.again = now + min(CEILING_S, RENEWED_S * 2.0 ** min(stream.times, 30))

    def stale(self) -> list[Subscription]:
        """Found stale and not heard since, in order."""
        return sorted(key for key, stream in self._streams.items() if stream.stale)

    def unheard(self, keys: Iterable[Subscription], since: float) -> list[Subscription]:
        """Which of these have brought nothing since this moment, in order."""
        return sorted(key for key in keys if key not in self._streams or self._streams[key].heard < since)

    def last_heard(self, keys: Iterable[Subscription]) -> float:
        """When any of these was heard last; -inf when none ever was."""
        return max((stream.heard for key in keys if (stream := self._streams.get(key))), default=-inf)

    def latest(self, keys: Iterable[Subscription]) -> int:
        """The latest venue time (nanoseconds UTC) that any of these told of; 0 when none ever did."""
        return max((stream.at for key in keys if (stream := self._streams.get(key))), default=0)

    def venue_time(self, when: float) -> int | None:
        """What the venue's clock (nanoseconds UTC) showed at this moment of ours, or later; None before any data.

        By the freshest event there is: nothing is heard before it happens, and our own clock may be wrong. Trades
        are asked first, for it is trades that are held against it.
        """
        heard = [(key, stream) for key, stream in self._streams.items() if stream.heard > -inf]
        trades = [stream for key, stream in heard if key.channel == "trade"]
        ahead = (stream.at - round(stream.heard * SECOND) for stream in trades or [stream for _, stream in heard])
        offset = max(ahead, default=None)
        return None if offset is None else offset + round(when * SECOND)

    def _turn(self, now: float) -> None:
        self._turn_at = now + WINDOW_S
        for stream in self._streams.values():
            stream.before, stream.longest = stream.longest, 0.0


class _Stream:
    """One stream's past."""

    __slots__ = ("again", "at", "before", "confirmed_at", "first", "heard", "longest", "since", "stale", "times")

    def __init__(self) -> None:
        self.since = inf
        """From when its silence counts; never while nothing carries it."""
        self.first = -inf
        self.heard = -inf
        self.at = 0
        self.longest = 0.0
        """Gap of this window."""
        self.before = 0.0
        """Longest gap of the window before."""
        self.again = -inf
        """Not suspected before this."""
        self.stale = False
        self.confirmed_at = -inf
        self.times = 0

    def learn(self, now: float) -> None:
        """It is heard after a silence longer than those before."""
        if self.heard == -inf:
            self.first = now
        elif self.heard >= self.since:  # a hole of ours is no habit of its
            self.longest = now - self.heard

    def expected_s(self) -> float:
        """The longest silence that is ordinary."""
        own = LONGEST_TIMES * max(self.longest, self.before)
        if self.heard < self.since:
            least = FIRST_MESSAGE_S
        else:
            least = FLOOR_S if self.heard - self.first >= LEARNING_S else NOVICE_S
        return min(CEILING_S, max(least, own))
