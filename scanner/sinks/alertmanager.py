"""Prometheus' Alertmanager, version 2 of its interface: our stories as its alerts, which it groups and routes.

There an alert is its labels, and it goes on until its `endsAt`. So each severity and stage that a story reaches is an
alert of its own there, as with rules of rising thresholds: all of them go on until the story closes, and an inhibition
by `symbol` keeps the lower quiet. Nothing is sent again by a timer. Every telling moves `endsAt` on to `resolve_after`
from then, and since a story that goes on is told again every `alerts.repeat`, an alert there ends early only when the
scanner itself has fallen silent. `closed` ends it at once.
"""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Meta, Struct, field

from scanner.model.alert import Alert
from scanner.model.moments import SECOND, rfc3339
from scanner.model.news import Group, Notification, Trouble
from scanner.model.units import Seconds
from scanner.sinks.base import Delivered, Kit, Outcome, Secret
from scanner.sinks.http import Headers, HttpSettings, Poster, SecretUrl, check_headers, check_place, judge

PATH = "/api/v2/alerts"
TOLD_S = 300.0
"""What is told once, such as a start, goes on for so long there: past any usual `group_wait`, or nobody would hear."""
TROUBLE_S = 86_400.0
"""A trouble is told when it begins and when it ends, and nothing between: it may last as long as this."""
STORIES = 1024
"""So many have their labels kept in mind, so that all that a story was ends with it; the rest ends by `endsAt`."""

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_A_LABEL = re.compile(r"[^A-Za-z0-9_]")


class AlertmanagerSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `alertmanager`."""

    url: SecretUrl
    """Where it is, such as http://alertmanager:9093; a path before /api/v2/alerts is kept."""
    username: str = ""
    """For basic authentication."""
    password: Secret = ""
    """And what goes with the name."""
    token: Secret = ""
    """For `Authorization: Bearer`."""
    headers: Headers = field(default_factory=dict)
    """Sent along. Secrets."""
    labels: Annotated[dict[str, str], Meta(description="a table of label names and values")] = field(
        default_factory=dict
    )
    """Put on every alert beside our own, for routes there."""
    resolve_after: Seconds = 3600.0
    """An alert ends there when nothing was heard of it for so long; longer than `alerts.repeat`."""

    def __post_init__(self) -> None:
        check_place("an alertmanager's url", self.url, allow_private=self.allow_private)
        check_headers(self.headers)
        if self.token and self.password:
            raise ValueError("expected either a token or a password, not both")
        if wrong := [name for name in self.labels if not _LABEL.fullmatch(name)]:
            raise ValueError(f"labels: {wrong[0]!r} is no name of a label, expected letters, digits and _")


class Span(Struct, frozen=True):
    """One alert as it stands there: it is the one with these labels."""

    labels: dict[str, str]
    started: int


class Alertmanager:
    """Posts each notification as one call; the reference of a message is what it was there."""

    def __init__(self, settings: AlertmanagerSettings, kit: Kit, *, clock: Callable[[], float] = time.time) -> None:  # noqa: ARG002  # it has all it needs
        self._settings = settings
        self._url = _endpoint(settings.url)
        self._clock = clock
        self._poster = Poster(settings, {**_authorization(settings), **settings.headers}, clock=clock)
        self._stories: OrderedDict[str, tuple[Span, ...]] = OrderedDict()

    async def deliver(self, notification: Notification, earlier: str = "") -> Outcome:
        """One attempt. `earlier` tells what the story was there when this process has not seen it begin."""
        news = notification.news
        now = int(self._clock() * SECOND)
        told: list[tuple[Alert | Trouble, tuple[Span, ...]]] = [
            (each, self._spans(each, earlier, now)) for each in (news.alerts if isinstance(news, Group) else [news])
        ]
        alerts = [post for each, spans in told for post in self._posts(each, spans, now)]
        outcome = judge(await self._poster.send("POST", self._url, json=alerts))
        if not isinstance(outcome, Delivered):
            return outcome
        for each, spans in told:
            self._remember(each, spans)
        return Delivered("" if isinstance(news, Group) else msgspec.json.encode(told[0][1]).decode())

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._poster.aclose()

    def _spans(self, news: Alert | Trouble, earlier: str, now: int) -> tuple[Span, ...]:
        """All that this story is or was there, this telling last."""
        known = self._stories.get(news.id) or _read(earlier)
        labels = {**self._settings.labels, **labels_of(news)}
        others = tuple(span for span in known if span.labels != labels)
        started = next((span.started for span in known if span.labels == labels), min(news.at, now))
        return (*others, Span(labels, started))

    def _posts(self, news: Alert | Trouble, spans: Iterable[Span], now: int) -> Iterable[dict[str, object]]:
        """The body's alerts, as its specification wants them."""
        ends = now if news.kind == "closed" else now + int(self._lasts_s(news) * SECOND)
        link = {"generatorURL": news.link} if isinstance(news, Alert) and news.link else {}
        for span in spans:
            yield {
                "labels": span.labels,
                "annotations": annotations_of(news),
                "startsAt": rfc3339(span.started),
                "endsAt": rfc3339(max(ends, span.started)),
                **link,
            }

    def _lasts_s(self, news: Alert | Trouble) -> float:
        if isinstance(news, Alert):
            return self._settings.resolve_after
        return TOLD_S if news.kind == "told" else TROUBLE_S

    def _remember(self, news: Alert | Trouble, spans: tuple[Span, ...]) -> None:
        self._stories.pop(news.id, None)
        if news.kind in {"closed", "told"}:
            return
        self._stories[news.id] = spans
        if len(self._stories) > STORIES:
            self._stories.popitem(last=False)


def labels_of(news: Alert | Trouble) -> dict[str, str]:
    """What it is known by there, and routed by; a label without a value is no label."""
    if isinstance(news, Trouble):
        about = {"kind": "ops", "receiver": news.receiver}
    else:
        instrument = news.instrument
        about = {"kind": "alert", "symbol": str(instrument), "market": instrument.quote, "stage": news.stage}
    labels = {"alertname": news.rule, "severity": news.severity, "exchange": news.exchange, **about}
    return {name: value for name, value in labels.items() if value}


def annotations_of(news: Alert | Trouble) -> dict[str, str]:
    """What is told of it: the headline as `summary`, as is the custom there, and every fact by its name."""
    facts = {f"_{name}" if name[:1].isdigit() else name: value for name, value in news.facts.items()}
    told = {_NOT_IN_A_LABEL.sub("_", name): str(value) for name, value in facts.items()}
    return {**told, "summary": news.headline, "story": news.id}


def _read(reference: str) -> tuple[Span, ...]:
    """What a reference of ours says; nothing where it is not one."""
    try:
        return msgspec.json.decode(reference, type=tuple[Span, ...]) if reference else ()
    except msgspec.DecodeError:
        return ()


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix(PATH) + PATH
    return urlunsplit(parts._replace(path=path))


def _authorization(settings: AlertmanagerSettings) -> Mapping[str, str]:
    if settings.token:
        return {"authorization": f"Bearer {settings.token}"}
    if settings.password:
        told = f"{settings.username}:{settings.password}".encode()
        return {"authorization": f"Basic {b64encode(told).decode()}"}
    return {}
