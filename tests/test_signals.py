"""Which signal asks for what."""

import os
import signal

import pytest
import trio

from scanner import signals
from scanner.signals import Terminal, heeding


class Wishes:
    def __init__(self):
        self.heard = []

    async def reload(self):
        self.heard.append("begins")
        await trio.sleep(0.05)
        self.heard.append("ends")

    def heeding(self):
        return heeding(
            reload=self.reload,
            turn_log=lambda: self.heard.append("log"),
            hang_up=lambda: self.heard.append("gone"),
        )

    async def until(self, count):
        with trio.fail_after(30):
            while len(self.heard) < count:
                await trio.sleep(0.01)


async def test_signals_are_heeded_one_after_another():
    """A configuration is applied before anything else is done; who asks twice meanwhile is answered once."""
    wishes = Wishes()
    async with wishes.heeding():
        os.kill(os.getpid(), signal.SIGHUP)
        await wishes.until(1)
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)
        await wishes.until(3)
    assert wishes.heard == ["begins", "ends", "log"]


async def test_a_closed_terminal_is_the_end(monkeypatch):
    """Nobody is there any more who could have asked to read anything."""
    wishes = Wishes()
    monkeypatch.setattr(signals.signal, "getsignal", lambda _: signal.SIG_DFL)  # the tests may run under nohup
    monkeypatch.setattr(signals, "_is_there", iter([True, False]).__next__)
    async with wishes.heeding():
        os.kill(os.getpid(), signal.SIGHUP)
        await wishes.until(1)
    assert wishes.heard == ["gone"]


@pytest.mark.parametrize(
    ("nohup", "at_start", "now", "gone"),
    [(False, True, False, True), (False, True, True, False), (False, False, False, False), (True, True, False, False)],
)
async def test_a_terminal_that_was_closed_is_told_from_a_wish_to_reload(
    monkeypatch, autojump_clock, nohup, at_start, now, gone
):
    """Without a terminal, or under nohup, SIGHUP only ever asks to read again."""
    monkeypatch.setattr(signals.signal, "getsignal", lambda _: signal.SIG_IGN if nohup else signal.SIG_DFL)
    monkeypatch.setattr(signals, "_is_there", lambda: at_start)
    terminal = Terminal()
    monkeypatch.setattr(signals, "_is_there", lambda: now)
    assert await terminal.goes() is gone


async def test_a_terminal_that_is_still_going_is_given_a_moment(monkeypatch, autojump_clock):
    """The kernel tells of its end before the terminal is taken from us."""
    monkeypatch.setattr(signals.signal, "getsignal", lambda _: signal.SIG_DFL)
    monkeypatch.setattr(signals, "_is_there", iter([True, True, True, False]).__next__)
    assert await Terminal().goes()
