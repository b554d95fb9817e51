"""What can be wrong with the scanner itself, in words: each a condition that holds or does not, second by second."""

from __future__ import annotations

from math import inf

from msgspec import Struct

from scanner.model.alert import Fact, Severity
from scanner.model.units import Seconds

WORKER_QUARANTINED, VENUE_SILENT, CLOCK_SKEW = "worker_quarantined", "venue_silent", "clock_skew"
RECEIVER_FAILING, RECEIVER_DISABLED, STATE_UNWRITABLE = "receiver_failing", "receiver_disabled", "state_unwritable"
STARTED, STOPPED, RELOADED = "started", "stopped", "reloaded"
RULES = (
    *(WORKER_QUARANTINED, VENUE_SILENT, CLOCK_SKEW),
    *(RECEIVER_FAILING, RECEIVER_DISABLED, STATE_UNWRITABLE),
    *(STARTED, STOPPED, RELOADED),
)
"""What a route or a silence can name; all that an ops alert's `rule` may be."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the scanner says about itself, and after how long. `receivers.NAME.ops` says who hears it."""

    venue_silent: Seconds = 60.0
    """A venue that is not fresh for so long is told, and again when it is; 0 never tells it."""
    receiver_failing: Seconds = 120.0
    """The same for a receiver to which nothing can be brought; the others are told."""
    state_unwritable: Seconds = 10.0
    """The same for a state folder that cannot be written, as on a full disk."""
    clock_skew: Seconds = 5.0
    """A clock that is wrong by more than this, ours or a venue's, is told; 0 never tells it."""
    startup: bool = True
    """Whether a start is worth a word."""
    reload: bool = True
    """Whether it is worth a word that the configuration was read again and something has changed."""
    shutdown: bool = True
    """Whether an orderly end is worth a word. One that is not orderly can only be noticed from outside: `[deadman]`."""


class Condition(Struct, frozen=True):
    """Something is wrong just now."""

    rule: str
    subject: str
    """What it is about; with the rule it says which trouble this is."""
    severity: Severity
    headline: str
    over: str
    """The headline for when it is over."""
    facts: dict[str, Fact]
    since: int
    """Our own clock, nanoseconds UTC."""
    hold_s: float = 0.0
    """It is told when it has held for so long, and is over when it has been gone for so long; `inf` is never told."""
    exchange: str = ""
    receiver: str = ""


def worker_quarantined(exchange: str, shard: int, why: str, since: int) -> Condition:
    """A worker fell too often and rests. It is told at once: it is final for minutes."""
    return Condition(
        rule=WORKER_QUARANTINED,
        subject=f"{exchange}/{shard}",
        severity="high",
        headline=f"{exchange} is not watched: worker {shard} fell too often and rests ({why})",
        over=f"{exchange}: worker {shard} runs again",
        facts={"shard": shard, "why": why},
        since=since,
        exchange=exchange,
    )


def venue_silent(settings: Settings, exchange: str, why: str, since: int) -> Condition:
    """A venue is not fresh, for this reason, since then."""
    return Condition(
        rule=VENUE_SILENT,
        subject=exchange,
        severity="high",
        headline=f"{exchange} is silent: {why}",
        over=f"{exchange} is heard again",
        facts={"why": why},
        since=since,
        hold_s=settings.venue_silent or inf,
        exchange=exchange,
    )


def receiver_failing(settings: Settings, receiver: str, why: str, since: int) -> Condition:
    """Nothing can be brought to this receiver; what it is to hear waits."""
    return Condition(
        rule=RECEIVER_FAILING,
        subject=receiver,
        severity="warning",
        headline=f"receiver {receiver} gets nothing: {why}",
        over=f"receiver {receiver} gets its messages again",
        facts={"why": why},
        since=since,
        hold_s=settings.receiver_failing or inf,
        receiver=receiver,
    )


def receiver_disabled(receiver: str, why: str, since: int) -> Condition:
    """A receiver has said that it wants nothing any more. It is told at once: only an operator can mend it."""
    return Condition(
        rule=RECEIVER_DISABLED,
        subject=receiver,
        severity="high",
        headline=f"receiver {receiver} wants nothing any more ({why}); scanner alerts enable {receiver} asks it again",
        over=f"receiver {receiver} is enabled again",
        facts={"why": why},
        since=since,
        receiver=receiver,
    )


def state_unwritable(settings: Settings, why: str, since: int) -> Condition:
    """Alerts go out unsaved."""
    return Condition(
        rule=STATE_UNWRITABLE,
        subject="",
        severity="high",
        headline=f"the state cannot be written, so alerts that wait would not survive a restart: {why}",
        over="the state can be written again",
        facts={"why": why},
        since=since,
        hold_s=settings.state_unwritable or inf,
    )
