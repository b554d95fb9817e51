"""Where a run keeps what outlives it: a folder that is claimed while it lasts, or one that is thrown away with it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time_ns

from msgspec import structs

from scanner.store.database import DATABASE
from scanner.store.folder import NAME, Claim, Holder, default_folder

COMMAND = "scanner start"
"""What the holder of a folder is called there: never its whole command line, which may hold a webhook's address."""


class Home:
    """A state folder that is ours for now."""

    def __init__(self, claim: Claim, holder: Holder) -> None:
        self._claim = claim
        self._holder = holder

    @property
    def database(self) -> Path:
        """The file that the store lives in."""
        return self._claim.folder / DATABASE

    def listens(self, ops: str) -> None:
        """Tell whoever looks into the folder where our ops server is: a base address. OSError where that fails."""
        self._claim.tell(structs.replace(self._holder, ops=ops))


def folder(configured: str) -> Path:
    """The configured folder, or where this user's programs keep their state."""
    return Path(configured).expanduser() if configured else default_folder(os.environ)


@contextmanager
def claimed(place: Path | None) -> Iterator[Home]:
    """Hold this folder while the block lasts, or, for None, one of our own that is gone afterwards.

    Raises `store.folder.Held` where another scanner lives, and `StoreUnusable` where nobody can.
    """
    thrown_away = place is None
    where = Path(tempfile.mkdtemp(prefix=f"{NAME}-")) if place is None else place
    holder = Holder(os.getpid(), time_ns(), COMMAND)
    try:
        claim = Claim.take(where, holder)
        try:
            yield Home(claim, holder)
        finally:
            claim.release()
    finally:
        if thrown_away:
            shutil.rmtree(where, ignore_errors=True)
