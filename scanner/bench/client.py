"""One client of the load server: requests are read at the simulator's desk, frames are written past the protocol.

trio-websocket shakes hands, answers PINGs and says goodbye. Market data is framed here, many frames in one write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import trio
from msgspec.structs import replace
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream
from wsproto.utilities import LocalProtocolError

from scanner.bench.coin import Coin
from scanner.bench.feed import BookStream, Stream, TradeStream
from scanner.bench.floor import TYPES, Floor, Gone, Load
from scanner.sim.venues.desk import TicketDesk
from scanner.sim.venues.tickets import Stream as Asked
from scanner.sim.venues.upbit import RULES

HANDSHAKE_S = 10.0
DEPTHS = (1, 5, 30, 15)
"""The last is what a code without a number gets. The venue gives 30 today and gave 15 until July 2025; clients that
never learnt to ask for a depth shall read the same books as those that did."""
LONGEST_REQUEST = 256 * 1024
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


class Heads(dict[int, str]):
    """The heads of unmasked, whole, binary frames, by the length of what they hold; characters stand for bytes."""

    def __missing__(self, length: int) -> str:
        if length < 126:  # noqa: PLR2004 - RFC 6455, 5.2
            size = length.to_bytes()
        else:
            size = b"\x7e" + length.to_bytes(2) if length < 1 << 16 else b"\x7f" + length.to_bytes(8)
        head = self[length] = (b"\x82" + size).decode("latin-1")
        return head


HEADS = Heads()


def framed(texts: Iterable[str]) -> bytes:
    """ASCII texts as they go over the wire."""
    return "".join([HEADS[len(text)] + text for text in texts]).encode("latin-1")


class Wire(trio.abc.Stream):
    """A stream whose senders take turns: the protocol's answers never stand inside a piece of market data."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._turn = trio.StrictFIFOLock()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send, when it is one's turn."""
        async with self._turn:
            await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Receive."""
        return await self._stream.receive_some(max_bytes)

    async def aclose(self) -> None:
        """Close the stream below."""
        await self._stream.aclose()


class Client:
    """A conversation over an accepted WebSocket."""

    def __init__(
        self, websocket: WebSocketConnection, wire: Wire, floor: Floor, load: Load, by_code: Mapping[str, Coin]
    ) -> None:
        self._websocket = websocket
        self._wire = wire
        self._floor = floor
        self._types = TYPES[load.kind]
        self._by_code = by_code
        self._desk = TicketDesk(replace(RULES, depths=DEPTHS), binary=True)
        self._asked = trio.Event()
        self.streams: list[Stream] = []

    @classmethod
    async def serve(cls, stream: trio.abc.Stream, floor: Floor, load: Load, by_code: Mapping[str, Coin]) -> None:
        """Shake hands and converse until the client goes; nothing that it does escapes from here."""
        wire = Wire(stream)
        try:
            async with trio.open_nursery() as nursery:
                with trio.move_on_after(HANDSHAKE_S) as patience:
                    request = await wrap_server_stream(nursery, wire, max_message_size=LONGEST_REQUEST)
                    client = cls(await request.accept(), wire, floor, load, by_code)
                if not patience.cancelled_caught:
                    nursery.start_soon(floor.blast, client)
                    await client._listen()
                nursery.cancel_scope.cancel()
        except* (ConnectionClosed, LocalProtocolError, Gone, *_GONE):
            pass
        finally:
            await trio.aclose_forcefully(wire)

    async def wants(self) -> list[Stream]:
        """What it has asked for, once that is anything."""
        while not self.streams:
            await self._asked.wait()
        return self.streams

    async def tell(self, frames: list[str]) -> None:
        """Send these; `Gone` when the client is."""
        try:
            await self._wire.send_all(framed(frames))
        except _GONE:
            raise Gone from None

    async def _listen(self) -> None:
        try:
            while True:
                heard = self._desk.hear(await self._websocket.get_message())
                for answer in heard.control:
                    await self._websocket.send_message(answer)
                if heard.subscribed:
                    await self._begin()
        finally:
            self._floor.leave(self)

    async def _begin(self) -> None:
        """Everything anew: snapshots of what wants them, then the rest."""
        known = [asked for asked in self._desk.wanted if asked.type in self._types and asked.code in self._by_code]
        snapshots = self._floor.snapshots([self._stream(asked) for asked in known if asked.snapshot])
        if snapshots:
            await self.tell(snapshots)
        self.streams = [self._stream(asked) for asked in known if asked.realtime]
        self._floor.ask(self)
        self._asked.set()
        self._asked = trio.Event()

    def _stream(self, asked: Asked) -> Stream:
        coin, form = self._by_code[asked.code], self._desk.form
        return TradeStream(coin, form) if asked.type == "trade" else BookStream(coin, form, asked.depth)
