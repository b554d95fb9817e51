"""kill -9 at any moment: no letter that was said to be committed is lost, and the next life finds a whole file."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

from scanner.store import outbox
from scanner.store.database import DATABASE, connect
from scanner.store.folder import Claim, Holder
from tests.conftest import ROOT

LIVES = 30
LONGEST_S = 0.15
"""The kill comes at a random moment within this; a transaction takes some milliseconds."""


@contextmanager
def cradle(folder):
    """Where lives in this folder begin."""
    command = [sys.executable, "-m", "tests.chaos.keeper", folder]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.stdin.close()


def live(process, life, dies_after_s):
    """Story numbers that this life said were committed before it was killed."""
    process.stdin.write(b"%d\n" % life)
    process.stdin.flush()
    pid = int(process.stdout.readline())
    time.sleep(dies_after_s)
    os.kill(pid, signal.SIGKILL)
    return [int(line) for line in iter(process.stdout.readline, b"died\n")]


def test_kill_9_while_it_writes_loses_no_committed_letter(tmp_path):
    """Thirty lives in one folder, each killed in the middle: all that was said is there, once, in a whole file."""
    draw = random.Random(6)
    said = []
    with cradle(tmp_path) as process:
        for life in range(LIVES):
            said += live(process, life, draw.uniform(0, LONGEST_S))
    claim = Claim.take(tmp_path, Holder(1, 0, "the next one"))
    db = connect(tmp_path / DATABASE, create=True)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    letters = outbox.waiting(db, "phone", limit=10**9)
    kept = [int(each.notification.news.id, 16) for each in letters]
    assert len(said) > LIVES
    assert set(said) <= set(kept)
    assert len(kept) == len(set(kept))
    # What a life wrote is there from its first letter on: a kill takes an end off, never a middle out.
    for life in range(LIVES):
        first = life * 1_000_000
        own = [story for story in kept if story // 1_000_000 == life]
        assert own == list(range(first, first + len(own)))
    db.close()
    claim.release()
