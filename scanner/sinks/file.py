"""A file of JSON lines: appended whole, on disk before it counts as delivered, and bounded by rotation.

`PATH` is the newest, `PATH.1` the one before it, and so on. What moves the file away from outside (logrotate) is
noticed at the next line, which begins a new one; no signal is needed.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Annotated, Literal

import msgspec
import trio
from msgspec import Meta

from scanner.model.news import Notification
from scanner.model.units import Positive
from scanner.sinks.base import Delivered, Kit, Outcome, ReceiverSettings, Refused, Retry, bulletin

MODE = 0o600
"""Alerts are the operator's own; who else may read them is for him to say, afterwards."""
MEGABYTE = 1_000_000
TIMEOUT_S = 15.0
"""For one line; a local disk takes milliseconds."""
APPENDING = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
"""Read too, for the last byte; without waiting, because the path may turn out to be a pipe that nobody reads."""


class FileSettings(ReceiverSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `file`."""

    path: Annotated[str, Meta(min_length=1, description="the path of a file, in a folder that exists")]
    """Where the lines go; `~` is the home folder."""
    sync: Literal["always", "never"] = "always"
    """Whether each line waits until the disk has it, or the kernel writes it when it likes."""
    rotate_mb: Positive = 64
    """A file that would grow over so many megabytes becomes PATH.1, and a new one begins."""
    keep: Positive = 8
    """So many older files stay; the oldest goes."""
    group: bool = False
    """Whether a burst on one venue is one line."""


class File:
    """Appends one JSON line for each notification: `bulletin`, and before it the `id` that all attempts share."""

    def __init__(self, settings: FileSettings, kit: Kit) -> None:  # noqa: ARG002  # it has all it needs
        self._settings = settings
        self._path = os.path.expanduser(settings.path)  # noqa: PTH111  # it is written in messages as it is here
        self._descriptor: int | None = None
        self._turn = trio.CapacityLimiter(1)
        """Of who may touch the file: one thread, also where one was abandoned."""

    async def deliver(self, notification: Notification, earlier: str = "") -> Outcome:  # noqa: ARG002  # lines stay
        """One attempt, in a thread; an operator can mend what a file system refuses, so that is no end."""
        line = msgspec.json.encode({"id": notification.id, **bulletin(notification)}) + b"\n"
        with trio.move_on_after(TIMEOUT_S):
            try:
                # Abandoned when time is over: a thread that hangs on a dead network disk must hold up nobody.
                await trio.to_thread.run_sync(self._append, line, limiter=self._turn, abandon_on_cancel=True)
            except NotAFile:
                return Refused(f"{self._path} is there and is no ordinary file")
            except OSError as error:
                return Retry(f"{self._path} cannot be written: {(error.strerror or str(error)).lower()}")
            return Delivered()
        return Retry(f"{self._path} was not written within {TIMEOUT_S:g} s")

    async def aclose(self) -> None:
        """Close the file, once nobody writes to it."""
        async with self._turn:
            self._close()

    def _append(self, line: bytes) -> None:
        """The whole line, or, after an OSError, nothing of it."""
        descriptor, size = self._opened(len(line))
        try:
            _write_all(descriptor, line)
            if self._settings.sync == "always":
                os.fdatasync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            self._close()
            raise

    def _opened(self, room: int) -> tuple[int, int]:
        """The file at the path, with room for so many bytes, and its size."""
        if self._descriptor is not None and not _is_at(self._descriptor, self._path):
            self._close()
        if self._descriptor is None:
            self._descriptor = _open(self._path)
        size = os.fstat(self._descriptor).st_size
        if size and size + room > self._settings.rotate_mb * MEGABYTE:
            self._close()
            _rotate(self._path, self._settings.keep)
            return self._opened(room)
        return self._descriptor, size

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class NotAFile(Exception):
    """Something stands at the path that cannot be appended to: a folder, a pipe, a device."""


def _open(path: str) -> int:
    """The file, made where there is none."""
    try:
        descriptor = os.open(path, APPENDING, MODE)
    except IsADirectoryError:
        raise NotAFile from None
    try:
        _check(descriptor)
    except (NotAFile, OSError):
        os.close(descriptor)
        raise
    return descriptor


def _check(descriptor: int) -> None:
    """That it is a file; a line that was torn when the machine fell is ended, so that the next one is whole."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise NotAFile
    if found.st_size and os.pread(descriptor, 1, found.st_size - 1) != b"\n":
        _write_all(descriptor, b"\n")


def _write_all(descriptor: int, data: bytes) -> None:
    """A write may take less than it is given; the rest then says why."""
    while data:
        data = data[os.write(descriptor, data) :]


def _is_at(descriptor: int, path: str) -> bool:
    """Whether what is open is still what stands at the path."""
    try:
        there = os.stat(path)  # noqa: PTH116  # as with the descriptor
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)


def _rotate(path: str, keep: int) -> None:
    """Every file one step older, the oldest first, which makes room by going."""
    for age in reversed(range(keep)):
        older, newer = f"{path}.{age + 1}", f"{path}.{age}" if age else path
        with suppress(FileNotFoundError):
            os.replace(newer, older)  # noqa: PTH105  # paths are plain text here
