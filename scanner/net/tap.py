"""The byte stream under one WebSocket: takes whole data frames off, counts, dates, and says when it is over."""

from __future__ import annotations

from collections import deque

import trio

from scanner.net.frames import Frame, Item, Place, Splitter

READ_BYTES = 256 * 1024
"""Of one read: a burst of a thousand frames comes in one wake-up."""
WAITING_BYTES = 64 * 1024 * 1024
"""Data that may wait for its reader. Who is so far behind has lost touch; reading on would only fill the memory."""
BATCH = 512
"""Frames that one `take` gives at most, so that a backlog does not hold the loop."""


class Tap(trio.abc.Stream):
    """A stream whose reader sees everything but the data frames; those wait to be taken."""

    def __init__(self, stream: trio.abc.Stream, max_message: int) -> None:
        self._stream = stream
        self._splitter = Splitter(max_message)
        self._items: deque[Item] = deque()
        self._waiting = 0
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
            if items:
                self._leave(items)
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

    def deliver(self, message: Frame) -> None:
        """The protocol has a message of its own, made of fragments; it stands where its last piece came."""
        self._own.append(message)
        self._news.set()

    def wake(self) -> None:
        """Something else has happened that who waits should look at."""
        self._news.set()

    def take(self) -> list[Frame]:
        """Frames in the order of the stream, at most `BATCH`; none while the next one is not there yet."""
        items: deque[Item] = self._items
        frames: list[Frame] = []
        while items and len(frames) < BATCH:
            item = items[0]
            if isinstance(item, Place):
                if not self._own:
                    break
                item = self._own.popleft()
            else:
                self._waiting -= len(item)
            items.popleft()
            frames.append(item)
        return frames

    async def wait(self) -> None:
        """Return when there is something new."""
        await self._news.wait()
        self._news = trio.Event()

    def _leave(self, items: list[Item]) -> None:
        self._items.extend(items)
        self._waiting += sum(len(item) for item in items if not isinstance(item, Place))
        self._news.set()
        if self._waiting > WAITING_BYTES:
            self.overrun = True
            self.ended.set()
            raise trio.BrokenResourceError(f"{self._waiting} bytes wait for their reader")
