"""A whole scanner and the load server that it takes for Upbit: how e2e and memory bring the two together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import to_builtins

from scanner.bench.child import serving
from scanner.bench.floor import Load
from scanner.bench.house import House, running
from scanner.bench.rows import COMPARED, Figures
from scanner.bench.scrape import Scrape

SERVER = "scanner.bench.server:serve"
LOSSES = (
    "scanner_dropped_total",
    "scanner_gaps_total",
    "scanner_reconnects_total",
    "scanner_parse_errors_total",
    "scanner_rejected_total",
    "scanner_duplicates_total",
    "scanner_unusable_total",
    "scanner_left_out_total",
    "scanner_stale_total",
    "scanner_worker_restarts_total",
)
"""Counters that stay at zero while nothing is lost."""


@asynccontextmanager
async def under(load: Load) -> AsyncIterator[House]:
    """A scanner with all its default rules that watches all of this load, for as long as the block lasts.

    It is asked for order books only where the load has any: streams that never speak would be found stale.
    """
    books = () if load.kind != "trades" else ("--set", "books.top=0")
    async with serving(SERVER, to_builtins(load)) as place:
        address = (f"exchanges.upbit.{kind}_url={place[kind]}" for kind in ("rest", "ws"))
        pointed = (word for assignment in address for word in ("--set", assignment))
        async with running("--exchange", "upbit", "--market", "KRW", *pointed, *books) as house:
            yield house


def trades(look: Scrape) -> int:
    """Trades that the engine has seen."""
    return round(look.total("scanner_events_total", channel="trade"))


def losses(look: Scrape) -> dict[str, int]:
    """Whatever was lost, by its counter; nothing where all is well."""
    return {name: round(total) for name in LOSSES if (total := look.total(name))}


def costs(before: Scrape, after: Scrape) -> Figures:
    """Microseconds of CPU time per trade between two looks: worker's, main process', and both.

    A worker tells its frames and its CPU time in one breath, once a second; the looks may fall where they like.
    """
    worker_us = _each(before, after, "scanner_worker_cpu_seconds_total", "scanner_messages_total")
    main_us = _each(before, after, "process_cpu_seconds_total", "scanner_events_total")
    return {COMPARED: worker_us + main_us, "worker_cpu_us": worker_us, "main_cpu_us": main_us}


def _each(before: Scrape, after: Scrape, seconds: str, pieces: str) -> float:
    done = after.total(pieces) - before.total(pieces)
    return (after.total(seconds) - before.total(seconds)) / done * 1e6 if done else 0.0
