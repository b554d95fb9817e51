"""The live board as a person sees it: the whole program on a terminal, looked at through a terminal emulator."""

import fcntl
import os
import signal
import struct
import sys
import termios

import pyte
import trio

ROWS, COLUMNS = 30, 100
PATIENCE_S = 60


async def test_the_board_shows_both_venues_live_and_gives_the_terminal_back():
    """Venues, movers and health on the screen; after Ctrl-C the cursor is back and the last words stand there."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    command = [sys.executable, "-m", "scanner", "start", "--sim", "quiet", "--ops-port", "0"]
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = await trio.lowlevel.open_process(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    screen, written = pyte.Screen(COLUMNS, ROWS), bytearray()
    stream = pyte.ByteStream(screen)
    try:
        with trio.fail_after(PATIENCE_S):
            while not _both_live(screen):
                await _read(ours, stream, written)
            process.send_signal(signal.SIGINT)
            while await _read(ours, stream, written):
                pass
            assert await process.wait() == 0
    finally:
        if process.poll() is None:
            process.kill()
        os.close(ours)
    assert b"\x1b[?1049h" in written
    assert written.rindex(b"\x1b[?1049l") > written.rindex(b"\x1b[?1049h")
    assert written.rindex(b"\x1b[?25h") > written.rindex(b"\x1b[?25l")
    last = written[written.rindex(b"\x1b[?1049l") :].decode()
    assert "475 markets" in last
    assert "0 alerts, 0 restarts, 0 dropped" in last


def _both_live(screen):
    rows = [line.split() for line in screen.display]
    return all([venue, "live", "5/5"] in [row[:3] for row in rows] for venue in ("Upbit", "Bithumb"))


async def _read(fd, stream, written):
    """Feed what the program drew to the emulator; False when its end of the terminal is closed."""
    await trio.lowlevel.wait_readable(fd)
    try:
        data = os.read(fd, 65536)
    except OSError:
        return False
    written += data
    stream.feed(data)
    return bool(data)
