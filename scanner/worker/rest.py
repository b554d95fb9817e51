"""A worker's way to its venue's REST side: within the venue's limits, counted, and shut while the venue says no."""

from __future__ import annotations

import trio

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Request
from scanner.model.web import address_of
from scanner.net.failure import Unreachable
from scanner.net.http import Http
from scanner.worker.ledger import Ledger

WINDOW_S = 2.0
"""After a refusal in words, without a status and without a date: the shortest window that a venue counts in."""


class Rest:
    """Shared by everything in the worker that asks; calls leave one after another, as the limits allow.

    `door` is the one that this worker's sockets stand at too: a ban shuts both.
    """

    def __init__(self, http: Http, limiter: Limiter, ledger: Ledger, door: Breaker, block_s: float) -> None:
        self._http = http
        self._limiter = limiter
        self._ledger = ledger
        self._door = door
        self._refusals = Breaker(rest_s=block_s)
        """Its own: too many requests say nothing against sockets."""
        self._block_s = block_s

    async def get(self, request: Request) -> bytes:
        """The body of a good answer; Unreachable names the address and the reason for anything else.

        While the venue has shut us out it is not even asked: Unreachable then says when it may be, in `retry_after`.
        """
        self._stop_at_the_door(request)
        await self._limiter.acquire(request.weight)
        self._stop_at_the_door(request)
        try:
            body = await self._http.get(request.url, request.params, request.headers)
        except Unreachable as error:
            self._ledger.count("requests", "failed")
            self._note(error)
            raise
        self._ledger.count("requests", "ok")
        self._refusals.succeeded()
        return body

    def wait(self) -> float:
        """Seconds for which the venue is not asked, for it has refused us; 0 while it may be."""
        now = trio.current_time()
        return max(self._door.wait(now), self._refusals.wait(now))

    def turned_away(self) -> None:
        """An answer that came as a good one holds a refusal: nobody asks again for a moment."""
        self._refusals.refused(trio.current_time(), WINDOW_S)

    def _stop_at_the_door(self, request: Request) -> None:
        if wait := self.wait():
            reason = f"the venue has refused us; it is asked again in {wait:.1f} s"
            raise Unreachable(address_of(request.url), reason, retry_after=wait)

    def _note(self, error: Unreachable) -> None:
        if not error.refused:
            return
        now, wish = trio.current_time(), error.retry_after or 0.0
        self._refusals.refused(now, wish, banned=error.banned)
        if error.banned:
            self._door.refused(now, wish if error.retry_after is not None else self._block_s, banned=True)
