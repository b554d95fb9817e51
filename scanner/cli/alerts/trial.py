"""`scanner alerts test`: a sample alert to one receiver, at once and past the outbox, and what became of it."""

from __future__ import annotations

import json
import sys
from time import time_ns
from typing import Any

import click
import trio

from scanner.cli.alerts.sample import sample_notification
from scanner.cli.alerts.state import State, state_options
from scanner.config.schema import Entry
from scanner.model.news import Notification
from scanner.settings import CONSOLE
from scanner.sinks import registry
from scanner.sinks.base import Delivered, Gone, Kit, Outcome, Refused, Retry
from scanner.sinks.console import ConsoleSettings
from scanner.telemetry import log

FAILED = 1
VERDICTS: dict[type[Outcome], tuple[str, str]] = {
    Delivered: ("delivered", "has the sample alert"),
    Retry: ("retry", "could not take it now; the scanner would try again"),
    Refused: ("refused", "refused it; the scanner would not try again"),
    Gone: ("gone", "wants nothing any more; the scanner would not send it anything"),
}
"""Outcome → its word, and the same in a sentence about the receiver."""


@click.command("test")
@click.argument("receiver")
@state_options
def command(*, receiver: str, as_json: bool, **chosen: Any) -> None:
    """Send a sample alert, marked as a test, to RECEIVER; exit code 1 when it did not arrive."""
    state = State(chosen)
    log.configure(state.settings.log.level, json=state.settings.log.json)
    name = state.receiver(receiver)
    entry = state.settings.receivers.get(name, Entry(CONSOLE, ConsoleSettings()))
    degraded: list[str] = []
    outcome = trio.run(send, name, entry, sample_notification(time_ns()), degraded)
    word, said = VERDICTS[type(outcome)]
    why = "" if isinstance(outcome, Delivered) else outcome.why
    if as_json:
        told = {"receiver": name, "kind": entry.kind, "outcome": word, "why": why, "degraded": degraded}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        plainer = f" (plainer than meant: {', '.join(degraded)})" if degraded else ""
        click.echo(f"{name} ({entry.kind}) {said}{f': {why}' if why else ''}{plainer}")
    sys.exit(0 if isinstance(outcome, Delivered) else FAILED)


async def send(name: str, entry: Entry, notification: Notification, degraded: list[str]) -> Outcome:
    """One attempt, as the scanner would make it; `degraded` gets a word for each thing that was sent plainer."""
    sink = registry.known()[entry.kind].build(entry.options, Kit(name, _write, degraded.append))
    try:
        return await sink.deliver(notification)
    finally:
        await sink.aclose()


async def _write(line: str) -> None:
    click.echo(line)
