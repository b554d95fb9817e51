"""A messenger's sink against its simulated service, and the notifications of one story."""

from contextlib import asynccontextmanager

import trio
from msgspec.structs import replace

from scanner.model.news import Notification
from scanner.sinks import discord, slack, telegram
from scanner.sinks.base import Kit
from tests.sinks.notices import START, notice
from tests.sinks.services import DiscordService, SlackService, TelegramService

SECOND = 1_000_000_000


def course(points=60):
    """A climb of a minute with its turnovers."""
    return tuple((START + n * SECOND, 100.0 + n * 0.1, 1e6) for n in range(points))


def story():
    """Opened, escalated to critical, repeated, closed; all with a picture."""
    tellings = [
        notice(link="https://example.org/exchange?code=KRW-ABC&x=1"),
        notice(kind="escalated", number=1, severity="critical", change=0.12, headline="ABC/KRW +12.0 % in 40 s"),
        notice(kind="repeated", number=2, severity="critical", change=0.13, headline="ABC/KRW +13.0 % in 90 s"),
        notice(kind="closed", number=3, severity="critical", headline="ABC/KRW is over", facts={"peak_price": 113.0}),
    ]
    return [replace(telling, course=course()) for telling in tellings]


async def write(line):
    raise AssertionError("a messenger writes nothing to standard output")


@asynccontextmanager
async def running(service, build, settings):
    """The sink of these settings, the service running, and what was degraded so far."""
    degraded = []
    async with trio.open_nursery() as nursery:
        await nursery.start(service.run)
        sink = build(settings(service), Kit("somebody", write, degraded.append))
        try:
            yield sink, degraded
        finally:
            await sink.aclose()
            nursery.cancel_scope.cancel()


def on_telegram(service=None, **changes):
    service = service or TelegramService(windows=())
    values = {"token": service.token, "chat": service.chat, "allow_private": True, "timeout": 5.0} | changes
    return service, running(
        service, telegram.build, lambda it: telegram.TelegramSettings(**({"api_url": it.url} | values))
    )


def on_discord(service=None, **changes):
    service = service or DiscordService(windows=())
    values = {"allow_private": True, "timeout": 5.0} | changes
    return service, running(service, discord.build, lambda it: discord.DiscordSettings(**({"url": it.hook} | values)))


def on_slack(service=None, **changes):
    """By a bot."""
    service = service or SlackService(windows=())
    values = {"token": service.token, "channel": service.channel, "allow_private": True, "timeout": 5.0} | changes
    return service, running(
        service, slack.build, lambda it: slack.SlackSettings(**({"api_url": f"{it.url}/api"} | values))
    )


def on_slack_hook(service=None, **changes):
    """By an incoming webhook."""
    service = service or SlackService(windows=())
    values = {"allow_private": True, "timeout": 5.0} | changes
    return service, running(service, slack.build, lambda it: slack.SlackSettings(**({"url": it.hook} | values)))


EVERYWHERE = (on_telegram, on_discord, on_slack, on_slack_hook)


async def tell(sink, notifications: list[Notification]):
    """Deliver them in order, each with what the first delivery was called; all outcomes."""
    first, outcomes = "", []
    for notification in notifications:
        outcomes.append(await sink.deliver(notification, first))
        first = first or getattr(outcomes[-1], "reference", "")
    return outcomes
