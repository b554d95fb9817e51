"""The first moments, before anything heavy is imported: early signals are remembered, closed streams are replaced."""

import os
import signal
import sys

PATIENT = ("start", "sim")
"""Verbs that end in good order when they are told to, so also when they are told to while they still load."""
LISTENS = "start"
"""The verb that SIGHUP and SIGUSR1 mean something to. Until it listens for them they must not end it."""

_heard: list[int] = []


def prepare() -> None:
    """Make this process ready for whatever the command line asks."""
    replace_closed_streams()
    if sys.argv[1:2] and sys.argv[1] in PATIENT:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _frame: _heard.append(number))
    if sys.argv[1:2] == [LISTENS]:
        for number in (signal.SIGHUP, signal.SIGUSR1):
            if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it, which is remembered
                signal.signal(number, lambda _number, _frame: None)


def interrupted() -> bool:
    """Whether a signal came before anybody else listened for it."""
    return bool(_heard)


def replace_closed_streams() -> None:
    """Started with `>&-`, the next file or socket opened would become standard output; /dev/null takes its place."""
    for fd, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
            setattr(sys, name, os.fdopen(fd, mode, closefd=False))
