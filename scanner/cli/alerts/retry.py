"""`scanner alerts retry` and `enable`: what could not be delivered waits again; who wanted nothing is served again."""

from __future__ import annotations

import json
import sqlite3
from time import time_ns
from typing import Any

import click

from scanner.cli.alerts.show import find
from scanner.cli.alerts.state import State, state_options
from scanner.store import outbox, receivers


@click.command("retry")
@click.argument("id", required=False)
@state_options
@click.option("--dead", is_flag=True, help="All that was given up or has expired.")
@click.option("--receiver", metavar="NAME", help="Only for this receiver.")
def command(*, id: str | None, dead: bool, receiver: str | None, as_json: bool, **chosen: Any) -> None:  # noqa: A002
    """Let what was given up or has expired wait again, with all its attempts: one alert by ID, or --dead for all."""
    if (id is None) is not dead:
        raise click.UsageError("expected an ID, or --dead for all, and not both")
    state = State(chosen)
    with state.writing() as database:
        known = {tally.receiver for tally in outbox.tallies(database)}
        name = state.receiver(receiver, known) if receiver is not None else None
        ids = _messages(database, id) if id is not None else None
        revived = outbox.revive(database, time_ns(), ids=ids, receiver=name)
    when = "sent within seconds" if state.holder is not None else "sent by the next `scanner start` with this folder"
    if as_json:
        click.echo(json.dumps({"revived": revived, "running": state.holder is not None}))
    elif revived:
        click.echo(f"{revived} {'letter waits' if revived == 1 else 'letters wait'} again, to be {when}")
    else:
        click.echo("nothing to send again: no such letter was given up or has expired")


def _messages(database: sqlite3.Connection, prefix: str) -> list[str]:
    """The one message that is named so, or all of the story that is."""
    ids = [each.id for each in find(database, prefix).tellings]
    return [each for each in ids if each.startswith(prefix)] or ids


@click.command("enable")
@click.argument("receiver")
@state_options
def enable(*, receiver: str, as_json: bool, **chosen: Any) -> None:
    """Serve RECEIVER again, which had said that it wants nothing any more; `retry --dead` then sends what it missed."""
    state = State(chosen)
    with state.writing() as database:
        disabled = receivers.disabled(database)
        name = state.receiver(receiver, disabled)
        was = receivers.enable(database, name)
    if as_json:
        click.echo(json.dumps({"receiver": name, "was_disabled": was}))
    elif was:
        click.echo(f"{name} is served again; it was disabled: {disabled[name].why}")
    else:
        click.echo(f"{name} was not disabled")
