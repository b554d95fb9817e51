"""The state folder: one scanner at a time, known by name, and every obstacle one clear sentence."""

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from scanner.store.folder import LOCK, PAUSE_S, TRIES, Claim, Held, Holder, StoreUnusable, default_folder, holder
from tests.store.letters import START

ME = Holder(os.getpid(), START, "scanner start --market KRW")
OTHER = """
import sys, time
from pathlib import Path
from scanner.store.folder import Claim, Holder
Claim.take(Path(sys.argv[1]), Holder(4711, 1_790_000_040_000_000_000, "scanner start", "http://127.0.0.1:9108"))
print("held", flush=True)
time.sleep(600)
"""


@contextmanager
def another(folder):
    """Another process that holds the folder, until it is killed."""
    with subprocess.Popen([sys.executable, "-c", OTHER, folder], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_STATE_HOME": "/var/state", "HOME": "/home/ada"}, "/var/state/market-scanner"),
        ({"HOME": "/home/ada"}, "/home/ada/.local/state/market-scanner"),
        ({"XDG_STATE_HOME": "", "HOME": "/home/ada"}, "/home/ada/.local/state/market-scanner"),
        ({"XDG_STATE_HOME": "state", "HOME": "/home/ada"}, "/home/ada/.local/state/market-scanner"),
        ({}, str(Path.home() / ".local/state/market-scanner")),
    ],
)
def test_state_lives_where_the_desktop_expects_it(environment, expected):
    """The XDG specification: $XDG_STATE_HOME where it is absolute, else ~/.local/state."""
    assert default_folder(environment) == Path(expected)


def test_a_second_scanner_is_told_who_holds_the_folder(tmp_path):
    """Pid, command, since when, which folder, and what to do about it."""
    with another(tmp_path), pytest.raises(Held) as held:
        Claim.take(tmp_path, ME)
    assert held.value.holder == Holder(4711, START, "scanner start", "http://127.0.0.1:9108")
    assert str(held.value) == (
        f"the state folder {tmp_path} is held by pid 4711 (scanner start), since 2026-09-21T14:14:00.000Z;"
        " stop it, or give this one a folder with --state"
    )


def test_kill_9_lets_go_of_the_folder(tmp_path):
    """The kernel releases the lock: what the dead one wrote into the file holds up nobody."""
    with another(tmp_path) as process:
        assert holder(tmp_path) == Holder(4711, START, "scanner start", "http://127.0.0.1:9108")
        process.kill()
        process.wait()
        assert holder(tmp_path) is None
        Claim.take(tmp_path, ME).release()


def test_the_holder_can_say_more_later(tmp_path):
    """Its ops address, once it is known; a shorter word leaves nothing of a longer one."""
    claim = Claim.take(tmp_path, ME)
    claim.tell(msgspec.structs.replace(ME, ops="http://127.0.0.1:40123"))
    assert holder(tmp_path) == Holder(ME.pid, START, ME.command, "http://127.0.0.1:40123")
    claim.tell(msgspec.structs.replace(ME, command="x"))
    assert (tmp_path / LOCK).read_bytes().count(b"\n") == 1
    assert holder(tmp_path) == Holder(ME.pid, START, "x")
    claim.release()
    assert holder(tmp_path) is None


def test_nobody_holds_a_folder_that_is_not_there(tmp_path):
    """Asking makes nothing."""
    assert holder(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


def test_asking_who_is_there_keeps_nobody_out(tmp_path, monkeypatch):
    """A scanner that starts while `scanner alerts` looks at the lock does not mistake it for another scanner."""
    Claim.take(tmp_path, ME).release()
    asking = os.open(tmp_path / LOCK, os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == TRIES - 1:
            os.close(asking)

    monkeypatch.setattr(time, "sleep", pause)
    Claim.take(tmp_path, ME).release()
    assert pauses == [PAUSE_S] * (TRIES - 1)


def test_a_holder_that_has_not_spoken_yet_is_respected(tmp_path):
    """Between the lock and the first word there is a moment; an unreadable file is such a moment too."""
    claim = Claim.take(tmp_path, ME)
    (tmp_path / LOCK).write_bytes(b"")
    with pytest.raises(Held, match="held by another scanner that is just starting"):
        Claim.take(tmp_path, ME)
    claim.release()


def test_only_this_user_can_look_in(tmp_path):
    """Folder 0700, lock 0600: whose alerts these are is nobody else's business."""
    folder = tmp_path / "a" / "b"
    Claim.take(folder, ME).release()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / LOCK).stat().st_mode) == 0o600


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    """One sentence, no traceback; the same where it stands further up."""
    (tmp_path / "state").write_text("")
    for folder in (tmp_path / "state", tmp_path / "state" / "below"):
        with pytest.raises(StoreUnusable) as refused:
            Claim.take(folder, ME)
        assert str(refused.value) == (
            f"the state folder {folder} cannot be used: a file stands where a folder was expected"
        )


@contextmanager
def ordinary_user():
    """Root may write everywhere: in here it is nobody."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("below", ["", "new"])
def test_a_folder_that_may_not_be_written_is_named(below):
    """And how to choose another one."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o555)
        folder = Path(parent, below)
        with ordinary_user(), pytest.raises(StoreUnusable) as refused:
            Claim.take(folder, ME)
        assert str(refused.value) == (
            f"the state folder {folder} cannot be used: this user may not write there;"
            " choose another folder with --state, or change its owner"
        )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "no space is left there"),
        (errno.EROFS, "its file system is read-only; choose another folder with --state"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_disk_that_fails_at_the_first_word_is_named(tmp_path, monkeypatch, code, words):
    """And the lock is let go again."""

    def fail(*_):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", fail)
        with pytest.raises(StoreUnusable) as refused:
            Claim.take(tmp_path, ME)
    assert str(refused.value) == f"the state folder {tmp_path} cannot be used: {words}"
    assert holder(tmp_path) is None
