"""The verbs of the command line: known by name, loaded when named; an operator's mistakes are told in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, Any

import click

from scanner import __version__
from scanner.config.errors import ConfigError, nearest
from scanner.telemetry.bind import PortInUse

VERBS: dict[str, tuple[str, str]] = {
    "start": ("scanner.cli.start:command", "Watch the markets and tell what happens."),
    "sim": ("scanner.cli.sim:command", "Serve simulated exchanges on this machine."),
    "markets": ("scanner.cli.markets:command", "List what the venues trade, by turnover."),
    "exchanges": ("scanner.cli.exchanges:command", "List the venues and what they allow."),
    "bench": ("scanner.cli.bench:command", "Measure how fast, how small and how late it is here."),
    "config": ("scanner.cli.config:command", "Show, check or begin a configuration."),
    "version": ("scanner.cli.version:command", "Say what is running."),
}
"""Verb → where its command is, and what it does. Loading one loads all that it needs, so only one is loaded."""
WRONG_USAGE = 2
"""Exit code for a wrong command line or configuration."""


class OneLine(click.ClickException):
    """An operator's mistake in one line on standard error, without a traceback."""

    exit_code = WRONG_USAGE

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it."""
        click.echo(f"scanner: {self.format_message()}", file=file or sys.stderr)


class Verbs(click.Group):
    """A group that knows its verbs by name only."""

    def list_commands(self, _: click.Context) -> list[str]:
        """In the table's order: the main job first."""
        return list(VERBS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Load the verb."""
        if name not in VERBS:
            return None
        module, _colon, attribute = VERBS[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, from the table instead of from every verb's module."""
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, says) for verb, (_module, says) in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb; an unknown one is answered with the nearest."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            guess = nearest(args[0], VERBS)
            known = f"expected one of {', '.join(VERBS)}"
            raise OneLine(f"unknown verb {args[0]}, {known}" + (f"; did you mean {guess}?" if guess else ""))
        return super().resolve_command(ctx, args)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the options before the verb."""
        with _in_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb."""
        with _in_one_line(ctx):
            return super().invoke(ctx)


@contextmanager
def _in_one_line(ctx: click.Context | None = None) -> Iterator[None]:
    """What an operator can mend is no crash."""
    try:
        yield
    except (ConfigError, PortInUse) as error:
        raise OneLine(str(error)) from error
    except click.UsageError as error:
        raise OneLine(f"{error.format_message().rstrip('.')} ({_verb(error.ctx, ctx)} -h explains)") from error


def _verb(told: click.Context | None, ours: click.Context | None) -> str:
    """Whose help to read: some of click's complaints do not know where they were made, then it is the verb's."""
    if told is not None:
        return told.command_path
    verb = ours.invoked_subcommand if ours is not None else None
    return f"scanner {verb}" if verb else "scanner"


@click.group(cls=Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scanner")
@click.pass_context
def scanner(ctx: click.Context) -> None:
    """Watch every market of a quote currency on every venue that has it, and say when a coin is pumped or dumped."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(WRONG_USAGE)
