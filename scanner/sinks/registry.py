"""Every kind of sink there is. To add one: write its file beside these, and its line here."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from msgspec import Struct

from scanner.sinks import apprise, discord, slack, telegram
from scanner.sinks.alertmanager import Alertmanager, AlertmanagerSettings
from scanner.sinks.apprise import Apprise, AppriseSettings
from scanner.sinks.base import Kit, ReceiverSettings, Sink
from scanner.sinks.console import Console, ConsoleSettings
from scanner.sinks.discord import DiscordSettings
from scanner.sinks.file import File, FileSettings
from scanner.sinks.slack import SlackSettings
from scanner.sinks.telegram import TelegramSettings
from scanner.sinks.webhook import Webhook, WebhookSettings

ENTRY_POINTS = "scanner.sinks"
"""Group in which other packages name a `SinkKind`; the entry point's name is the kind's."""


class SinkKind(Struct, frozen=True):
    """What the rest of the house has to know about a kind of sink."""

    settings: type[ReceiverSettings]
    """What one receiver of this kind can be told."""
    build: Callable[[Any, Kit], Sink]
    """Makes the sink of one receiver; the settings are of the kind's own type."""
    pace: tuple[tuple[int, float], ...] = ()
    """What the service documents: at most so many messages in so many seconds, each of these at once."""
    durable: bool = True
    """Whether what it has not delivered is kept for it in the outbox."""


SINKS: dict[str, SinkKind] = {
    "console": SinkKind(ConsoleSettings, Console, durable=False),
    "file": SinkKind(FileSettings, File),
    "webhook": SinkKind(WebhookSettings, Webhook),
    "alertmanager": SinkKind(AlertmanagerSettings, Alertmanager),
    "slack": SinkKind(SlackSettings, slack.build, slack.PACE),
    "discord": SinkKind(DiscordSettings, discord.build, discord.PACE),
    "telegram": SinkKind(TelegramSettings, telegram.build, telegram.PACE),
    "apprise": SinkKind(AppriseSettings, Apprise, apprise.PACE),
}


def known() -> dict[str, SinkKind]:
    """Ours and those of installed packages; ValueError when a package takes a name that is taken."""
    kinds = dict(SINKS)
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in kinds:
            raise ValueError(f"{entry.value} calls its sink {entry.name!r}, which is taken")
        kinds[entry.name] = entry.load()
    return kinds
