"""`scanner bench storm`: whether a flood of alerts makes the market late.

A worker's process sends trades at a steady pace; the main process' own parts take them in, from the pipe to the last
rule, and are timed. Meanwhile a thousand alerts are told in ten seconds, or none: each one is stored, posted to a
webhook and written to a file. What is compared is how old a trade is when the last rule has seen it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, time_ns
from typing import Any

import msgspec
import trio
from msgspec import Struct

from scanner.actors import collector, threads
from scanner.app import Options, Scanner
from scanner.bench import child
from scanner.bench.rows import OURS, Row, report
from scanner.bus.pipe import End, child_ends
from scanner.model.alert import Alert
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Trade
from scanner.settings import Settings, configuration, settle
from scanner.state import claimed
from scanner.supervisor.child import ChildSpec
from scanner.supervisor.process import start
from scanner.wire.messages import Batch, Farewell

ALERTS = 1_000
SECONDS = 10.0
RATE = 5_000
"""Trades a second."""
BATCH = 20
COINS = 500
WARM_S = 1.0
"""What comes before is sent and taken in, and not measured."""
DRAIN_S = 30.0
"""After the last trade the letters have this long to arrive."""
PATIENCE_S = 120.0
VENUES = ("upbit", "bithumb")
MILLISECOND = 1_000_000
"""Nanoseconds."""
COMPARED = "p99_ms"


class Undelivered(Exception):
    """Alerts that were told have not arrived: then it is no wonder that they disturbed nobody."""


class Load(Struct, frozen=True):
    """What both ends know."""

    rate: int
    seconds: float
    alerts: int
    hook: str
    """Where alerts are posted."""


async def run(
    passes: int,
    say: Callable[[str], None],
    *,
    alerts: int = ALERTS,
    seconds: float = SECONDS,
    rate: int = RATE,
) -> dict[str, Any]:
    """Ages of trades with and without the flood, taking turns, and how many times as old the flood makes them."""
    rows = {"quiet": Row("storm_quiet"), "storm": Row("storm_alerts")}
    async with child.serving("scanner.bench.hook:serve", {}) as hook:
        for number in range(passes):
            figures: dict[str, dict[str, float]] = {}
            for name in rows if number % 2 == 0 else reversed(rows):
                say(f"storm, pass {number + 1} of {passes}: {name}")
                told = alerts if name == "storm" else 0
                options = {"rate": rate, "seconds": seconds, "alerts": told, "hook": hook["url"]}
                figures[name] = await child.work("scanner.bench.storm:measure", options, patience_s=PATIENCE_S)
            figures["storm"]["times_quiet"] = figures["storm"][COMPARED] / figures["quiet"][COMPARED]
            for name, row in rows.items():
                row.note(OURS, figures[name])
    return report("storm", passes, rows.values(), alerts=alerts, seconds=seconds, trades_per_s=rate)


def measure(rate: int, seconds: float, alerts: int, hook: str) -> dict[str, float]:
    """The main process' side, in this process; Undelivered where an alert was lost on its way."""
    load = Load(rate, seconds, alerts, hook)
    with TemporaryDirectory() as folder, claimed(None) as home:
        house = Scanner(_settings(load, Path(folder)), Options(monotonic()), home, _Nobody())
        collector.relax()
        threads.give_way()
        return trio.run(_measure, house, load)


def _settings(load: Load, folder: Path) -> Settings:
    sets = [
        "ops_alerts.startup=false",
        "ops_alerts.shutdown=false",
        "receivers.hook.sink=webhook",
        f"receivers.hook.url={load.hook}",
        "receivers.hook.allow_private=true",
        "receivers.file.sink=file",
        f"receivers.file.path={folder / 'alerts.jsonl'}",
    ]
    return settle(configuration(environment={}, sets=sets))


class _Nobody:
    """A board that shows nothing: with one there, no console writes among the figures."""

    def see(self, events: list[Event]) -> None:
        """Look away."""

    async def show(self, scanner: Scanner) -> None:
        """Nothing."""


@dataclass
class _Measured:
    """What is noted while it runs."""

    ages: list[int] = field(default_factory=list)
    """Of each batch when all rules had seen it, nanoseconds."""
    trades: int = 0
    is_over: bool = False


async def _measure(house: Scanner, load: Load) -> dict[str, float]:
    measured = _Measured()
    async with trio.open_nursery() as nursery, house.alerting.open(house.desk.publish):
        nursery.start_soon(_tick, house, measured)
        nursery.start_soon(_flood, house, load)
        await _take_in(house, load, measured)
        with trio.move_on_after(DRAIN_S):
            while any(each.letters for each in house.alerting.dispatcher.waiting().values()):  # noqa: ASYNC110 - a look
                await trio.sleep(0.05)
        measured.is_over = True
    arrived = house.alerting.tallies.deliveries
    for name in ("hook", "file"):
        if arrived[name, "delivered"] != load.alerts:
            raise Undelivered(f"{arrived[name, 'delivered']} of {load.alerts} alerts arrived at {name}")
    ages = sorted(measured.ages)
    return {
        "p50_ms": ages[len(ages) // 2] / MILLISECOND,
        COMPARED: ages[len(ages) * 99 // 100] / MILLISECOND,
        "worst_ms": ages[-1] / MILLISECOND,
        "trades": measured.trades,
        "alerts": load.alerts,
    }


async def _take_in(house: Scanner, load: Load, measured: _Measured) -> None:
    worker = await start("bench-feed", "scanner.bench.storm:feed", msgspec.json.encode(load))
    venue = ChildSpec(VENUES[0], 0, "", b"")
    while True:
        message = await worker.uplink.receive()
        house.desk.hear(venue, message)
        if not isinstance(message, Batch):
            break
        measured.trades += len(message.events)
        if measured.trades > WARM_S * load.rate:
            measured.ages.append(time_ns() - message.events[-1].seen)
    await worker.wait()
    await worker.aclose()


async def _tick(house: Scanner, measured: _Measured) -> None:
    """What the app does once a second."""
    while not measured.is_over:
        now = time_ns()
        house.alerting.tick(now, house.desk.tick(now))
        await trio.sleep(1.0)


async def _flood(house: Scanner, load: Load) -> None:
    """All alerts, evenly spread over the measured time; each of a coin of its own, and none part of a burst."""
    begin = trio.current_time() + WARM_S
    for number in range(load.alerts):
        await trio.sleep_until(begin + number * load.seconds / load.alerts)
        house.desk.publish([_alert(number)])


def _alert(number: int) -> Alert:
    return Alert(
        id=f"{number:016}",
        rule="pump",
        stage="pump",
        instrument=Instrument(f"C{number}", "KRW"),
        exchanges=(VENUES[number % len(VENUES)],),
        severity="critical",  # what is critical is never gathered: each alert is a message
        score=99,
        headline=f"C{number}/KRW +25.0 % in 3 s, 85 trades, 92 % buys, 44 times the usual volume",
        price=125.0,
        change=0.25,
        window_s=3.0,
        volume_ratio=44.0,
        facts={"trades": 85, "buy_share": 0.92, "rush_orders": 12},
        at=time_ns(),
    )


def feed(spec: bytes, up: End, down: End) -> None:
    """The worker's process: trades at prices that hardly move, each batch dated when it is sent."""
    collector.relax()
    trio.run(_feed, msgspec.json.decode(spec, type=Load), up, down)


async def _feed(load: Load, up: End, down: End) -> None:
    uplink, _downlink = child_ends(up, down)
    coins = [Instrument(f"Q{number}", "KRW") for number in range(COINS)]
    begin = trio.current_time()
    for batch in range(round((WARM_S + load.seconds) * load.rate) // BATCH):
        await trio.sleep_until(begin + batch * BATCH / load.rate)
        await uplink.send(Batch(_trades(coins, batch * BATCH)))
    await uplink.send(Farewell())
    await uplink.aclose()


def _trades(coins: list[Instrument], first: int) -> list[Event]:
    now = time_ns()
    return [
        Trade(
            exchange=VENUES[0],
            instrument=coins[number % COINS],
            at=now,
            seen=now,
            id=str(number),
            price=100.0 + number % 3 * 0.01,
            size=10.0,
            side="buy" if number % 2 else "sell",
        )
        for number in range(first, first + BATCH)
    ]
