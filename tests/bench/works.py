"""Small pieces of measured work with one habit each; the tests' benches run them in processes of their own."""

import os
import signal
import sys
import time
from pathlib import Path

import trio

from scanner.bench.child import say, until_unwanted


def figures(**options):
    """Chatters, then tells what it was called with and who it was."""
    sys.stdout.write("some library's greeting\n")
    return {"pid": os.getpid(), **options}


def falling():
    """Ends with a reason."""
    raise RuntimeError("the venue is on fire")


def silent():
    """Works and has nothing to show."""


def endless():
    """Never comes to figures."""
    time.sleep(3600)


def serve(trace):
    """A server with an ordinary life; it leaves a trace when it was told to go."""
    say({"port": 4711, "pid": os.getpid()})
    trio.run(until_unwanted)
    Path(trace).write_text("left")


def serve_deaf():
    """A server that hears no farewell."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say({"pid": os.getpid()})
    endless()


def stutter():
    """Says the beginning of a word, and nothing more."""
    sys.stdout.write('{"port"')
    sys.stdout.flush()
    endless()


def stumble():
    """Ends in the middle of its word."""
    sys.stdout.write('{"port"')
