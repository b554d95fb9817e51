"""How a request leaves the house: httpx spells it, httpcore carries it, and a failure is told without a secret.

There is no client around them, so nothing follows a redirect, keeps a cookie, reads a proxy from the environment or
writes an address into a log. Imported when the first sink that posts is built: it takes 0.2 s.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpcore
import httpx

from scanner.sinks import guard
from scanner.sinks.base import Refused, Retry
from scanner.sinks.dialling import Guarded, Resolve, addresses_of

CONNECTIONS = 4
"""To one receiver at once; deliveries come one by one, a picture may follow."""
IDLE_S = 30.0
"""A connection that was not used for so long is closed."""

FAILURES = (
    guard.Forbidden,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.InvalidURL,
    ValueError,  # idna and sockets raise UnicodeError, which is one
)
"""All that `exchange` raises when there is no answer."""
BROKEN = (httpcore.NetworkError, httpcore.ProtocolError)
"""What reading an answer's body may raise."""


class Transport:
    """Connections to wherever a sink posts, kept open for the next message."""

    def __init__(
        self, *, allow_private: bool, resolve: Resolve | None = None, trust: ssl.SSLContext | None = None
    ) -> None:
        logging.getLogger("httpcore").setLevel(logging.WARNING)  # below, it writes whole headers
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust or _machines_trust(),
            max_connections=CONNECTIONS,
            keepalive_expiry=IDLE_S,
            network_backend=Guarded(resolve or addresses_of, allow_private=allow_private),
        )

    async def exchange(self, method: str, url: str, headers: dict[str, str], body: dict[str, Any]) -> httpcore.Response:
        """Send a request and read the head of its answer; one of FAILURES otherwise.

        `body` is what httpx.Request takes: `content`, `json`, `data` and `files`.
        """
        request = httpx.Request(method, url, headers=headers, **body)
        target = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        return await self._pool.handle_async_request(
            httpcore.Request(request.method, target, headers=request.headers.raw, content=request.stream)
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


def judged(place: str, error: Exception) -> Retry | Refused:
    """What a failure means; never in its own words, which may repeat what nobody should read."""
    if isinstance(error, guard.Forbidden):
        return Refused(str(error))
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return Retry(f"{place} cannot be reached: {_reason(error)}")
    if isinstance(error, httpcore.RemoteProtocolError | httpcore.NetworkError | httpcore.TimeoutException):
        return Retry(f"{place} hung up before it answered")
    return Refused(f"{place} is an address that no request can be sent to")


@cache
def _machines_trust() -> ssl.SSLContext:
    """Whom this machine trusts (SSL_CERT_FILE names others); it takes 30 ms to read, so all receivers share it."""
    return ssl.create_default_context()


def _reason(error: BaseException) -> str:
    """Why a connection did not come about, in words that hold no address."""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return f"the name cannot be resolved ({cause.strerror})"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not valid: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS as we do"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()
    return "the connection broke off"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it came from, what that came from, and so on; httpcore forgets causes and keeps contexts."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        within = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else None
        cause = within or cause.__cause__ or cause.__context__
