"""The verbs of the command line: known by name, loaded when named; an operator's mistakes are told in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from scanner import __version__
from scanner.cli.loading import Commands, Named
from scanner.config.errors import ConfigError
from scanner.store.folder import Held, StoreUnusable
from scanner.telemetry.bind import PortInUse

VERBS: Commands = {
    "start": ("scanner.cli.start:command", "Watch the markets and tell what happens."),
    "sim": ("scanner.cli.sim:command", "Serve simulated exchanges on this machine."),
    "markets": ("scanner.cli.markets:command", "List what the venues trade, by turnover."),
    "exchanges": ("scanner.cli.exchanges:command", "List the venues and what they allow."),
    "alerts": ("scanner.cli.alerts.command:command", "Look at what was told and why; silence, repeat or test it."),
    "bench": ("scanner.cli.bench:command", "Measure how fast, how small and how late it is here."),
    "config": ("scanner.cli.config:command", "Show, check or begin a configuration."),
    "version": ("scanner.cli.version:command", "Say what is running."),
}
"""All there are."""
FAILED, WRONG_USAGE = 1, 2
"""Exit codes: for a state folder that cannot be had, and for a wrong command line or configuration."""


class OneLine(click.ClickException):
    """What an operator can mend, in one line on standard error, without a traceback."""

    def __init__(self, text: str, exit_code: int = WRONG_USAGE) -> None:
        super().__init__(text)
        self.exit_code = exit_code  # type: ignore[misc]  # click declares it for the class and reads it from the object

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it."""
        click.echo(f"scanner: {self.format_message()}", file=file or sys.stderr)


class Verbs(Named):
    """The group of all verbs, where every mistake ends in one line."""

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
    except (Held, StoreUnusable) as error:
        raise OneLine(str(error), FAILED) from error
    except click.UsageError as error:
        raise OneLine(f"{error.format_message().rstrip('.')} ({_verb(error.ctx, ctx)} -h explains)") from error


def _verb(told: click.Context | None, ours: click.Context | None) -> str:
    """Whose help to read: some of click's complaints do not know where they were made, then it is the verb's."""
    if told is not None:
        return told.command_path
    verb = ours.invoked_subcommand if ours is not None else None
    return f"scanner {verb}" if verb else "scanner"


@click.group(
    cls=Verbs,
    commands=VERBS,
    called="verb",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="scanner")
@click.pass_context
def scanner(ctx: click.Context) -> None:
    """Watch every market of a quote currency on every venue that has it, and say when a coin is pumped or dumped."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(WRONG_USAGE)
