"""The bytes of one connection: when it was last used, how it is cut, and how data dribbles when it is slow."""

from __future__ import annotations

from collections.abc import Callable

import trio

DRIBBLE_BYTES = 512
DRIBBLE_S = 0.002


class Wire(trio.abc.Stream):
    """A stream that knows its last use and can be cut. `slow` is asked before every send."""

    def __init__(self, stream: trio.abc.Stream, slow: Callable[[], bool]) -> None:
        self._stream = stream
        self._slow = slow
        self._halving = False
        self.used = trio.current_time()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send, all at once or a few bytes at a time; BrokenResourceError once the line is cut."""
        self.used = trio.current_time()
        if self._halving:
            await self._stream.send_all(data[: len(data) // 2])
            await self.cut()
            raise trio.BrokenResourceError
        if not self._slow():
            await self._stream.send_all(data)
            return
        for start in range(0, len(data), DRIBBLE_BYTES):
            await self._stream.send_all(data[start : start + DRIBBLE_BYTES])
            await trio.sleep(DRIBBLE_S)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Receive."""
        data = await self._stream.receive_some(max_bytes)
        self.used = trio.current_time()
        return data

    async def aclose(self) -> None:
        """Close the stream below."""
        await self._stream.aclose()

    async def cut(self) -> None:
        """End it without a word, as a broken line does."""
        await trio.aclose_forcefully(self._stream)

    def halve(self) -> None:
        """Of what is sent next only the first half leaves, and then the line is cut."""
        self._halving = True
