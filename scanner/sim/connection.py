"""One client's connection to a simulated venue: a handshake, a listener, a speaker, and what time does to it."""

from __future__ import annotations

from math import inf
from typing import Protocol

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream
from wsproto.utilities import LocalProtocolError

from scanner.sim.clock import Clock
from scanner.sim.damage import Damage
from scanner.sim.faults import Faults
from scanner.sim.programs import Feed
from scanner.sim.quota import Quotas
from scanner.sim.upkeep import POLICY_VIOLATION, Upkeep
from scanner.sim.venues.base import Answer, Desk, Frame, Heard, VenueLimits
from scanner.sim.wire import Wire

HANDSHAKE_S = 10.0
FAREWELL_S = 2.0
LONGEST_MESSAGE = 256 * 1024
"""A request for every market of a venue on every channel is under 40 kB."""
LATE_S = 1.0
"""How much later a batch comes while the venue is slow."""
CUT = 1006
"""The code that says that no farewell was said."""


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

    def admit(self, headers: list[tuple[bytes, bytes]]) -> Answer | None:
        """Why this handshake is refused; None when it is welcome, and then has to `leave` one day."""
        ...

    def open(self, connection: Connection, path: str) -> Feed:
        """A welcome connection's share of the program."""
        ...

    def close(self, connection: Connection) -> None:
        """It takes no share any more."""
        ...

    def leave(self) -> None:
        """Somebody who was welcome is gone."""
        ...

    def operates(self, path: str, message: Frame) -> bool:
        """Whether this message is one of those that change what is subscribed."""
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
            await _receive(host, wire, nursery)
            nursery.cancel_scope.cancel()
    except* _GONE:
        pass
    finally:
        with trio.move_on_after(FAREWELL_S, shield=True):
            await wire.aclose()


async def _receive(host: Host, wire: Wire, nursery: trio.Nursery) -> None:
    """Let a client in or turn it away; some never come to the point."""
    with trio.move_on_after(HANDSHAKE_S) as patience:
        request = await wrap_server_stream(nursery, wire, max_message_size=LONGEST_MESSAGE)
        refusal = host.admit(request.headers)
        if refusal is not None:
            headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
            await request.reject(refusal.status, extra_headers=headers, body=refusal.body)
            return
        try:
            websocket = await request.accept()
            patience.deadline = inf
            await Connection(host, wire, websocket).run()
        finally:
            host.leave()


class Connection:
    """A conversation over an accepted WebSocket."""

    def __init__(self, host: Host, wire: Wire, websocket: WebSocketConnection) -> None:
        self._host = host
        self._wire = wire
        self._websocket = websocket
        self._path = websocket.path or ""
        self._messages = Quotas(host.limits.messages)
        self._operations = Quotas(host.limits.operations)
        self._damage = Damage(self._has)
        self._feed = host.open(self, self._path)
        self._upkeep = Upkeep(self, host.limits)

    @property
    def desk(self) -> Desk:
        """Where its requests are read."""
        return self._feed.desk

    @property
    def used(self) -> float:
        """When the last byte went either way."""
        return self._wire.used

    async def run(self) -> None:
        """Converse until one side goes."""
        try:
            for frame in self.desk.greeting():
                await self.say(frame)
            if self.desk.streams:  # asked for in the address
                self._host.subscribed()
            async with trio.open_nursery() as nursery:
                for life in (self._listen, self._speak, *self._upkeep.lives):
                    nursery.start_soon(life)
        finally:
            self._feed.close()
            self._host.close(self)

    async def say(self, frame: Frame) -> None:
        """Send one frame."""
        await self._websocket.send_message(frame)

    async def ping(self) -> None:
        """Send a WebSocket PING; returns when its PONG is there."""
        await self._websocket.ping()

    async def end(self, code: int, reason: str = "") -> None:
        """Close it, with a moment for the client to take leave."""
        if code == CUT:
            await self.cut()
            return
        with trio.move_on_after(FAREWELL_S, shield=True):
            await self._websocket.aclose(code, reason)

    def retire(self) -> None:
        """End it in a while, with the venue's notice before."""
        self._upkeep.retire()

    async def cut(self) -> None:
        """End it without a farewell."""
        await self._wire.cut()

    async def _listen(self) -> None:
        while True:
            message = await self._websocket.get_message()
            self._upkeep.hears()
            if self._allowed(message):
                await self._obey(self._feed.hear(message))
            else:
                await self._exceeded()

    async def _obey(self, heard: Heard) -> None:
        if heard.operation:
            self._operations.take(trio.current_time())
        if heard.subscribed:
            self._host.subscribed()
        self._upkeep.heard(beats=heard.beats, answer=heard.answer)
        for frame in heard.control:
            await self.say(frame)
        if heard.close:
            await self.end(heard.close)
        elif heard.refused and self._host.closes_after_error:
            await self.end(POLICY_VIOLATION)

    async def _exceeded(self) -> None:
        """What becomes of a message too many: it is not obeyed."""
        frame = self.desk.over_limit()
        if frame:
            await self.say(frame)
        if self._host.limits.excess_code:
            await self.end(self._host.limits.excess_code, "Too many requests")
        elif self._host.closes_after_error:
            await self.end(POLICY_VIOLATION)

    async def _speak(self) -> None:
        while True:
            frames = await self._feed.drain()
            while self._has("stall"):
                await self._host.step()
            if self._has("slow"):
                await trio.sleep(LATE_S)
            for frame in self._damage.done_to(frames):
                if self._has("half-frame"):
                    self._wire.halve()
                await self.say(frame)

    def _allowed(self, message: Frame) -> bool:
        """Every window counts every message that all of them allow; operations have windows of their own."""
        now = trio.current_time()
        if self._has("rate-limit") or not self._messages.take(now):
            return False
        return self._operations.open(now) or not self._host.operates(self._path, message)

    def _has(self, fault: str) -> bool:
        return self._host.faults.active(fault, self._host.clock.now_ms())
