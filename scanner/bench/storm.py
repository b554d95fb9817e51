"""`scanner bench storm`: whether a flood of alerts makes the market late.

A real worker reads trades from the load server at a steady pace; the main process' own parts take them in. Meanwhile a
thousand alerts are told in ten seconds, or none: each one is stored, posted to a webhook and written to a file. What is
compared is how long it took a trade from the worker's socket through the last rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, time_ns
from typing import Any

import trio
from msgspec import Struct, to_builtins

from scanner import plan
from scanner.actors import collector, threads
from scanner.app import Options, Scanner
from scanner.bench import child
from scanner.bench.floor import Load
from scanner.bench.load import SERVER
from scanner.bench.rows import OURS, Row, report
from scanner.model.alert import Alert
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Trade
from scanner.settings import Settings, configuration, settle
from scanner.state import claimed
from scanner.supervisor.child import ChildSpec
from scanner.supervisor.supervisor import Supervisor
from scanner.wire.messages import Batch, Up

ALERTS = 1_000
SECONDS = 10.0
RATE = 1_000
"""Trades a second: three times an ordinary Upbit day. What a machine has left at its limit is another question."""
COINS = 300
WARM_S = 2.0
"""So long after the first trade nothing is measured yet."""
DRAIN_S = 30.0
"""After the last trade the letters have this long to arrive."""
PATIENCE_S = 120.0
VENUES = ("upbit", "bithumb")
MILLISECOND = 1_000_000
"""Nanoseconds."""
COMPARED = "p99_ms"


class Undelivered(Exception):
    """Alerts that were told have not arrived: then it is no wonder that they disturbed nobody."""


class Task(Struct, frozen=True):
    """What is measured."""

    seconds: float
    alerts: int
    hook: str
    """Where alerts are posted."""
    rest: str
    ws: str
    """Where the load server stands, which is taken for Upbit."""
    drain_s: float


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
    load = to_builtins(Load(instruments=COINS, rate=float(rate)))
    async with child.serving("scanner.bench.hook:serve", {}) as hook, child.serving(SERVER, load) as venue:
        for number in range(passes):
            figures: dict[str, dict[str, float]] = {}
            for name in rows if number % 2 == 0 else reversed(rows):
                say(f"storm, pass {number + 1} of {passes}: {name}")
                told = alerts if name == "storm" else 0
                place = {"hook": hook["url"], "rest": venue["rest"], "ws": venue["ws"]}
                options = {"seconds": seconds, "alerts": told, **place}
                figures[name] = await child.work("scanner.bench.storm:measure", options, patience_s=PATIENCE_S)
            figures["storm"]["times_quiet"] = figures["storm"][COMPARED] / figures["quiet"][COMPARED]
            for name, row in rows.items():
                row.note(OURS, figures[name])
    return report("storm", passes, rows.values(), alerts=alerts, seconds=seconds, trades_per_s=rate)


def measure(seconds: float, alerts: int, hook: str, rest: str, ws: str, drain_s: float = DRAIN_S) -> dict[str, float]:
    """The main process' side, in this process; Undelivered where an alert was lost on its way."""
    task = Task(seconds, alerts, hook, rest, ws, drain_s)
    with TemporaryDirectory() as folder, claimed(None) as home:
        house = Scanner(_settings(task, Path(folder)), Options(monotonic()), home, _Nobody())
        collector.relax()
        threads.give_way()
        return trio.run(_measure, house, task)


def _settings(task: Task, folder: Path) -> Settings:
    sets = [
        "scanner.exchanges=upbit",
        f"exchanges.upbit.rest_url={task.rest}",
        f"exchanges.upbit.ws_url={task.ws}",
        "books.top=0",
        "ops_alerts.startup=false",
        "ops_alerts.shutdown=false",
        "receivers.hook.sink=webhook",
        f"receivers.hook.url={task.hook}",
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
    flows: trio.Event = field(default_factory=trio.Event)
    """The first trade has come."""
    counts: bool = False
    is_over: bool = False

    def note(self, batch: Batch) -> None:
        """The rules have seen this."""
        last = batch.events[-1]
        if isinstance(last, Trade):
            self.flows.set()
            if self.counts:
                self.trades += len(batch.events)
                self.ages.append(time_ns() - last.seen)


async def _measure(house: Scanner, task: Task) -> dict[str, float]:
    measured = _Measured()

    def hear(worker: ChildSpec, up: Up) -> None:
        house.desk.hear(worker, up)
        if isinstance(up, Batch):
            measured.note(up)

    settings = house.settings
    workers = Supervisor(plan.workers(settings, {}), settings.supervisor, hear=hear, tell=house.desk.tell)
    async with trio.open_nursery() as nursery, house.alerting.open(house.desk.publish):
        nursery.start_soon(workers.run)
        nursery.start_soon(_tick, house, measured)
        with trio.fail_after(PATIENCE_S):
            await measured.flows.wait()
        await trio.sleep(WARM_S)
        measured.counts = True
        await _flood(house, task)
        measured.counts = False
        with trio.move_on_after(task.drain_s):
            while any(each.letters for each in house.alerting.dispatcher.waiting().values()):  # noqa: ASYNC110 - a look
                await trio.sleep(0.05)
        measured.is_over = True
        workers.stop()
    arrived = house.alerting.tallies.deliveries
    for name in ("hook", "file"):
        if arrived[name, "delivered"] != task.alerts:
            raise Undelivered(f"{arrived[name, 'delivered']} of {task.alerts} alerts arrived at {name}")
    ages = sorted(measured.ages)
    return {
        "p50_ms": ages[len(ages) // 2] / MILLISECOND,
        COMPARED: ages[len(ages) * 99 // 100] / MILLISECOND,
        "worst_ms": ages[-1] / MILLISECOND,
        "trades": measured.trades,
        "batches": len(ages),
        "alerts": task.alerts,
    }


async def _tick(house: Scanner, measured: _Measured) -> None:
    """What the app does once a second."""
    while not measured.is_over:
        now = time_ns()
        house.alerting.tick(now, house.desk.tick(now))
        await trio.sleep(1.0)


async def _flood(house: Scanner, task: Task) -> None:
    """All alerts, evenly spread over the measured time; each of a coin of its own, and none part of a burst."""
    begin = trio.current_time()
    for number in range(task.alerts):
        await trio.sleep_until(begin + number * task.seconds / task.alerts)
        house.desk.publish([_alert(number)])
    await trio.sleep_until(begin + task.seconds)


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
