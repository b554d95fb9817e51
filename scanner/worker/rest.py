"""A worker's way to its venue's REST side: within the venue's limits, and counted."""

from __future__ import annotations

from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Request
from scanner.net.failure import Unreachable
from scanner.net.http import Http
from scanner.worker.ledger import Ledger


class Rest:
    """Shared by everything in the worker that asks; calls leave one after another, as the limits allow."""

    def __init__(self, http: Http, limiter: Limiter, ledger: Ledger) -> None:
        self._http = http
        self._limiter = limiter
        self._ledger = ledger

    async def get(self, request: Request) -> bytes:
        """The body of a good answer; Unreachable names the address and the reason for anything else."""
        await self._limiter.acquire()
        try:
            body = await self._http.get(request.url, request.params)
        except Unreachable:
            self._ledger.count("requests", "failed")
            raise
        self._ledger.count("requests", "ok")
        return body
