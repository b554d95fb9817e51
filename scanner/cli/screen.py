"""The whole terminal for something that keeps changing, and the terminal given back as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from io import TextIOBase
from threading import Lock
from typing import Any, NoReturn

import trio
from rich.console import Console, RenderableType
from rich.live import Live

PERIOD_S = 0.25
"""Four times a second is as much as an eye can follow."""
FAREWELL_S = 1.0
"""How long a terminal that takes nothing may hold up the end."""


async def show(picture: Callable[[], RenderableType], console: Console | None = None, period: float = PERIOD_S) -> None:
    """Show what `picture` gives, again and again, until cancelled; returns when the terminal is gone.

    `picture` is called on the loop and should be quick. Drawing takes milliseconds and writing as long as the terminal
    likes, so both happen in a thread, which a cancellation leaves behind.
    """
    screen = _Screen(console or _standard_output())
    try:
        while True:
            await trio.to_thread.run_sync(screen.draw, picture(), abandon_on_cancel=True)
            await trio.sleep(period)
    except OSError:
        return
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + FAREWELL_S):
            await trio.to_thread.run_sync(screen.close, abandon_on_cancel=True)


class _Screen:
    """A live display that is safe to close while a thread that was left behind still draws."""

    def __init__(self, console: Console) -> None:
        self._live = Live(
            console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._turn = Lock()
        self._closed = False

    def draw(self, picture: RenderableType) -> None:
        """Put a picture on the screen in one piece; OSError when the terminal is gone."""
        with self._turn:
            if not self._closed:
                self._live.start()
                self._live.update(picture, refresh=True)

    def close(self) -> None:
        """Leave the screen as it was found."""
        with self._turn:
            self._closed = True
            try:
                self._live.stop()
            except OSError:
                return  # nothing is left to restore


class Terminal(Console):
    """A console whose end is an error like any other; rich's own would end the program."""

    def on_broken_pipe(self) -> NoReturn:
        """Called by rich while it handles the error."""
        raise  # noqa: PLE0704  # the BrokenPipeError that rich is handling


class Descriptor(TextIOBase):
    """A file descriptor to write to without a buffer or a lock.

    A thread that is stuck in writing to `sys.stdout` holds its lock, and then the interpreter cannot end.
    """

    encoding = "utf-8"

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, text: str) -> int:
        """All of it, however long the terminal takes."""
        view = memoryview(text.encode(errors="replace"))
        while view:
            view = view[os.write(self._fd, view) :]
        return len(text)

    def fileno(self) -> int:
        """So that its size can be asked."""
        return self._fd

    def isatty(self) -> bool:
        """Whether somebody sits before it."""
        return os.isatty(self._fd)


def _standard_output() -> Console:
    file: Any = Descriptor(sys.stdout.fileno())
    return Terminal(file=file)
