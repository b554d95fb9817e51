"""What a sink is, what every receiver can be told, and the one body every machine-readable sink sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct

from scanner.model.alert import Alert, Severity
from scanner.model.moments import rfc3339
from scanner.model.news import Group, Notification, Trouble
from scanner.model.units import Count, Positive, Seconds

Secret = Annotated[str, Meta(extra={"secret": "sealed"})]
"""Only from the environment or a file: never from TOML or a command line, which others can read."""
Timeout = Annotated[float, Meta(gt=0, description="a duration above 0, such as 15s", extra={"unit": "duration"})]
Hours = Annotated[str, Meta(description="hours such as 23:00-07:00, or nothing")]


class Delivered(Struct, frozen=True):
    """It arrived."""

    reference: str = ""
    """What the service calls this message, where a later one of the same story can edit it."""


class Retry(Struct, frozen=True):
    """Not now: trying again can help."""

    why: str
    after_s: float | None = None
    """The receiver's own wish, where it told one."""


class Refused(Struct, frozen=True):
    """Never: trying again cannot help this message."""

    why: str


class Gone(Struct, frozen=True):
    """The receiver wants nothing any more: neither this message nor any other."""

    why: str


Outcome = Delivered | Retry | Refused | Gone


class ReceiverSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every receiver can be told, whatever its kind."""

    severity: Severity = "info"
    """It hears of nothing less severe."""
    closed: bool = True
    """Whether it hears how a story ended."""
    ops: bool = True
    """Whether it hears of the scanner's own troubles."""
    group: bool = True
    """Whether a burst on one venue is one message to it."""
    quiet: Hours = ""
    """Hours of the day in which it hears only of what is as severe as `quiet_severity`; empty means none."""
    quiet_severity: Severity = "critical"
    """In quiet hours it hears of nothing less severe."""
    timezone: str = "UTC"
    """Of `quiet`, and of times in messages: a name such as Asia/Seoul."""
    max_age: Seconds = 900.0
    """An alert older than this is not sent as news: it is marked expired."""
    attempts: Positive = 8
    """After so many failures a message becomes a dead letter."""
    per_minute: Count = 0
    """At most so many messages a minute; 0 means what the service documents."""

    def __repr__(self) -> str:
        """Its kind and nothing else: what stands in it are secrets, and a traceback or a log is no place for them."""
        return f"{type(self).__name__}(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Nor is a coloured traceback."""
        return []


class Sink(Protocol):
    """One receiver's last yard."""

    async def deliver(self, notification: Notification, earlier: str = "") -> Outcome:
        """Attempt once, within the sink's own timeout. Only bugs escape as exceptions.

        `earlier` is the reference of the first message of this story, where there is one; a sink that can edit does.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections; called once, after the last `deliver`."""
        ...


Write = Callable[[str], Awaitable[None]]
"""Writes one line to standard output; the newline is the writer's."""
Degraded = Callable[[str], None]
"""Told, in one word for a metric label, why a message was sent plainer than it was meant to be."""


class Kit(Struct, frozen=True):
    """What the house hands to whoever builds a sink."""

    name: str
    """The receiver's."""
    write: Write
    degraded: Degraded = lambda _: None


def message(kind: str, data: dict[str, Any], at: int | None = None) -> dict[str, Any]:
    """`{"type", "timestamp", "data"}`; the timestamp is RFC 3339 UTC of `at` (nanoseconds) and left out without it."""
    if at is None:
        return {"type": kind, "data": data}
    return {"type": kind, "timestamp": rfc3339(at), "data": data}


def bulletin(notification: Notification) -> dict[str, Any]:
    """A notification as the command line prints it and the webhook posts it: `type`, `timestamp`, `data`."""
    news = notification.news
    if isinstance(news, Alert):
        data = _alert(news)
    elif isinstance(news, Group):
        data = {
            "id": news.id,
            "kind": news.kind,
            "exchange": news.exchange,
            "severity": news.severity,
            "headline": news.headline,
            "alerts": [_alert(alert) for alert in news.alerts],
        }
    else:
        data = _trouble(news)
    return message(notification.type, data, news.at)


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "rule": alert.rule,
        "stage": alert.stage,
        "severity": alert.severity,
        "score": alert.score,
        "exchange": alert.exchange,
        "exchanges": list(alert.exchanges),
        "symbol": str(alert.instrument),
        "price": alert.price,
        "change": alert.change,
        "window_s": alert.window_s,
        "volume_ratio": alert.volume_ratio,
        "headline": alert.headline,
        "link": alert.link,
        "facts": alert.facts,
    }


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {
        "id": trouble.id,
        "rule": trouble.rule,
        "severity": trouble.severity,
        "exchange": trouble.exchange,
        "receiver": trouble.receiver,
        "headline": trouble.headline,
        "facts": trouble.facts,
    }
