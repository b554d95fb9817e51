"""Pulses as workers send them."""

from scanner.model.moments import SECOND
from scanner.model.pulse import Link, Pulse

NOW = 1_800_000_000 * SECOND


def link(state="live", subscriptions=50, name="upbit-0"):
    return Link(name, "wss://127.0.0.1", state, NOW, subscriptions)


def pulse(counters=None, *, at=NOW, links=(), last_data=0, problem="", cpu_s=0.0, rss_bytes=0, **gauges):
    return Pulse(at, counters or {}, tuple(links), last_data, problem, cpu_s, rss_bytes, **gauges)


def stale(count, *, watched, first=("trade BTC/KRW",), **fields):
    """A pulse that finds so many instruments stale, one stream of each."""
    return pulse(streams_stale=count, instruments_stale=count, instruments_watched=watched, stale=first, **fields)
