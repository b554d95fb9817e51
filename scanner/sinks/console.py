"""Alerts as lines: one for people, or one JSON object for programs. Who owns stdout hands in how to write to it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scanner.model.moments import rfc3339
from scanner.model.news import Notification
from scanner.sinks.base import Delivered, Kit, Outcome, ReceiverSettings, bulletin

OURSELVES = "scanner"
"""Stands where a venue would, when the news is about none."""
GOES_ON: Mapping[str, str] = {"escalated": "then ", "repeated": "still ", "closed": "over: "}
"""How a line begins that goes on with a story that was told."""


class ConsoleSettings(ReceiverSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `console`."""

    json: bool = False
    """One JSON object a line instead of a sentence."""
    group: bool = False
    """Whether a burst on one venue is one line."""


class Console:
    """Writes every notification as one line."""

    def __init__(self, settings: ConsoleSettings, kit: Kit) -> None:
        self._render = as_json if settings.json else as_text
        self._write = kit.write

    async def deliver(self, notification: Notification, earlier: str = "") -> Outcome:  # noqa: ARG002  # lines stay
        """Write it; when nobody can read any more is the writer's business."""
        await self._write(self._render(notification))
        return Delivered()

    async def aclose(self) -> None:
        """Nothing is ours to give back."""


def as_text(notification: Notification) -> str:
    """Time of day in UTC, severity, venue, headline: one line of what can be printed, whatever a coin is called."""
    news = notification.news
    who = news.exchange or OURSELVES
    return f"{rfc3339(news.at)[11:19]}Z  {news.severity:<8}  {who:<8}  {_goes_on(notification)}{_tame(news.headline)}"


def as_json(notification: Notification) -> str:
    """The body that every machine-readable sink sends, in one line."""
    return msgspec.json.encode(bulletin(notification)).decode()


def _goes_on(notification: Notification) -> str:
    """The word of a story that was told before; a group says in its headline what happened to all of it."""
    return GOES_ON.get(notification.type.partition(".")[2], "")


def _tame(text: str) -> str:
    """Nothing that a terminal would obey."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
