"""A text stream that never makes its writer wait: lines queue, and one thread carries them to a file descriptor."""

from __future__ import annotations

import atexit
import os
import select
import threading
from collections import deque
from collections.abc import Callable

WAITING_LINES = 10_000
"""Lines that may wait for a slow reader; the oldest goes then, counted."""
LAST_WORDS_S = 0.3
"""What waits at a normal exit gets this long; a reader that is slower misses the end."""


class Outbox:
    """`write` returns at once, whatever became of the reader. Lines keep their order."""

    def __init__(self, fd: int, describe_lost: Callable[[int], str] = "{} lines lost".format) -> None:
        self.describe_lost = describe_lost
        """The line, without its newline, that stands where this many lines are missing."""
        self._fd = fd
        self._waiting: deque[str] = deque()
        self._lost = 0
        self._writing = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> int:
        """Leave one line with its newline."""
        with self._changed:
            if len(self._waiting) >= WAITING_LINES:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(text)
            self._changed.notify_all()
            if self._thread is None:
                self._start()
        return len(text)

    def flush(self, patience_s: float = 0.0) -> bool:
        """Wait until nothing waits, but not longer than this; whether that came."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._writing, patience_s)

    def _start(self) -> None:
        # A daemon: stuck in write(2), it must not keep the program from ending.
        self._thread = threading.Thread(target=self._carry, name=f"lines to descriptor {self._fd}", daemon=True)
        self._thread.start()
        atexit.register(self.flush, LAST_WORDS_S)

    def _carry(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                text, lost = self._waiting.popleft(), self._lost
                self._lost, self._writing = 0, True
            notice = f"{self.describe_lost(lost)}\n" if lost else ""
            arrived = _write(self._fd, (notice + text).encode(errors="backslashreplace"))
            with self._changed:
                self._writing = False
                self._lost += 0 if arrived else lost + 1
                self._changed.notify_all()


def _write(fd: int, data: bytes) -> bool:
    """Whether all of it could be written; there is nobody to tell why not."""
    try:
        while data:
            try:
                data = data[os.write(fd, data) :]
            except BlockingIOError:
                _wait_until_writable(fd)
    except OSError:
        return False
    return True


def _wait_until_writable(fd: int) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    poll.poll()
