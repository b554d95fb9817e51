"""One client's connection to a simulated venue: a listener, a speaker, a pulse and a watch over idleness."""

from __future__ import annotations

from typing import Protocol

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream
from wsproto.utilities import LocalProtocolError

from scanner.sim.clock import Clock
from scanner.sim.faults import Faults
from scanner.sim.garble import Garbler
from scanner.sim.programs import Feed
from scanner.sim.quota import Quota
from scanner.sim.venues.base import BEAT_S, VenueLimits
from scanner.sim.wire import Wire

HANDSHAKE_S = 10.0
FAREWELL_S = 2.0
LONGEST_MESSAGE = 256 * 1024
"""A request for every market of a venue on every channel is under 40 kB."""
LATE_S = 1.0
"""How much later a batch comes while the venue is slow."""
_POLICY_VIOLATION = 1008


class Host(Protocol):
    """The venue a connection came to, as far as it needs to know."""

    clock: Clock
    faults: Faults

    @property
    def limits(self) -> VenueLimits:
        """What the venue refuses."""
        ...

    @property
    def closes_after_error(self) -> bool:
        """Whether a refused request is the end of the connection."""
        ...

    async def step(self) -> None:
        """Return when the venue's time has gone on."""
        ...

    def admit(self, headers: list[tuple[bytes, bytes]]) -> str:
        """Why this handshake is refused; empty when it is welcome."""
        ...

    def open(self, connection: Connection, path: str) -> Feed:
        """A welcome connection's share of the program."""
        ...

    def leave(self, connection: Connection) -> None:
        """The connection is gone."""
        ...

    def subscribed(self) -> None:
        """Somebody asked for data."""
        ...


_GONE = (ConnectionClosed, LocalProtocolError, trio.BrokenResourceError, trio.ClosedResourceError)
"""How it shows that the client left in the middle of something. trio-websocket lets wsproto's LocalProtocolError
through when a frame is sent while the client's farewell is being answered."""


async def serve_connection(host: Host, stream: trio.abc.Stream) -> None:
    """Shake hands and converse until one side goes; nothing that a client does escapes from here."""
    wire = Wire(stream, lambda: host.faults.active("slow", host.clock.now_ms()))
    try:
        async with trio.open_nursery() as nursery:
            websocket = await _shake_hands(host, wire, nursery)
            if websocket is not None:
                await Connection(host, wire, websocket).run()
            nursery.cancel_scope.cancel()
    except* _GONE:
        pass
    finally:
        with trio.move_on_after(FAREWELL_S, shield=True):
            await wire.aclose()


async def _shake_hands(host: Host, wire: Wire, nursery: trio.Nursery) -> WebSocketConnection | None:
    """An accepted connection; None when it was refused or never came to the point."""
    with trio.move_on_after(HANDSHAKE_S):
        request = await wrap_server_stream(nursery, wire, max_message_size=LONGEST_MESSAGE)
        refusal = host.admit(request.headers)
        if not refusal:
            return await request.accept()
        await request.reject(429, body=refusal.encode())
    return None


class Connection:
    """A conversation over an accepted WebSocket."""

    def __init__(self, host: Host, wire: Wire, websocket: WebSocketConnection) -> None:
        self._host = host
        self._wire = wire
        self._websocket = websocket
        self._quotas = [Quota(window.count, window.seconds) for window in host.limits.messages]
        self._garbler = Garbler()
        self._beats = trio.Event()
        self._feed = host.open(self, websocket.path or "")

    async def run(self) -> None:
        """Converse until one side goes."""
        try:
            async with trio.open_nursery() as nursery:
                for life in (self._listen, self._speak, self._beat, self._watch):
                    nursery.start_soon(life)
        finally:
            self._feed.close()
            self._host.leave(self)

    async def cut(self) -> None:
        """End it without a farewell."""
        await self._wire.cut()

    async def _listen(self) -> None:
        while True:
            message = await self._websocket.get_message()
            if not self._allowed():
                await self._refuse(self._feed.desk.over_limit())
                continue
            heard = self._feed.hear(message)
            if heard.subscribed:
                self._host.subscribed()
            if heard.beats:
                self._beats.set()
            for frame in heard.control:
                await (self._refuse if heard.refused else self._websocket.send_message)(frame)

    async def _speak(self) -> None:
        while True:
            frames = await self._feed.drain()
            while self._has("stall"):
                await self._host.step()
            if self._has("slow"):
                await trio.sleep(LATE_S)
            if self._has("garble"):
                frames = self._garbler.mix(frames)
            for frame in frames:
                await self._websocket.send_message(frame)

    async def _beat(self) -> None:
        """Once asked for, a sign of life again and again, whatever else is wrong."""
        await self._beats.wait()
        while True:
            await trio.sleep(BEAT_S)
            await self._websocket.send_message(self._feed.desk.beat())

    async def _watch(self) -> None:
        """Nobody keeps a line open for nothing."""
        patience_s = self._host.limits.idle_s
        while True:
            await trio.sleep_until(self._wire.used + patience_s)
            if trio.current_time() >= self._wire.used + patience_s:
                await self._websocket.aclose(1000, "idle")

    async def _refuse(self, frame: bytes | str) -> None:
        await self._websocket.send_message(frame)
        if self._host.closes_after_error:
            await self._websocket.aclose(_POLICY_VIOLATION)

    def _allowed(self) -> bool:
        """Every window counts every message that all of them allow."""
        now = trio.current_time()
        return all(quota.left(now) for quota in self._quotas) and all(quota.take(now) for quota in self._quotas)

    def _has(self, fault: str) -> bool:
        return self._host.faults.active(fault, self._host.clock.now_ms())
