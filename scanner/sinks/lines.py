"""Standard output as an actor: whole lines, flushed, and a reader that is slow or gone never holds up the house.

Whatever it is, it is written in a thread, which it may block; but into a pipe the loop itself writes, through an open
description of its own that never waits. That of the descriptor is shared with others, and must not be changed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trio

from scanner.actors.mailbox import Mailbox, Policy
from scanner.telemetry import log

WAITING_LINES = 4096
"""Lines that may wait for a slow reader; the oldest goes then, counted."""
CHUNK_BYTES = 32 * 1024
"""Half of an ordinary pipe, so that a write that started can finish when the reader takes a little."""
RETRY_S = 0.05
"""Between tries on a descriptor that cannot say when it takes more."""


class Lines:
    """Writes lines to a file descriptor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._pipe: int | None = None
        """The same pipe, where it is one, opened by us alone: writing to it never waits."""
        self._mailbox: Mailbox[str] = Mailbox("stdout", WAITING_LINES, Policy.DROP_OLDEST)
        self.closed = trio.Event()
        """Set when nothing can be said any more: the reader has gone (`| head`), or there is a `failure`."""
        self.failure = ""
        """Why writing failed (a full disk …); empty while it did not. A reader that has gone is no failure."""
        self.written = trio.Event()
        """Set when all that was put before `close` has been written, or cannot be."""
        self._unwritten = 0
        """Of the lines that were taken from the mailbox last."""
        self._lost = 0

    @property
    def dropped(self) -> int:
        """Lines that were given up because the reader was too slow, or that a failure cost."""
        return self._mailbox.dropped + self._lost

    async def write(self, line: str) -> None:
        """Leave one line without its newline; returns at once."""
        self.put(line)

    def put(self, line: str) -> None:
        """Leave one line without its newline."""
        if not self.closed.is_set():
            self._mailbox.put_nowait(line)
        elif self.failure:
            self._lost += 1

    def close(self) -> None:
        """No more lines; `run` ends when what waits is written."""
        self._mailbox.close()

    async def run(self) -> None:
        """Write until closed; quiet about a reader that left, one error line about any other failure."""
        try:
            with _own(self._fd) as self._pipe:
                async for lines in self._mailbox:
                    await self._write(lines)
        except BrokenPipeError:
            self.closed.set()
        except OSError as error:
            self._fail(error)
        self.written.set()

    async def _write(self, lines: list[str]) -> None:
        data = "".join(f"{line}\n" for line in lines).encode()
        start = 0
        try:
            while start < len(data):
                if start:
                    await trio.lowlevel.checkpoint()
                start += await self._write_some(data[start : start + CHUNK_BYTES])
        finally:
            self._unwritten = len(lines) - data.count(b"\n", 0, start)

    async def _write_some(self, chunk: bytes) -> int:
        """How many bytes were taken; 0 after a wait."""
        try:
            if self._pipe is not None:
                return os.write(self._pipe, chunk)
            # Abandoned when cancelled: a thread stuck in write(2) must not keep the program from ending.
            return await trio.to_thread.run_sync(os.write, self._fd, chunk, abandon_on_cancel=True)
        except BlockingIOError:
            # The pipe is full; or somebody we share the descriptor with (node, ssh) made it non-blocking.
            await _wait_until_writable(self._fd if self._pipe is None else self._pipe)
            return 0

    def _fail(self, error: OSError) -> None:
        self._lost += self._unwritten + len(self._mailbox)
        self.failure = error.strerror or str(error)
        self.closed.set()
        log.get(actor="stdout").error("standard output cannot be written", reason=self.failure, lost=self._lost)


@contextmanager
def _own(fd: int) -> Iterator[int | None]:
    """A pipe opened once more, without waiting; None for all that is none, and where this system cannot do it."""
    own = None
    if stat.S_ISFIFO(os.fstat(fd).st_mode):
        with suppress(OSError):  # no /proc, not our pipe, nobody reads it any more: the thread's write finds out which
            own = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield own
    finally:
        if own is not None:
            os.close(own)


async def _wait_until_writable(fd: int) -> None:
    try:
        await trio.lowlevel.wait_writable(fd)
    except PermissionError:  # epoll takes pipes, sockets and terminals, and refuses the rest
        await trio.sleep(RETRY_S)
