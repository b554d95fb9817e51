"""`scanner alerts`: what was told to whom and why, and what an operator can do about it."""

from __future__ import annotations

import click

from scanner.cli.loading import Commands, Named

COMMANDS: Commands = {
    "list": ("scanner.cli.alerts.list:command", "List what was told, and what became of it at each receiver."),
    "show": ("scanner.cli.alerts.show:command", "Show all that is known of one alert."),
    "explain": ("scanner.cli.alerts.explain:command", "Say why a coin was told of, or was not."),
    "route": ("scanner.cli.alerts.route:command", "Say who would hear of an alert."),
    "test": ("scanner.cli.alerts.trial:command", "Send a sample alert to one receiver, now."),
    "retry": ("scanner.cli.alerts.retry:command", "Send again what could not be delivered."),
    "enable": ("scanner.cli.alerts.retry:enable", "Serve a receiver again that wanted nothing any more."),
    "silence": ("scanner.cli.alerts.silence:command", "Keep something unsaid for a while."),
}
"""Looking first, then changing."""


@click.group(cls=Named, commands=COMMANDS, no_args_is_help=False)
def command() -> None:
    """Look at what was told and why, silence, repeat and test it; beside a running scanner, or without one."""
