"""The bus over a pair of operating system pipes: one process to one process, nothing in between."""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Callable
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
        """Write one message, waiting for room; BusClosed when the reader is gone.

        A cancelled send may have left half a frame, after which nothing can follow: from then on, BusClosed too.
        """
        data = frame(encode(message))
        async with self._turn:
            if self._torn:
                raise BusClosed("a message was torn by a cancellation")
            self._torn = True
            try:
                await self._stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise BusClosed("the reading end is gone") from error
            self._torn = False

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
        """The next message; BusClosed at the end, BadFrame or BadMessage when the other end speaks nonsense."""
        while not self._ready:
            try:
                data = await self._stream.receive_some(READ_CHUNK)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise BusClosed(str(error) or "the pipe broke") from error
            self._ready.extend(self._frames.feed(bytes(data)))
            if not data:
                raise BusClosed(f"end of stream with {self._frames.pending} bytes of an unfinished frame")
        return self._decode(self._ready.popleft())

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
