"""`scanner bench pipe`: events that one process writes and another one reads, through a pipe of the operating system.

Pipe, process and both ends are the product's own: the reader starts the writer as a supervisor starts a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import cycle, islice
from time import perf_counter, process_time, time_ns
from typing import Any

import msgspec
import trio
from msgspec import Struct

from scanner.actors import collector
from scanner.bench import child, market
from scanner.bench.rows import COMPARED, OURS, Row, report
from scanner.bus.pipe import End, PipeReader, child_ends
from scanner.model.market import Event
from scanner.model.pulse import Pulse
from scanner.supervisor.process import start
from scanner.wire.frames import HEADER
from scanner.wire.messages import Batch, Up, encode

EVENTS: Mapping[int, int] = {1: 30_000, 64: 300_000, 512: 300_000}
"""Events a batch → events in all: each takes about a second."""
PATIENCE_S = 120.0
COINS = 200
SOURCE_S = 30.0
"""So much of a market is sent, again and again until there are events enough."""
SAMPLE = 5_000
"""Events from the beginning that are compared with what was sent, value by value."""


class Miscarried(Exception):
    """What came out of the pipe is not what went in, so its figures would be worth nothing."""


class Task(Struct, frozen=True):
    """What is sent; both ends know."""

    batch: int
    """Events of one batch."""
    events: int
    """In all: more than one batch."""
    seed: int


async def run(passes: int, say: Callable[[str], None], *, events: Mapping[int, int] = EVENTS) -> dict[str, Any]:
    """CPU time per event at either end and at both, events a second and bytes an event, for small and large batches."""
    rows = {size: Row(f"pipe_{size}") for size in events}
    for number in range(passes):
        for size in events if number % 2 == 0 else reversed(events):
            say(f"pipe, pass {number + 1} of {passes}: {size} events a batch")
            options = {"batch": size, "events": events[size], "seed": number}
            rows[size].note(OURS, await child.work("scanner.bench.pipe:measure", options, patience_s=PATIENCE_S))
    return report("pipe", passes, rows.values())


def measure(batch: int, events: int, seed: int) -> dict[str, float]:
    """A writer and, in this process, its reader; Miscarried when something else arrived than was sent."""
    collector.relax()
    return trio.run(_measure, Task(batch, events, seed))


async def _measure(task: Task) -> dict[str, float]:
    sample = stream(task)[:SAMPLE]
    writer = await start("bench-writer", "scanner.bench.pipe:write", msgspec.json.encode(task))
    reading = await _read(writer.uplink)
    await writer.wait()
    await writer.aclose()
    if reading.events != task.events or reading.sample[: len(sample)] != sample:
        raise Miscarried(f"{reading.events:,} events arrived of {task.events:,} that were sent, or other ones")
    reader_us, writer_us = reading.cpu_s / task.events * 1e6, reading.last.cpu_s / task.events * 1e6
    return {
        COMPARED: writer_us + reader_us,
        "writer_cpu_us": writer_us,
        "reader_cpu_us": reader_us,
        "events": task.events,
        "wall_s": reading.wall_s,
        "rate_per_s": task.events / reading.wall_s,
        "event_bytes": reading.last.counters["bytes"][""] / task.events,
    }


class _Reading(Struct):
    """What the reader saw."""

    events: int
    sample: list[Event]
    cpu_s: float
    wall_s: float
    last: Pulse
    """The writer's own figures."""


async def _read(uplink: PipeReader[Up]) -> _Reading:
    """Batches until a pulse ends them; clocks run from the first batch on, for before it we only wait."""
    events, sample = 0, list[Event]()
    message = await uplink.receive()
    cpu, wall = process_time(), perf_counter()
    while isinstance(message, Batch):
        events += len(message.events)
        if len(sample) < SAMPLE:
            sample += message.events
        message = await uplink.receive()
    spent, took = process_time() - cpu, perf_counter() - wall
    if not isinstance(message, Pulse):
        raise Miscarried(f"a {type(message).__name__} arrived, which nobody sent")
    return _Reading(events, sample, spent, took, message)


def write(spec: bytes, up: End, down: End) -> None:
    """The writer's process: encode, frame, write; its last words are a pulse with its CPU time and bytes."""
    collector.relax()
    trio.run(_write, msgspec.json.decode(spec, type=Task), up, down)


async def _write(task: Task, up: End, down: End) -> None:
    uplink, _downlink = child_ends(up, down)
    events = stream(task)
    batches = [Batch(events[first : first + task.batch]) for first in range(0, task.events, task.batch)]
    sent = sum(HEADER + len(encode(batch)) for batch in batches)
    cpu = process_time()
    for batch in batches:
        await uplink.send(batch)
    cpu = process_time() - cpu
    await uplink.send(Pulse(time_ns(), {"bytes": {"": sent}}, (), 0, "", cpu_s=cpu, rss_bytes=0))
    await uplink.aclose()


def stream(task: Task) -> list[Event]:
    """All events, in order."""
    coins = market.coins(COINS, ["upbit"], (SOURCE_S, SOURCE_S))
    trades = market.trades(coins, SOURCE_S, task.seed)
    return list(islice(cycle(trades), task.events))
