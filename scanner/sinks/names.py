"""What templates can speak of: a notification under plain names, all of them always there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.model.alert import Alert, Fact
from scanner.model.news import Group, News, Notification, Trouble
from scanner.sinks.vocabulary import mark

_NONE: Mapping[str, None] = dict.fromkeys(
    (
        *("stage", "symbol", "base", "quote", "contract", "score", "price", "change", "window_s", "volume_ratio"),
        *("turnover_24h", "exchange", "receiver"),
    )
)
"""What not all news have: None there."""


class Facts(dict[str, Fact]):
    """Facts by name; one that is not there is None, for which of them there are depends on the rule."""

    def __missing__(self, name: str) -> None:
        return None


def names_of(notification: Notification) -> dict[str, Any]:
    """Every name that a template may use."""
    news = notification.news
    inner = [_of(alert) for alert in news.alerts] if isinstance(news, Group) else []
    return {**_of(news), "type": notification.type, "made": notification.made, "alerts": inner}


def _of(news: News) -> dict[str, Any]:
    common = {
        **_NONE,
        "id": news.id,
        "kind": news.kind,
        "rule": news.rule,
        "severity": news.severity,
        "headline": news.headline,
        "exchange": news.exchange or None,
        "exchanges": [news.exchange] if news.exchange else [],
        "facts": Facts(),
        "link": "",
        "number": news.number,
        "at": news.at,
        "mark": mark(news),
    }
    if isinstance(news, Alert):
        return common | _of_alert(news)
    if isinstance(news, Trouble):
        return common | {"receiver": news.receiver or None, "facts": Facts(news.facts)}
    return common


def _of_alert(alert: Alert) -> dict[str, Any]:
    instrument = alert.instrument
    return {
        "exchanges": list(alert.exchanges),
        "stage": alert.stage,
        "symbol": str(instrument),
        "base": instrument.base,
        "quote": instrument.quote,
        "contract": instrument.kind,
        "score": alert.score,
        "price": alert.price,
        "change": alert.change,
        "window_s": alert.window_s,
        "volume_ratio": alert.volume_ratio,
        "turnover_24h": alert.turnover_24h or None,
        "facts": Facts(alert.facts),
        "link": alert.link,
    }
