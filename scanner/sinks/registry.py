"""Every kind of sink there is. To add one: write its file beside these, and its line here."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any, Protocol

from msgspec import Struct

from scanner.sinks.base import Sink
from scanner.sinks.console import Console, ConsoleSettings, Write
from scanner.sinks.webhook import Webhook, WebhookSettings

ENTRY_POINTS = "scanner.sinks"
"""Group in which other packages name a `SinkKind`; the entry point's name is the kind's."""


class Build(Protocol):
    """Makes the sink of one receiver."""

    def __call__(self, settings: Any, write: Write) -> Sink:
        """`settings` is of the kind's own type; `write` puts a line on stdout, which belongs to the app."""
        ...


class SinkKind(Struct, frozen=True):
    """What the rest of the house has to know about a kind of sink."""

    settings: type[Struct]
    """What one receiver of this kind can be told."""
    build: Build


def _webhook(settings: WebhookSettings, write: Write) -> Sink:  # noqa: ARG001  # it has a line of its own
    return Webhook(settings)


SINKS: dict[str, SinkKind] = {
    "console": SinkKind(ConsoleSettings, Console),
    "webhook": SinkKind(WebhookSettings, _webhook),
}


def known() -> dict[str, SinkKind]:
    """Ours and those of installed packages; ValueError when a package takes a name that is taken."""
    kinds = dict(SINKS)
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in kinds:
            raise ValueError(f"{entry.value} calls its sink {entry.name!r}, which is taken")
        kinds[entry.name] = entry.load()
    return kinds
