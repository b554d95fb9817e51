"""A notification as it stands in the database: once, whoever is to hear it, as JSON that a person can read."""

from __future__ import annotations

import sqlite3

import msgspec

from scanner.model.alert import Alert
from scanner.model.news import Group, News, Notification

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Notification).decode


class Unreadable(Exception):
    """A scanner of another version wrote it, and this one does not understand it; says what it stumbled over."""


def note(db: sqlite3.Connection, notification: Notification) -> None:
    """Keep it for `alerts list`, also where nobody is to hear it; one that is there already is left alone."""
    news = notification.news
    db.execute(
        "INSERT INTO notifications (id, story, made, rule, symbol, body) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (notification.id, news.id, notification.made, news.rule, symbol(news), _encode(notification).decode()),
    )


def read(body: str) -> Notification:
    """Or Unreadable."""
    try:
        return _decode(body)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from error


def symbol(news: News) -> str:
    """As `BTC/KRW`; empty where no single instrument is meant."""
    if isinstance(news, Alert):
        return str(news.instrument)
    symbols = {str(alert.instrument) for alert in news.alerts} if isinstance(news, Group) else set()
    return symbols.pop() if len(symbols) == 1 else ""
