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

from scanner.cli import screen
from scanner.cli.screen import Descriptor, Terminal, show


class Glass:
    """Both ends of a pseudo-terminal, and what a person would see on it."""

    def __init__(self, columns=80, lines=24):
        self.ours, self.theirs = pty.openpty()
        termios.tcsetwinsize(self.theirs, (lines, columns))
        self.file = Descriptor(self.theirs)
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
        os.close(made.theirs)


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
    console = Terminal(file=Descriptor(writing), force_terminal=True, width=80, height=24)
    with trio.fail_after(10):
        await show(lambda: Text("board"), console, 0.01)
    os.close(writing)


async def test_a_terminal_that_takes_nothing_does_not_hold_up_the_end(glass, monkeypatch):
    # Promise: Ctrl-S does not make Ctrl-C wait; the thread that is stuck in writing is left behind.
    monkeypatch.setattr(screen, "FAREWELL_S", 0.05)
    termios.tcflow(glass.theirs, termios.TCOOFF)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(show, lambda: Text("board"), glass.console(), 0.01)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert not glass.look()[0]
            nursery.cancel_scope.cancel()
    termios.tcflow(glass.theirs, termios.TCOON)


def test_a_thread_that_was_left_behind_draws_nothing_any_more(glass):
    # Promise: what comes after the end finds the terminal as it was given back.
    left_behind = screen._Screen(glass.console())
    left_behind.draw(Text("board"))
    left_behind.close()
    glass.look()
    told = len(glass.raw)
    left_behind.draw(Text("too late"))
    glass.look()
    assert len(glass.raw) == told


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


def test_a_descriptor_is_a_terminal_where_it_is_one(glass):
    # Promise: escapes go to terminals only, and letters that cannot be spelled end nothing.
    console = Terminal(file=glass.file)
    assert console.is_terminal
    console.print("한글 \udc80")
    assert glass.look()[0].startswith("한")
