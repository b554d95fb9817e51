"""Alerts as lines: one for people, or one JSON object for programs. Who owns stdout hands in how to write to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Struct

from scanner.model.alert import Alert
from scanner.model.moments import rfc3339
from scanner.sinks.base import Delivered, Outcome, bulletin

Write = Callable[[str], Awaitable[None]]
"""Writes one line; the newline is the writer's."""


class ConsoleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `console`."""

    json: bool = False
    """One JSON object a line instead of a sentence."""


class Console:
    """Writes every alert as one line."""

    def __init__(self, settings: ConsoleSettings, write: Write) -> None:
        self._render = as_json if settings.json else as_text
        self._write = write

    async def deliver(self, alert: Alert) -> Outcome:
        """Write it; when nobody can read any more is the writer's business."""
        await self._write(self._render(alert))
        return Delivered()

    async def aclose(self) -> None:
        """Nothing is ours to give back."""


def as_text(alert: Alert) -> str:
    """Time of day in UTC, severity, venue, headline; what goes on with a story that was told begins with `then`."""
    then = "" if alert.kind == "opened" else "then "
    return f"{rfc3339(alert.at)[11:19]}Z  {alert.severity:<8}  {alert.exchange:<8}  {then}{alert.headline}"


def as_json(alert: Alert) -> str:
    """The body that every machine-readable sink sends, in one line."""
    return msgspec.json.encode(bulletin(alert)).decode()
