"""Standard output as an actor: whole lines, flushed, and a reader that is slow or gone never holds up the house."""

from __future__ import annotations

import os

import trio

from scanner.actors.mailbox import Mailbox, Policy
from scanner.telemetry import log

WAITING_LINES = 4096
"""Lines that may wait for a slow reader; the oldest goes then, counted."""
CHUNK_BYTES = 32 * 1024
"""Half of an ordinary pipe, so that a write that started can finish when the reader takes a little."""


class Lines:
    """Writes lines to a file descriptor in a thread of their own: a blocked terminal blocks that thread only."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._mailbox: Mailbox[str] = Mailbox("stdout", WAITING_LINES, Policy.DROP_OLDEST)
        self.closed = trio.Event()
        """Set when the reader has gone (`| head`): nothing can be said any more."""
        self.written = trio.Event()
        """Set when all that was put before `close` has been written, or cannot be."""

    @property
    def dropped(self) -> int:
        """Lines that were given up because the reader was too slow."""
        return self._mailbox.dropped

    async def write(self, line: str) -> None:
        """Leave one line without its newline; returns at once."""
        self.put(line)

    def put(self, line: str) -> None:
        """Leave one line without its newline."""
        if not self.closed.is_set():
            self._mailbox.put_nowait(line)

    def close(self) -> None:
        """No more lines; `run` ends when what waits is written."""
        self._mailbox.close()

    async def run(self) -> None:
        """Write until closed; quiet about a reader that left."""
        try:
            async for lines in self._mailbox:
                await self._write("".join(f"{line}\n" for line in lines).encode())
        except BrokenPipeError:
            self.closed.set()
        except OSError as error:
            log.get(actor="stdout").error("standard output cannot be written", reason=error.strerror)
            self.closed.set()
        self.written.set()

    async def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            # Abandoned when cancelled: a thread stuck in write(2) must not keep the program from ending.
            written = await trio.to_thread.run_sync(os.write, self._fd, view[:CHUNK_BYTES], abandon_on_cancel=True)
            view = view[written:]
