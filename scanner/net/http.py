"""REST calls to a venue: one GET at a time, bounded in size and time, and every failure named."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import time
from urllib.parse import urlsplit

import httpx
import trio

from scanner.model.web import address_of, retry_after
from scanner.net.failure import Unreachable, reason_of

MAX_BODY = 16 * 1024 * 1024
"""The largest body a venue has a reason to send is a full catalogue; Binance's has several MB."""
EXCERPT_BYTES = 2_048
"""Of the body of a refusal, as much as a venue's error needs."""
USER_AGENT = "market-scanner"
REFUSALS = frozenset({403, 418, 429, 451})
"""The venue understood and says no: going on would turn a limit into a ban."""
CALLERS = frozenset({400, 404})
"""What was asked for does not exist; the venue is well."""
BANNED = 418
"""What venues answer to an address that went on all the same."""


class HttpFailed(Unreachable):
    """The answer did not come, or was not 2xx."""

    def __init__(
        self,
        address: str,
        reason: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(address, reason, refused=status in REFUSALS, banned=status == BANNED, retry_after=retry_after)
        self.status = status
        self.is_the_callers = status in CALLERS
        self.body = body
        """The beginning of what came with it: some venues say there what is wrong."""


class Http:
    """A client for one venue; connections are kept alive between calls."""

    def __init__(self, client: httpx.AsyncClient, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s

    async def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The body of a 2xx answer; HttpFailed names the address and the reason for anything else."""
        address = address_of(url)
        body = bytearray()
        with trio.move_on_after(self._timeout_s) as patience:
            try:
                async with self._client.stream(
                    "GET", url, params=dict(params or {}), headers=dict(headers or {})
                ) as response:
                    await _read(response, body, patience)
            except (httpx.RequestError, httpx.InvalidURL) as error:
                raise HttpFailed(address, reason_of(error)) from error
        if len(body) > MAX_BODY:
            raise HttpFailed(address, f"the answer is larger than {MAX_BODY} bytes")
        if patience.cancelled_caught:
            raise HttpFailed(address, f"no complete answer within {self._timeout_s:g} s")
        if response.is_success:
            return bytes(body)
        raise HttpFailed(
            address,
            f"HTTP {response.status_code} on {urlsplit(url).path}",
            status=response.status_code,
            retry_after=retry_after(response.headers, time()),
            body=bytes(body[:EXCERPT_BYTES]),
        )


@asynccontextmanager
async def open_http(timeout_s: float) -> AsyncIterator[Http]:
    """A client whose every call, from name to last byte, takes at most `timeout_s` seconds.

    It goes straight to the venue, as its sockets do: proxy variables and ~/.netrc are not read.
    """
    async with httpx.AsyncClient(
        timeout=None,  # noqa: S113 - the call as a whole has a deadline, in `get`
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        trust_env=False,
        verify=ssl.create_default_context(),
    ) as client:
        yield Http(client, timeout_s)


async def _read(response: httpx.Response, body: bytearray, patience: trio.CancelScope) -> None:
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BODY:
            patience.cancel()  # leaving the loop would drop httpx's generators unended
