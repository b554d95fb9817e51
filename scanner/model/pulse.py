"""A worker's sign of life: cumulative counters and the state of its connections, once a second."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

STALE_NAMED = 10
"""Stale streams that a pulse names: enough to see what they have in common; their number is told beside."""

LinkState = Literal["connecting", "live", "waiting", "blocked"]
"""`waiting` sits out a backoff; `blocked` sits out a circuit breaker after repeated refusals."""


class Link(Struct, frozen=True):
    """One connection to the venue."""

    name: str
    address: str
    state: LinkState
    since: int
    """When it entered this state, nanoseconds UTC."""
    subscriptions: int
    reason: str = ""
    """Why it is not live, in a sentence."""


class Backlog(Struct, frozen=True):
    """What waits in one mailbox."""

    items: int
    """The most since the pulse before this one."""
    capacity: int


class Pulse(Struct, frozen=True, tag="pulse"):
    """What one worker has done since it started. Counters only grow; the main process adds lives together."""

    at: int
    counters: dict[str, dict[str, int]]
    """Counter name → label value (empty when it has none) → total since this process started."""
    links: tuple[Link, ...]
    last_data: int
    """When the last data frame was seen, nanoseconds UTC; 0 before the first."""
    problem: str
    """Why data cannot flow right now, in a sentence that names address and reason; empty when all is well."""
    cpu_s: float
    rss_bytes: int
    streams_wanted: int = 0
    streams_stale: int = 0
    """Streams that were found to have missed something and have not spoken since."""
    instruments_watched: int = 0
    instruments_live: int = 0
    """Of those watched, how many a live connection or a poll that answers carries now."""
    instruments_heard: int = 0
    """Of those watched, how many brought at least one event since this process started."""
    instruments_stale: int = 0
    """Of those watched, how many have a stale stream."""
    instruments_to_warm: int = 0
    """Of those watched, whose past minutes the venue is asked for."""
    instruments_warming: int = 0
    """Of these, how many have not been asked about yet, or are asked about again."""
    instruments_warmed: int = 0
    """Of these, how many had past minutes, which have been told."""
    stale: tuple[str, ...] = ()
    """The first stale streams, as `trade BTC/KRW`; at most `STALE_NAMED`."""
    mailboxes: dict[str, Backlog] = {}
    """Mailbox → what waits in it."""
