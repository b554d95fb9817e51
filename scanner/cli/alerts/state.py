"""What the commands of `scanner alerts` share: their options, the state folder, and its database."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from scanner.cli.main import FAILED, OneLine
from scanner.cli.params import assignment, load
from scanner.config.errors import nearest, one_of
from scanner.settings import Settings, receiver_names
from scanner.store.database import DATABASE, connect, unusable
from scanner.store.folder import Holder, StoreUnusable, default_folder, holder

F = TypeVar("F", bound=Callable[..., Any])

PIPED_WIDTH = 200
SIMULATED = "a run with --sim keeps its state in a folder that is thrown away, unless it is given one with --state DIR"


class State:
    """One state folder, named by the command line, the settings, or the user's own place for such things."""

    def __init__(self, chosen: dict[str, Any]) -> None:
        """`chosen` holds what the shared options gave; ConfigError when something is wrong with the settings."""
        told = chosen.get("state")
        self.settings: Settings = load(chosen, [assignment(("state", "dir"), told, "--state")] if told else ())
        named = self.settings.state.dir
        self._is_named = bool(told)
        self.folder = Path(named).expanduser() if named else default_folder(os.environ)

    @cached_property
    def holder(self) -> Holder | None:
        """The scanner that runs with this folder now; None when none does."""
        with _told():
            return holder(self.folder)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Its database; a sentence says why it cannot be used."""
        with _told(self.hint):
            database = connect(self.folder / DATABASE)
            try:
                yield database
            finally:
                database.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The same, in one transaction; a scanner that runs there notices within a second."""
        with self.reading() as database:
            database.execute("BEGIN IMMEDIATE")
            with database:  # commits, or rolls back where something was raised
                yield database

    @property
    def hint(self) -> str:
        """What an operator may not know who finds nothing and named no folder."""
        return "" if self._is_named else f"; {SIMULATED}"

    def receiver(self, name: str, also: Iterable[str] = ()) -> str:
        """A receiver's name, if the settings or `also` know it; else a usage error that names the nearest."""
        known = {*receiver_names(self.settings.receivers), *also}
        if name in known:
            return name
        guess = nearest(name, known)
        expected = f"there is no receiver {name!r}: expected one of {', '.join(sorted(known))}"
        raise click.UsageError(expected + (f"; did you mean {guess}?" if guess else ""))


def named(option: str, name: str, known: Collection[str]) -> str:
    """A name that there is; a usage error names the nearest."""
    if name in known:
        return name
    guess = nearest(name, known)
    told = f"{name!r}: expected {one_of(known)}" + (f"; did you mean {guess}?" if guess else "")
    raise click.BadParameter(told, param_hint=option)


def console() -> Console:
    """As wide as the terminal; what goes elsewhere is folded late, for it may be searched line by line."""
    return Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)


def state_options(command: F) -> F:
    """The options of every command here; `State` takes what they gave."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option("--state", metavar="DIR", help="The scanner's state folder; by default the user's own."),
    click.option("--config", metavar="FILE", help="A TOML file of settings ($SCANNER_CONFIG names one too)."),
    click.option("--set", multiple=True, metavar="KEY=VALUE", help="Any setting, such as state.dir=DIR. Repeatable."),
    click.option("--json", "as_json", is_flag=True, help="JSON on standard output."),
)


@contextmanager
def _told(hint: str = "") -> Iterator[None]:
    """What is wrong with folder, disk or file is no crash."""
    try:
        yield
    except StoreUnusable as error:
        raise OneLine(f"{error}{hint}", FAILED) from error
    except sqlite3.Error as error:
        if not (why := unusable(error)):
            raise
        raise OneLine(f"the state folder's database cannot be used: {why}", FAILED) from error
