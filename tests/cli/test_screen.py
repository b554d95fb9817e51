"""The board takes the whole terminal and gives it back, on a real pseudo-terminal read by a terminal emulator."""

import os
import pty
import termios
import threading
from contextlib import suppress

import pyte
import pytest
import trio
import trio.testing
from rich.console import Console
from rich.text import Text

from scanner.cli.screen import Terminal, show


class Glass:
    """Both ends of a pseudo-terminal, and what a person would see on it."""

    def __init__(self, columns=80, lines=24):
        self.ours, self.theirs = pty.openpty()
        termios.tcsetwinsize(self.theirs, (lines, columns))
        self.file = os.fdopen(self.theirs, "w")
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        os.set_blocking(self.ours, False)

    def look(self):
        with suppress(BlockingIOError, OSError):
            while data := os.read(self.ours, 65536):
                self.raw += data
                self.stream.feed(data)
        return [line.rstrip() for line in self.screen.display]

    async def wait_for(self, text):
        with trio.fail_after(10):
            while not any(text in line for line in self.look()):
                await trio.lowlevel.wait_readable(self.ours)

    def console(self, kind=Console):
        return kind(file=self.file, force_terminal=True, color_system=None, width=80, height=24)


@pytest.fixture
def glass():
    made = Glass()
    yield made
    with suppress(OSError):
        os.close(made.ours)
    with suppress(OSError):
        made.file.close()


async def test_pictures_follow_each_other_in_place(glass):
    # Promise: each picture replaces the last one; nothing scrolls, nothing is left over.
    said = ["first"]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(show, lambda: Text(said[0]), glass.console(), 0.01)
        await glass.wait_for("first")
        said[0] = "2nd"
        await glass.wait_for("2nd")
        assert [line for line in glass.look() if line] == ["2nd"]
        nursery.cancel_scope.cancel()


async def test_the_terminal_is_given_back(glass):
    # Promise: alternate screen left, cursor shown, however the program ends.
    async with trio.open_nursery() as nursery:
        nursery.start_soon(show, lambda: Text("board"), glass.console(), 0.01)
        await glass.wait_for("board")
        assert b"\x1b[?1049h" in glass.raw
        assert b"\x1b[?25l" in glass.raw
        nursery.cancel_scope.cancel()
    glass.look()
    assert glass.raw.rindex(b"\x1b[?1049l") > glass.raw.rindex(b"\x1b[?1049h")
    assert glass.raw.rindex(b"\x1b[?25h") > glass.raw.rindex(b"\x1b[?25l")


async def test_no_picture_clears_the_screen_first(glass):
    # Promise: no flicker: pictures are painted over each other.
    async with trio.open_nursery() as nursery:
        nursery.start_soon(show, lambda: Text("board"), glass.console(), 0.001)
        await glass.wait_for("board")
        began = len(glass.raw)
        while len(glass.raw) < began + 10_000:
            await trio.lowlevel.wait_readable(glass.ours)
            glass.look()
        nursery.cancel_scope.cancel()
    assert b"\x1b[2J" not in glass.raw[began:]


async def test_a_terminal_that_is_gone_ends_the_show_quietly(glass):
    # Promise: a closed window is no crash.
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(show, lambda: Text("board"), glass.console(Terminal), 0.01)
            await glass.wait_for("board")
            os.close(glass.ours)


async def test_a_reader_that_left_a_pipe_ends_the_show_quietly():
    # Promise: rich's own way, to end the program, is not ours.
    reading, writing = os.pipe()
    os.close(reading)
    file = os.fdopen(writing, "w")
    with trio.fail_after(10):
        await show(lambda: Text("board"), Terminal(file=file, force_terminal=True, width=80, height=24), 0.01)
    with suppress(BrokenPipeError):
        file.close()


async def test_a_terminal_that_takes_nothing_does_not_hold_up_the_end(glass):
    # Promise: Ctrl-S does not make Ctrl-C wait; the thread that is stuck in writing is left behind.
    termios.tcflow(glass.theirs, termios.TCOOFF)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(show, lambda: Text("board"), glass.console(), 0.01)
            await trio.testing.wait_all_tasks_blocked(0.05)
            nursery.cancel_scope.cancel()
    termios.tcflow(glass.theirs, termios.TCOON)


async def test_the_loop_is_free_while_a_picture_is_drawn(glass):
    # Promise: drawing happens in a thread, whatever it costs.
    drawn_in = []

    class Picture:
        def __rich_console__(self, console, options):
            drawn_in.append(threading.get_ident())
            yield Text("drawn")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(show, Picture, glass.console(), 0.01)
        await glass.wait_for("drawn")
        nursery.cancel_scope.cancel()
    assert threading.get_ident() not in drawn_in
