"""Notifications made by hand, of every kind there is."""

from typing import Any

from scanner.model.alert import Alert
from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND
from scanner.model.news import Group, Notification, Trouble

START = 1_790_000_040 * SECOND
"""2026-09-21 14:14:00 UTC."""
ABC = Instrument("ABC", "KRW")


def alert(at: int = START, **changes: Any) -> Alert:
    """A pump of ABC on Upbit that has just been seen, unless told otherwise."""
    values: dict[str, Any] = {
        "id": "5707a1e5707a1e00",
        "rule": "pump",
        "stage": "pump",
        "instrument": ABC,
        "exchanges": ("upbit",),
        "severity": "warning",
        "score": 68,
        "headline": "ABC/KRW +6.0 % in 1 s",
        "price": 106.0,
        "change": 0.06,
        "window_s": 1.0,
        "volume_ratio": 17.0,
        "facts": {"trades": 4},
    }
    return Alert(at=at, **(values | changes))


def trouble(at: int = START, **changes: Any) -> Trouble:
    """A venue that went silent, unless told otherwise."""
    values: dict[str, Any] = {
        "id": "5170ce5170ce0000",
        "rule": "venue_silent",
        "severity": "high",
        "headline": "upbit has sent nothing for 61 s",
        "facts": {"silent_s": 61},
        "exchange": "upbit",
    }
    return Trouble(at=at, **(values | changes))


def notice(news: Alert | Group | Trouble | None = None, **changes: Any) -> Notification:
    """A notification of this news, or of an alert with these changes, made half a second after it happened."""
    news = news or alert(**changes)
    return Notification(news, made=news.at + SECOND // 2)


def group(count: int = 4, **changes: Any) -> Notification:
    """A burst of different coins, a second apart."""
    alerts = (
        alert(START + n * SECOND, id=f"{n:016x}", instrument=Instrument(f"C{n}", "KRW"), score=50 + n, **changes)
        for n in range(count)
    )
    return notice(Group(tuple(alerts)))
