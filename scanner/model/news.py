"""What is brought to receivers: an alert, several in one, or word about the scanner itself; each in an envelope."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from scanner.model.alert import SEVERITIES, Alert, Fact, Severity

TroubleKind = Literal["opened", "closed", "told"]
"""Something is wrong, it is over, or it is merely worth a word, such as a start."""


class Trouble(Struct, frozen=True, tag="ops"):
    """An ops alert: the scanner about itself."""

    id: str
    """Of the story: its `opened` and its `closed` share it."""
    rule: str
    """What is wrong: `worker_quarantined`, `venue_silent`, `receiver_failing`, `clock_skew` …"""
    severity: Severity
    headline: str
    facts: dict[str, Fact]
    at: int
    """Our own clock, nanoseconds UTC."""
    kind: TroubleKind = "opened"
    exchange: str = ""
    """Which venue it is about; empty where it is about none."""
    receiver: str = ""
    """Which receiver it is about; that one is not asked to bring it."""
    number: int = 0
    """0 for what is opened or told, 1 for what is closed."""


class Group(Struct, frozen=True, tag="group"):
    """A burst on one venue, told in one message; never empty, and all of one kind."""

    alerts: tuple[Alert, ...]
    """In the order in which they came."""

    @property
    def id(self) -> str:
        """Follows from the first telling in it, so that a group that is sent again is the same one."""
        first = self.alerts[0]
        return digest("group", first.id, str(first.number))

    @property
    def kind(self) -> str:
        """What happened to all of them."""
        return self.alerts[0].kind

    @property
    def number(self) -> int:
        """It is told once."""
        return 0

    @property
    def rule(self) -> str:
        """Theirs, where they have one in common."""
        return _common([alert.rule for alert in self.alerts])

    @property
    def severity(self) -> Severity:
        """The highest."""
        return max((alert.severity for alert in self.alerts), key=SEVERITIES.index)

    @property
    def exchange(self) -> str:
        """The venue of all."""
        return self.alerts[0].exchange

    @property
    def at(self) -> int:
        """When the last of them happened."""
        return max(alert.at for alert in self.alerts)

    @property
    def headline(self) -> str:
        """How many, where, and the loudest of them."""
        loudest = max(self.alerts, key=lambda alert: (SEVERITIES.index(alert.severity), alert.score))
        return f"{len(self.alerts)} alerts {self.kind} on {self.exchange}; {loudest.headline}"


News = Alert | Group | Trouble

Point = tuple[int, float, float]
"""Nanoseconds UTC, the price then, and what was traded since the point before, in quote currency."""


class Notification(Struct, frozen=True):
    """One message to whoever is to hear it: the same for every receiver and every attempt."""

    news: News
    made: int
    """When it was decided, our own clock, nanoseconds UTC: its age is counted from here."""
    course: tuple[Point, ...] = ()
    """What led to it, oldest first, for a picture; empty where that is unknown."""
    id: str = ""
    """Follows from the story and the number of this telling, whoever makes it: equal ids are one message."""

    def __post_init__(self) -> None:
        """Every receiver asks for the id again and again, so it is made once."""
        force_setattr(self, "id", digest(type(self.news).__name__, self.news.id, str(self.news.number)))

    @property
    def type(self) -> str:
        """Such as `alert.opened`, `alert.grouped` or `ops.closed`."""
        news = self.news
        if isinstance(news, Group):
            return "alert.grouped"
        return f"{'ops' if isinstance(news, Trouble) else 'alert'}.{news.kind}"


def digest(*parts: str) -> str:
    """A short hash of these words in this order."""
    return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _common(values: list[str]) -> str:
    return values[0] if len(set(values)) == 1 else "several"
