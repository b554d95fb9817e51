"""One poll's story: how it fared, how long to wait after a failure, and when its silence has become a hole."""

from __future__ import annotations

from typing import Any

import trio

from scanner.actors.backoff import Backoff, uniform
from scanner.exchanges.base import Poll, Settings
from scanner.exchanges.refusal import TurnedAway
from scanner.model.market import Channel, Event, Topic
from scanner.model.pulse import LinkState
from scanner.net.failure import Unreachable
from scanner.net.http import HttpFailed
from scanner.telemetry import log

REFUSED_S, LONGEST_S = 60.0, 600.0
"""After a refusal without a date the wait starts here and doubles up to there; a date is believed up to there."""
SOONEST_S = 1.0
"""A date that says now is understood as this."""
LATE_AFTER = 2.0
"""Paces without an answer: one that is late is no hole yet."""
SELDOM_S = 300.0
"""A poll that goes on failing is mentioned in the log no more often; its link says it all the while."""
BAD_REQUEST, KEY_REFUSED = 400, 401


class Asking:
    """What is remembered about one poll."""

    def __init__(self, poll: Poll, settings: Settings, logger: Any) -> None:
        self.poll = poll
        self.scope = trio.CancelScope()
        """Cancelled when it is not wanted any more."""
        self.state: LinkState = "connecting"
        self.last_seen = 0
        """When the last answer came, nanoseconds UTC; 0 before the first."""
        self.kinds: set[Channel | Topic] = set()
        """What its answers have told so far."""
        self.blind = False
        """A hole is open, and has been told."""
        self.seldom = log.Seldom(logger, trio.current_time, SELDOM_S)
        longest_s = max(settings.reconnect_max, min(poll.every_s, LONGEST_S))  # each call may cost
        self._backoff = Backoff(settings.reconnect_min, longest_s, draw=uniform)
        self._refusals = 0
        self._answered_at = 0.0

    def answered(self, events: list[Event], seen: int) -> None:
        """All is well, since now."""
        self.last_seen, self._answered_at = seen, trio.current_time()
        one_of_each = {type(event): event for event in events}.values()
        self.kinds |= {event.__struct_config__.tag for event in one_of_each}  # type: ignore[misc]  # tags of events are these
        self._backoff.failures = self._refusals = 0
        self.blind = False

    def opens_hole(self, again_at: float) -> bool:
        """Whether there is something to miss, nobody has said so yet, and the next answer would come much too late."""
        late_at = self._answered_at + LATE_AFTER * self.poll.every_s
        return bool(self.last_seen) and not self.blind and again_at > late_at

    def patience(self, error: Exception, told: TurnedAway | None) -> float:
        """Seconds to wait from now: what the venue asks for, within reason, or else what its kind of no deserves.

        `told` is what it says in words. What is wrong with our key or our question is not mended by asking soon.
        """
        status = error.status if isinstance(error, HttpFailed) else None
        if status == KEY_REFUSED or (told is not None and told.lasting):
            return LONGEST_S
        if isinstance(error, Unreachable) and error.retry_after is not None:
            return min(max(error.retry_after, SOONEST_S), LONGEST_S)
        refused = isinstance(error, Unreachable) and error.refused
        if not (refused or told is not None or status == BAD_REQUEST):
            return self._backoff.next()
        self._refusals += 1
        return min(LONGEST_S, REFUSED_S * 2.0 ** min(self._refusals - 1, 10) * uniform(1.0, 1.1))
