"""What keeps a quiet market quiet: chance may not pile up more in a minute than one would call ordinary."""

from __future__ import annotations

from collections import deque

from scanner.sim.listing import Listing

_MINUTE_MS = 60_000
_TIMES_USUAL = 3.0
_TICKETS = 8.0
"""Three usual minutes, or eight usual trades in a market so thin that those are less, are enough for one minute."""


class Calm:
    """The last minute of one market's unscripted turnover.

    With orders of at most three fills of at most 2.5 tickets each it follows that no minute that is worth 10 M KRW
    reaches five usual ones.
    """

    def __init__(self, listing: Listing) -> None:
        self._enough = max(_TIMES_USUAL * listing.turnover_per_s * 60, _TICKETS * listing.ticket)
        self._recent: deque[tuple[int, float]] = deque()
        self._turnover = 0.0

    def allows(self, at_ms: int) -> bool:
        """Whether one more order still is an ordinary thing."""
        while self._recent and self._recent[0][0] <= at_ms - _MINUTE_MS:
            self._turnover -= self._recent.popleft()[1]
        return self._turnover < self._enough

    def count(self, at_ms: int, turnover: float) -> None:
        """An unscripted fill happened."""
        self._recent.append((at_ms, turnover))
        self._turnover += turnover
