"""A WebSocket to a venue: trio-websocket owns the protocol, this room owns the stream beneath it and names failures.

The stream is ours on purpose: it notes every byte's arrival, ends a handshake that the peer abandons, and takes whole
data frames off below the protocol, so that a burst of them costs one wake-up and not one each.
"""

from __future__ import annotations

import math
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import time
from urllib.parse import urlsplit

import h11
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, WebSocketConnection, wrap_client_stream
from wsproto.utilities import LocalProtocolError

from scanner.model.web import address_of, retry_after
from scanner.net import tcp, tls
from scanner.net.failure import Unreachable, leaves, reason_of
from scanner.net.frames import Frame
from scanner.net.http import BANNED, REFUSALS, USER_AGENT
from scanner.net.tap import Read, Tap

MAX_MESSAGE = 4 * 1024 * 1024
"""Larger than any message a venue documents by far; beyond it the connection closes with 1009."""
BLUNDERS = (LocalProtocolError, h11.LocalProtocolError)
"""What trio-websocket lets through when it answers where the protocol allows no answer: to a PING after our farewell,
to an upgrade that is none. The peer's doing, and never the reason for anything."""
QUEUE = 16
"""Messages of fragments that the protocol may hold before it stops reading; no venue is known to send any."""
CLOSE_PATIENCE_S = 1.0
"""How long a polite close may take before the socket is dropped."""
FAREWELL_S = 0.1
"""How long the close frame alone may take to leave."""


class Disconnected(Exception):
    """The connection ended; `text` says how."""


class WebSocket:
    """An open conversation. One task reads, any task may send."""

    def __init__(self, connection: WebSocketConnection, tap: Tap) -> None:
        self._connection = connection
        self._tap = tap
        self._end: Disconnected | None = None

    @property
    def bytes_received(self) -> int:
        """Bytes read from the network since the connection was made."""
        return self._tap.received

    @property
    def last_received(self) -> float:
        """When the last byte of any kind came, on the trio clock."""
        return self._tap.last_received

    async def receive(self) -> list[Read]:
        """What has been read, in order, at least one frame; Disconnected when all is taken and no more will come."""
        if self._tap.has_backlog:
            await trio.lowlevel.checkpoint()  # it must not keep others from their turn
        while not (reads := self._tap.take()):
            if self._end is not None:
                raise self._end
            await self._tap.wait()
        return reads

    async def send(self, frame: Frame) -> None:
        """Send one data frame; Disconnected when that is no longer possible."""
        with _named_end():
            await self._connection.send_message(frame)

    async def ping(self) -> None:
        """Send a PING and return with its PONG; Disconnected when that is no longer possible."""
        with _named_end():
            await self._connection.ping()

    async def listen(self) -> None:
        """Hear the protocol's own messages and its end, for `receive`; returns at the end."""
        try:
            with _named_end():
                while True:
                    self._tap.deliver(await self._connection.get_message())
        except Disconnected as end:
            self._end = Disconnected("we did not keep up with the venue") if self._tap.overrun else end
            self._tap.wake()


@asynccontextmanager
async def open_websocket(url: str, *, timeout_s: float) -> AsyncIterator[WebSocket]:
    """Connect and upgrade within `timeout_s` seconds; Unreachable names address and reason when that fails.

    On leaving, the connection is closed politely, within `CLOSE_PATIENCE_S`. No `Origin` header is ever sent: Upbit
    throttles requests that carry one to one in ten seconds.
    """
    address = address_of(url)
    try:
        async with trio.open_nursery() as nursery:
            socket = await _connect(nursery, url, address, timeout_s)
            nursery.start_soon(socket.listen)
            try:
                yield socket
            finally:
                await _say_goodbye(socket._connection, socket._tap)  # noqa: SLF001 - one idea in two pieces
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise _cause(group, address) from None


async def _connect(nursery: trio.Nursery, url: str, address: str, timeout_s: float) -> WebSocket:
    with trio.move_on_after(timeout_s):
        try:
            tap = Tap(await _open_stream(url), MAX_MESSAGE)
        except (OSError, trio.BrokenResourceError, ssl.SSLError) as error:
            raise Unreachable(address, reason_of(error)) from error
        connection = None
        try:
            connection = await _upgrade(nursery, tap, url, address)
        finally:
            if connection is None:
                await trio.aclose_forcefully(tap)
        return WebSocket(connection, tap)
    raise Unreachable(address, f"no connection within {timeout_s:g} s")


async def _open_stream(url: str) -> trio.abc.Stream:
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "wss"
    stream = await tcp.connect(host, parts.port or (443 if secure else 80))
    if not secure:
        return stream
    return await tls.connect(stream, host)


async def _upgrade(nursery: trio.Nursery, tap: Tap, url: str, address: str) -> WebSocketConnection:
    """The HTTP upgrade. trio-websocket would wait for ever for a peer that hangs up half-way, so the tap tells."""
    parts = urlsplit(url)
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection: WebSocketConnection | None = None
    async with trio.open_nursery() as handshake:

        async def give_up_at_the_end() -> None:
            await tap.ended.wait()
            handshake.cancel_scope.cancel()

        handshake.start_soon(give_up_at_the_end)
        connection = await wrap_client_stream(
            nursery,
            tap,  # type: ignore[arg-type]  # documented as any stream
            parts.netloc.rpartition("@")[2],
            resource,
            extra_headers=[(b"User-Agent", USER_AGENT.encode())],
            message_queue_size=QUEUE,
            max_message_size=MAX_MESSAGE,
        )
        handshake.cancel_scope.cancel()
    if connection is None:
        raise Unreachable(address, "the connection was closed during the upgrade")
    return connection


async def _say_goodbye(connection: WebSocketConnection, tap: Tap) -> None:
    """Send the close frame and hear the answer; cancelled from outside, nobody is left to hear it, so only send."""
    cancelled = trio.current_effective_deadline() == -math.inf
    patience = FAREWELL_S if cancelled else CLOSE_PATIENCE_S
    with trio.CancelScope(shield=True):  # both are bounded, and a cancellation must not take the place of the reason
        with trio.move_on_after(patience):
            await connection.aclose()
        await trio.aclose_forcefully(tap)


def _cause(group: BaseExceptionGroup[BaseException], address: str) -> BaseException:
    """A refused upgrade arrives from a task of the protocol's; a lone error needs no group around it."""
    found = leaves(group)
    rejected = next((leaf for leaf in found if isinstance(leaf, ConnectionRejected)), None)
    if rejected is not None:
        return _refusal(rejected, address)
    told = [leaf for leaf in found if not isinstance(leaf, BLUNDERS)]
    if not told:
        return Unreachable(address, "it does not speak WebSocket as it should")
    return told[0] if len(told) == 1 else group.derive(told)


def _refusal(error: ConnectionRejected, address: str) -> Unreachable:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in error.headers}
    words = (error.body or b"").decode("utf-8", "replace").strip()[:120]
    return Unreachable(
        address,
        f"the upgrade was answered with HTTP {error.status_code}" + (f": {words}" if words else ""),
        refused=error.status_code in REFUSALS,
        banned=error.status_code == BANNED,
        retry_after=retry_after(headers, time()),
    )


@contextmanager
def _named_end() -> Iterator[None]:
    """One word for both ways in which the protocol says that it is over."""
    try:
        yield
    except ConnectionClosed as error:
        raise Disconnected(_closing_words(error)) from None
    except LocalProtocolError:  # what is sent while the peer's farewell is being answered
        raise Disconnected("closed by the venue") from None


def _closing_words(error: ConnectionClosed) -> str:
    reason = error.reason
    if reason is None:
        return "closed by us"
    words = f" ({reason.reason})" if reason.reason else ""
    return f"closed with code {reason.code}{words}"
