"""How a connection is made: a name is resolved once, all that it leads to is judged, and nothing else is connected to.

A name that leads elsewhere a moment later (DNS rebinding) gains nothing: no second question is asked of a resolver.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore
import trio

from scanner.sinks import guard

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → IP addresses, best first, at least one; raises OSError."""

HEAD_START_S = 0.25
"""An address gets so long before the next one of the same name is tried beside it (RFC 8305)."""
MOST_ADDRESSES = 8
"""So many of a name's addresses are tried; all of them are judged."""


async def addresses_of(host: str, port: int) -> list[str]:
    """What the machine's resolver says."""
    found = await trio.socket.getaddrinfo(host, port, type=trio.socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Guarded(httpcore.AsyncNetworkBackend):
    """Connects to what the guard allows."""

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._plain = httpcore.TrioBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's word; ours is the deadline around the attempt
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the name's addresses; Forbidden when any of them is nearer than it may be."""
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError from error
        if not self._allow_private:
            guard.check(host, addresses)

        async def connect(address: str) -> httpcore.AsyncNetworkStream:
            return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)

        return _Tidy(await _first(addresses[:MOST_ADDRESSES], connect))


async def _first(
    addresses: list[str], connect: Callable[[str], Awaitable[httpcore.AsyncNetworkStream]]
) -> httpcore.AsyncNetworkStream:
    """The first connection that comes about; each address has a head start on the next, or until it has failed."""
    streams: list[httpcore.AsyncNetworkStream] = []
    failures: list[httpcore.ConnectError] = []

    async def attempt(address: str, over: trio.Event) -> None:
        try:
            streams.append(await connect(address))
            nursery.cancel_scope.cancel()
        except httpcore.ConnectError as error:
            failures.append(error)
        over.set()

    kept: list[httpcore.AsyncNetworkStream] = []
    try:
        async with trio.open_nursery() as nursery:
            for address in addresses:
                over = trio.Event()
                nursery.start_soon(attempt, address, over)
                with trio.move_on_after(HEAD_START_S):
                    await over.wait()
        kept = streams[:1]
    finally:
        for spare in streams[len(kept) :]:
            await _close(spare)
    if not kept:
        raise failures[0]
    return kept[0]


async def _close(stream: httpcore.AsyncNetworkStream) -> None:
    """At once, also while we are being cancelled."""
    await trio.aclose_forcefully(stream)  # type: ignore[arg-type]  # it has an aclose, which is all


class _Tidy(httpcore.AsyncNetworkStream):
    """A stream that is also closed when its TLS handshake is cancelled, which httpcore's own forgets."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's word
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's word
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's word
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except trio.Cancelled:
            await _close(self._stream)
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
