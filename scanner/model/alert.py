"""What the scanner says to people: an alert and the fingerprint that makes two of them the same story."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

from msgspec import Struct

from scanner.model.instrument import Instrument

Severity = Literal["info", "warning", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "high", "critical")
"""From the least to the most."""

Kind = Literal["opened", "escalated", "repeated", "closed"]
"""A story begins with `opened`; `escalated` says that its stage or its severity has risen, `repeated` that it still
goes on, and `closed` sums it up."""

Fact = str | int | float | bool
"""What a number that explains an alert may be: anything JSON prints in one piece."""


class Alert(Struct, frozen=True, tag="alert"):
    """One thing worth telling, with the numbers that made it."""

    id: str
    """Of the story: the same for all that is told of it."""
    rule: str
    """Which one decided; the rules of one story may differ."""
    stage: str
    """Where in the story: `spike`, `pump`, `peak`, `dump`, or `market`."""
    instrument: Instrument
    """What decided, and whose price this is; its base is `*` where it is a whole market."""
    exchanges: tuple[str, ...]
    """The leader first, the others in the order in which they followed."""
    severity: Severity
    score: int
    """0 to 100."""
    headline: str
    price: float
    change: float
    """Signed fraction of the older price: 0.05 is +5 %."""
    window_s: float
    """How long the change took, in seconds."""
    volume_ratio: float
    """Turnover in the window against the usual one: 1.0 is an ordinary minute."""
    facts: dict[str, Fact]
    at: int
    """Venue time of the event that decided, nanoseconds UTC."""
    kind: Kind = "opened"
    number: int = 0
    """The how manyth telling of its story this is, from 0: with the id it names this very telling."""
    turnover_24h: float = 0.0
    """Of the instrument on its venue, in quote currency; 0 where that is unknown."""
    link: str = ""
    """The venue's trading page; empty where none is known."""

    @property
    def exchange(self) -> str:
        """The venue that led."""
        return self.exchanges[0]


def fingerprint(rule: str, instrument: Instrument, exchanges: tuple[str, ...]) -> str:
    """Hash of what an alert is about, never of when or how much: equal for every telling of one story."""
    about = "\n".join((rule, str(instrument), *sorted(exchanges)))
    return blake2b(about.encode(), digest_size=8).hexdigest()
