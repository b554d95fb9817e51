"""What a sink is, and the one body every machine-readable sink sends."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct

from scanner.model.alert import Alert
from scanner.model.moments import rfc3339


class Delivered(Struct, frozen=True):
    """It arrived."""


class Retry(Struct, frozen=True):
    """Not now: trying again can help."""

    why: str
    after_s: float | None = None
    """The receiver's own wish, where it told one."""


class Refused(Struct, frozen=True):
    """Never: trying again cannot help."""

    why: str


Outcome = Delivered | Retry | Refused


class Sink(Protocol):
    """One receiver's last yard."""

    async def deliver(self, alert: Alert) -> Outcome:
        """Attempt once, within the sink's own timeout. Only bugs escape as exceptions."""
        ...

    async def aclose(self) -> None:
        """Give back connections; called once, after the last `deliver`."""
        ...


def message(kind: str, data: dict[str, Any], at: int | None = None) -> dict[str, Any]:
    """`{"type", "timestamp", "data"}`; the timestamp is RFC 3339 UTC of `at` (nanoseconds) and left out without it."""
    if at is None:
        return {"type": kind, "data": data}
    return {"type": kind, "timestamp": rfc3339(at), "data": data}


def bulletin(alert: Alert) -> dict[str, Any]:
    """`alert.opened` or `alert.escalated`, as the command line prints it and the webhook posts it."""
    return message(
        f"alert.{alert.kind}",
        {
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
            "facts": alert.facts,
        },
        alert.at,
    )
