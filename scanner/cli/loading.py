"""A group of commands that are known by name and loaded when named: nobody waits for what he did not ask for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from scanner.config.errors import nearest

Commands = Mapping[str, tuple[str, str]]
"""Name → `module:attribute`, and what it does in a sentence. Loading one loads all that it needs, so only one is."""


class Named(click.Group):
    """A click group over such a table."""

    def __init__(self, *args: Any, commands: Commands, called: str = "command", **options: Any) -> None:
        """`called` is what an entry is in error messages."""
        super().__init__(*args, **options)
        self._table = commands
        self._called = called

    def list_commands(self, _: click.Context) -> list[str]:
        """In the table's order: the main job first."""
        return list(self._table)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Load it."""
        if name not in self._table:
            return None
        module, _colon, attribute = self._table[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, from the table instead of from every command's module."""
        with formatter.section(f"{self._called.capitalize()}s"):
            formatter.write_dl([(name, says) for name, (_module, says) in self._table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """What the first word names; an unknown one is answered with the nearest."""
        if args[0] not in self._table and not args[0].startswith("-"):
            guess = nearest(args[0], self._table)
            known = f"unknown {self._called} {args[0]}, expected one of {', '.join(self._table)}"
            raise click.UsageError(known + (f"; did you mean {guess}?" if guess else ""), ctx)
        return super().resolve_command(ctx, args)
