"""The byte stream under one WebSocket: takes whole data frames off, counts, dates, and says when it is over."""

from __future__ import annotations

from collections import deque
from time import time_ns

import trio

from scanner.net.frames import Frame, Item, Place, Splitter
from scanner.net.tcp import READ_BYTES

WAITING_BYTES = 64 * 1024 * 1024
"""Data that may wait for its reader. Who is so far behind has lost touch; reading on would only fill the memory."""
BATCH = 512
"""Frames that one `take` gives at most, so that a backlog does not hold the loop."""
BATCH_BYTES = 64 * 1024
"""And as many bytes, about: what is made of more books at once no longer fits the caches of a core."""
GATHER_FROM = 3
"""After a read of so many frames more are on their way, and to be woken for each costs more than they do …"""
GATHER_S = 0.002
"""… so they gather for this long. After fewer frames the next one is waited for as it comes …"""
FULL_BYTES = READ_BYTES // 2
"""… and after a read of so much, more is there already."""

Read = tuple[int, list[Frame]]
"""When it was read (nanoseconds UTC), and the data frames that it completed."""


class Tap(trio.abc.Stream):
    """A stream whose reader sees everything but the data frames; those wait to be taken."""

    def __init__(self, stream: trio.abc.Stream, max_message: int) -> None:
        self._stream = stream
        self._splitter = Splitter(max_message)
        self._reads: deque[tuple[int, list[Item], int]] = deque()
        """When, what, and how many bytes it was."""
        self._waiting = 0
        """Bytes of reads that have not been taken to the end."""
        self._unfinished = 0
        """Bytes read since the last frame was complete: a great frame comes in many reads."""
        self._thick = False
        """Whether the last read held many frames, and was all that there was."""
        self._own: deque[Frame] = deque()
        self._news = trio.Event()
        self.overrun = False
        """It was ended because nobody took what came."""
        self.received = 0
        self.last_received = trio.current_time()
        self.ended = trio.Event()

    # ---- for the protocol above

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Bytes for the protocol, as many as there are; empty at the end. Data frames are not among them."""
        del max_bytes  # control frames are small, and the handshake too
        while True:
            if self._thick:
                await trio.sleep(GATHER_S)
            try:
                data = bytes(await self._stream.receive_some(READ_BYTES))
            except trio.BrokenResourceError:
                self.ended.set()
                raise
            if not data:
                self.ended.set()
                return b""
            self.received += len(data)
            self.last_received = trio.current_time()
            items, through = self._splitter.feed(data)
            self._thick = len(items) >= GATHER_FROM and len(data) < FULL_BYTES
            self._unfinished += len(data)
            if items:
                self._leave(items, self._unfinished)
                self._unfinished = 0
            if through:
                return through

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Bytes to the network."""
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream beneath."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Close the stream beneath."""
        await self._stream.aclose()

    # ---- for who wants the data

    @property
    def has_backlog(self) -> bool:
        """Whether something has come that nobody has taken."""
        return bool(self._reads)

    def deliver(self, message: Frame) -> None:
        """The protocol has a message of its own, made of fragments; it stands where its last piece came."""
        self._own.append(message)
        self._news.set()

    def wake(self) -> None:
        """Something else has happened that who waits should look at."""
        self._news.set()

    def take(self) -> list[Read]:
        """Reads in the order of the stream, no more than a batch; none while the next frame is not there yet."""
        taken: list[Read] = []
        room, bytes_left = BATCH, BATCH_BYTES
        while self._reads and room and bytes_left > 0:
            seen, items, size = self._reads.popleft()
            frames, left = self._ready(items, min(room, max(1, bytes_left * len(items) // size)))
            size_left = size * len(left) // len(items)
            if frames:
                taken.append((seen, frames))
            if left:
                self._reads.appendleft((seen, left, size_left))
            self._waiting -= size - size_left
            if not frames:
                break
            room -= len(frames)
            bytes_left -= size - size_left
        return taken

    async def wait(self) -> None:
        """Return when there is something new."""
        await self._news.wait()
        self._news = trio.Event()

    def _ready(self, items: list[Item], room: int) -> tuple[list[Frame], list[Item]]:
        """The frames that may go now, and what has to wait: for room, or for a message of the protocol's own."""
        if not self._splitter.has_places and len(items) <= room:
            return items, []  # type: ignore[return-value]  # nothing but frames
        frames: list[Frame] = []
        for number, item in enumerate(items):
            if len(frames) == room or (item is Place.MESSAGE and not self._own):
                return frames, items[number:]
            frames.append(self._own.popleft() if isinstance(item, Place) else item)
        return frames, []

    def _leave(self, items: list[Item], size: int) -> None:
        self._reads.append((time_ns(), items, size))
        self._waiting += size
        self._news.set()
        if self._waiting > WAITING_BYTES:
            self.overrun = True
            self.ended.set()
            raise trio.BrokenResourceError(f"{self._waiting} bytes wait for their reader")
