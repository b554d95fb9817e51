"""The state folder, and the lock that lets one scanner at a time live in it."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from scanner.model.moments import rfc3339

NAME = "market-scanner"
LOCK = "lock"
"""Whoever holds this file's flock lives in the folder. It is never deleted: two scanners could then lock two files."""
TRIES, PAUSE_S = 10, 0.02
"""`holder` locks the file for a moment to see whether it can: a scanner that starts just then tries again."""


class Holder(Struct, frozen=True):
    """Who lives in a state folder."""

    pid: int
    since: int
    """Nanoseconds UTC."""
    command: str
    ops: str = ""
    """Base address of its ops server, such as http://127.0.0.1:9108; empty where it has none, or not yet."""


class StoreUnusable(Exception):
    """One sentence: which path, what is wrong with it, what was expected."""


class Held(Exception):
    """Somebody else lives there."""

    def __init__(self, folder: Path, holder: Holder) -> None:
        """`holder.pid` 0 means that it has not said yet who it is."""
        super().__init__(folder, holder)
        self.folder = folder
        self.holder = holder

    def __str__(self) -> str:
        if not self.holder.pid:
            return f"the state folder {self.folder} is held by another scanner that is just starting"
        who = f"pid {self.holder.pid} ({self.holder.command}), since {rfc3339(self.holder.since)}"
        return f"the state folder {self.folder} is held by {who}; stop it, or give this one a folder with --state"


class Claim:
    """The lock, held until `release` or the end of this process: the kernel lets go of it even after kill -9."""

    def __init__(self, folder: Path, lock: int) -> None:
        """Use `take`."""
        self.folder = folder
        self._lock = lock

    @classmethod
    def take(cls, folder: Path, holder: Holder) -> Claim:
        """Make the folder (for this user only) if it is missing, lock it, and say in it who holds it.

        Raises Held or StoreUnusable. The longest wait is `TRIES * PAUSE_S` seconds.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnusable(_sentence(folder, error)) from error
        claim = cls(folder, lock)
        try:
            claim._hold(holder)
        except OSError as error:
            claim.release()
            raise StoreUnusable(_sentence(folder, error)) from error
        except Held:
            claim.release()
            raise
        return claim

    def _hold(self, holder: Holder) -> None:
        if not _locked(self._lock, fcntl.LOCK_EX, TRIES):
            raise Held(self.folder, _told(self._lock) or Holder(pid=0, since=0, command=""))
        self.tell(holder)

    def tell(self, holder: Holder) -> None:
        """Say anew who holds the folder. OSError where it cannot be written."""
        # The new line lands in one piece before the rest of the old one is cut off, and readers take the first line.
        line = msgspec.json.encode(holder) + b"\n"
        os.pwrite(self._lock, line, 0)
        os.ftruncate(self._lock, len(line))

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._lock)


def default_folder(environment: Mapping[str, str]) -> Path:
    """Where state lives when nothing else is said: `$XDG_STATE_HOME/market-scanner`, else below `~/.local/state`."""
    base = Path(environment.get("XDG_STATE_HOME", ""))
    if not base.is_absolute():  # the XDG specification wants relative ones left alone
        base = Path(environment.get("HOME") or Path.home()) / ".local" / "state"
    return base / NAME


def holder(folder: Path) -> Holder | None:
    """Who lives in this folder now; None when nobody does, whatever the file says. StoreUnusable where it is hidden."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreUnusable(_sentence(folder, error)) from error
    try:
        return None if _locked(lock, fcntl.LOCK_SH, 1) else _told(lock)
    finally:
        os.close(lock)


def _locked(lock: int, kind: int, tries: int) -> bool:
    for pause in [PAUSE_S] * (tries - 1) + [0.0]:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
        else:
            return True
    return False


def _told(lock: int) -> Holder | None:
    """None while a holder that has just come has not written yet."""
    try:
        return msgspec.json.decode(os.pread(lock, 65536, 0).partition(b"\n")[0], type=Holder)
    except msgspec.DecodeError:
        return None


REASONS = {
    errno.EACCES: "this user may not write there; choose another folder with --state, or change its owner",
    errno.EPERM: "this user may not write there; choose another folder with --state, or change its owner",
    errno.EROFS: "its file system is read-only; choose another folder with --state",
    errno.ENOSPC: "no space is left there",
    errno.EDQUOT: "the quota of this user is used up there",
    errno.EEXIST: "a file stands where a folder was expected",
    errno.ENOTDIR: "a file stands where a folder was expected",
    errno.ENOLCK: "its file system knows no locks; choose a local folder with --state",
    errno.EOPNOTSUPP: "its file system knows no locks; choose a local folder with --state",
}


def _sentence(folder: Path, error: OSError) -> str:
    reason = REASONS.get(error.errno or 0, error.strerror or str(error))
    return f"the state folder {folder} cannot be used: {reason}"
