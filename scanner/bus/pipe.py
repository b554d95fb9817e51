"""The bus over a pair of operating system pipes: one process to one process, nothing in between."""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

import trio

from scanner.bus.base import BusClosed
from scanner.wire.frames import FrameReader, frame
from scanner.wire.messages import Down, Up, decode_down, encode

T = TypeVar("T")

PIPE_BYTES = 1024 * 1024
"""Asked of Linux for each pipe: about twenty full batches, so that a busy reader does not stop a writer at once."""
READ_CHUNK = 256 * 1024


class PipeWriter:
    """The writing end; several tasks may send, and messages never mix."""

    def __init__(self, fd: int) -> None:
        """Take ownership of `fd`."""
        _widen(fd)
        self._stream = trio.lowlevel.FdStream(fd)
        self._turn = trio.Lock()
        self._torn = False

    async def send(self, message: Up | Down) -> None:
        """Write one message; BusClosed when the reader is gone. It waits only for room, and for those who wait already.

        A cancelled send may have left half a frame, after which nothing can follow: from then on, BusClosed too.
        """
        data = frame(encode(message))
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._turn.locked():
            await self._turn.acquire()
        else:
            self._turn.acquire_nowait()  # unlike `acquire`, it does not step aside first
        try:
            await self._write(data)
        finally:
            self._turn.release()

    async def _write(self, data: bytes) -> None:
        if self._torn:
            raise BusClosed("a message was torn by a cancellation")
        self._torn = True
        written = self._write_at_once(data)
        if written < len(data):
            try:
                await self._stream.send_all(data[written:])
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise BusClosed("the reading end is gone") from error
        self._torn = False

    def _write_at_once(self, data: bytes) -> int:
        """What the pipe has room for now, without a turn of the loop, which would cost more than all the rest of it."""
        try:
            return os.write(self._stream.fileno(), data)
        except OSError:  # no room, no reader, no pipe: waiting, or finding out which, is `send_all`'s part
            return 0

    async def aclose(self) -> None:
        """Close this end; the reader sees the end after what was written."""
        await self._stream.aclose()


class PipeReader(Generic[T]):
    """The reading end; `decode` turns payloads into the values that travel in this direction."""

    def __init__(self, fd: int, decode: Callable[[bytes], T]) -> None:
        """Take ownership of `fd`."""
        self._stream = trio.lowlevel.FdStream(fd)
        self._decode = decode
        self._frames = FrameReader()
        self._ready: deque[bytes] = deque()

    async def receive(self) -> T:
        """The next message; BusClosed at the end, BadFrame or BadMessage when the other end speaks nonsense.

        Others have their turn before every message, even where many wait: a full batch keeps the engine for 2 ms.
        """
        if self._ready:
            await trio.lowlevel.checkpoint()
        while not self._ready:
            await self._readable()
            with suppress(BlockingIOError):  # it was said to be readable, and was empty all the same
                self._ready.extend(self._frames.feed(self._read()))
        return self._decode(self._ready.popleft())

    async def _readable(self) -> None:
        """Wait for the pipe by ourselves: `FdStream` would take two turns of the loop for each read."""
        if self._stream.fileno() < 0:
            raise BusClosed("this end is closed")
        try:
            await trio.lowlevel.wait_readable(self._stream)
        except trio.ClosedResourceError as error:
            raise BusClosed("this end was closed meanwhile") from error

    def _read(self) -> bytes:
        data = os.read(self._stream.fileno(), READ_CHUNK)
        if not data:
            raise BusClosed(f"end of stream with {self._frames.pending} bytes of an unfinished frame")
        return data

    async def aclose(self) -> None:
        """Close this end; a writer gets BusClosed."""
        await self._stream.aclose()


class End(Protocol):
    """One end of a pipe as multiprocess hands it to a child."""

    def fileno(self) -> int:
        """Its file descriptor."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


def child_ends(up: End, down: End) -> tuple[PipeWriter, PipeReader[Down]]:
    """A child's way up and its control pipe; takes both ends over."""
    ends = PipeWriter(own(up.fileno())), PipeReader(own(down.fileno()), decode_down)
    up.close()
    down.close()
    return ends


def own(fileno: int) -> int:
    """A duplicate of `fileno` that belongs to the caller, so that its first owner may close as it likes."""
    return os.dup(fileno)


def _widen(fd: int) -> None:
    """Ask for a larger pipe; where that is refused (not Linux, or a user limit) the usual size does too."""
    resize = getattr(fcntl, "F_SETPIPE_SZ", None)
    if resize is not None:
        try:
            fcntl.fcntl(fd, resize, PIPE_BYTES)
        except OSError:
            return
