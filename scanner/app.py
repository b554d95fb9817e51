"""The wiring and nothing else: settings in, a running scanner out.

    venue → worker process → pipe → desk → engine → episodes → alerting → receivers
                                      └──→ metrics, health, board

Rooms open from the outside in (output, operators' door, alerting, workers) and close in reverse, so that whatever a
room still has to say when it closes finds the next one open.
"""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

import trio
from msgspec import Struct, structs

from scanner import __version__, plan, state
from scanner.actors import collector, threads
from scanner.alerting import Alerting
from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.config.errors import ConfigError
from scanner.delivery.deadman import Deadman
from scanner.delivery.tallies import Tallies
from scanner.desk import Desk
from scanner.detectors import registry as detectors
from scanner.detectors.base import Detector
from scanner.detectors.explaining import Explainer, Explanation
from scanner.detectors.tapes import Tapes
from scanner.exposure import expose
from scanner.model.alert import Fact
from scanner.model.market import Channel, Event
from scanner.model.news import Notification
from scanner.net.failure import leaves
from scanner.reload import Reloading
from scanner.settings import Settings, receiver_names
from scanner.signals import heeding
from scanner.sim.options import Options as Simulation
from scanner.simulation import Urls, simulated
from scanner.sinks.console import as_text
from scanner.sinks.lines import Lines
from scanner.state import Home
from scanner.store.folder import StoreUnusable
from scanner.store.writer import Writer
from scanner.supervisor.child import AllQuarantined
from scanner.supervisor.supervisor import Supervisor
from scanner.telemetry import log
from scanner.telemetry.bind import bind
from scanner.telemetry.health import Health
from scanner.telemetry.http import serve
from scanner.telemetry.metrics import Metrics

TICK_S = 1.0
OUTPUT_GRACE_S = 0.5
"""A reader of our output that is slower than this at the end misses the end."""
OK, FAILED = 0, 1


class Board(Protocol):
    """Somebody who shows the run while it goes on."""

    def see(self, events: list[Event]) -> None:
        """Look at one batch of events, quickly."""
        ...

    async def show(self, scanner: Scanner) -> None:
        """Show until cancelled."""
        ...


class Options(Struct, frozen=True):
    """How this run looks and how long it lasts; everything else is settings."""

    started: float
    """When the process started, on the monotonic clock."""
    json: bool = False
    duration_s: float = float("inf")
    """Counted from `started`."""
    read_again: Callable[[], Settings] | None = None
    """Reads the configuration as it was read for this run; ConfigError where it cannot be used. None: it stays."""
    simulation: Simulation | None = None
    thrown_away: bool = False
    """Whether the state is kept in a folder that is gone afterwards, whatever the settings say."""
    interrupted: Callable[[], bool] = bool
    """Whether we were told to stop before we listened for it."""


def run(settings: Settings, options: Options, board: Board | None = None) -> int:
    """Scan until told to stop; the process' exit code.

    PortInUse, `store.folder.Held` or `StoreUnusable` before anything has started; ConfigError, after all has ended,
    when no venue lists a named symbol.
    """
    place = None if options.thrown_away else state.folder(settings.state.dir)
    with state.claimed(place) as home:
        listener = bind(settings.ops.host, settings.ops.port)
        scanner = Scanner(settings, options, home, board)
        collector.relax()
        threads.give_way()
        try:
            exit_code = trio.run(scanner.run, listener)
        except* StoreUnusable as group:
            raise leaves(group)[0] from None
    if scanner.mistake is not None:
        raise scanner.mistake
    return exit_code


class Scanner:
    """One run of the whole house."""

    def __init__(self, settings: Settings, options: Options, home: Home, board: Board | None = None) -> None:
        """All parts, made and joined; nothing runs yet."""
        self.settings = settings
        self.options = options
        self._home = home
        self._board = board
        self._stopping = trio.Event()
        self._exit_code = OK
        self.mistake: ConfigError | None = None
        """The operator's, found only when the venues had answered."""
        self.address = ""
        """Of the ops server, once it listens."""
        self._log = log.get(actor="app")
        self._lines = Lines(sys.stdout.fileno())
        self.metrics = Metrics(version=__version__)
        shards = {name: settings.exchanges[name].shards for name in settings.venues}
        self.health = Health(shards, settings.ops.fresh_within, time.time_ns())
        self._tapes = Tapes()
        row = self._row(settings)
        self._explainer = Explainer(row, self._tapes)
        self.episodes = Episodes(settings.alerts)
        self.engine = Engine(row, self.episodes)
        tallies = Tallies(receiver_names(settings.receivers))
        self._build_posts = partial(
            plan.posts, write=self._lines.write, json=options.json, console=board is None, degraded=tallies.degrade
        )
        self._posts = self._build_posts(settings)
        self.alerting = Alerting(
            settings,
            Writer(home.database),
            self._posts,
            self.episodes,
            tallies=tallies,
            always=plan.unrouted(settings),
            missed=self._explainer.missed,
            deadman=self._deadman(settings),
        )
        self.desk = Desk(
            engine=self.engine,
            publish=self.alerting.publish,
            tallies=tallies,
            ops_alerts=settings.ops_alerts,
            metrics=self.metrics,
            health=self.health,
            lines=self._lines if options.json else None,
            see=board.see if board is not None else None,
            carried=self._carried(),
            rules=settings.rules,
        )
        self._reloading = Reloading(options.read_again or (lambda: self.settings), self)
        self.metrics.watch_health(self.health)
        expose(
            self.metrics,
            engine=self.engine,
            tapes=self._tapes,
            episodes=self.episodes,
            explainer=self._explainer,
            desk=self.desk,
            alerting=self.alerting,
            reloads=self._reloading.outcomes,
        )
        self._unlisted: frozenset[str] = frozenset()
        """Symbols of which it was said, since the last reload, that no venue lists them."""
        self._loud = False
        """Whether everything is logged for now, whatever the settings say."""
        self._workers: Supervisor | None = None
        self._urls: Urls = {}

    async def run(self, listener: socket.socket) -> int:
        """Open the rooms, scan, close them in reverse."""
        async with trio.open_nursery() as house:
            await house.start(self._listen_for_signals, house.cancel_scope)
            if self.options.interrupted():
                self._stopping.set()
            house.start_soon(self._lines.run)
            serving = partial(serve, listener, self.metrics, self.health, explain=self._explain)
            self.address = await house.start(serving)
            self._home.listens(self.address)
            self.desk.say("listening", {"ops": self.address})
            wishes = heeding(reload=self._reloading.reload, turn_log=self._turn_log, hang_up=self._hang_up)
            async with self._shown(), self.alerting.open(self.desk.publish), wishes:
                self._log.info("started", ops=self.address, venues=list(self.settings.venues), version=__version__)
                house.start_soon(self._tick)
                house.start_soon(self._stop_in_time)
                await self._scan()
                self.desk.end()
            await self._say_goodbye()
            house.cancel_scope.cancel()
        return self._code()

    @asynccontextmanager
    async def _shown(self) -> AsyncIterator[None]:
        """The board, where there is one, until the run is over and the terminal is free for the last words."""
        async with trio.open_nursery() as nursery:
            if self._board is not None:
                nursery.start_soon(self._board.show, self)
            yield
            nursery.cancel_scope.cancel()

    async def _scan(self) -> None:
        """Workers up, until told to stop and all have left."""
        async with self._addresses() as urls:
            if urls is None:
                return
            self._urls = urls
            children = plan.workers(self._as_logged(), urls)
            workers = Supervisor(children, self.settings.supervisor, hear=self.desk.hear, tell=self.desk.tell)
            self._workers = workers
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._pass_on_stop, workers)
                try:
                    await workers.run()
                except* AllQuarantined as group:
                    self._fail(f"every worker is quarantined: {group.exceptions[0]}")
                nursery.cancel_scope.cancel()

    @asynccontextmanager
    async def _addresses(self) -> AsyncIterator[Urls | None]:
        """Where simulated exchanges listen, nowhere in a live run, None when they should but do not."""
        if self.options.simulation is None:
            yield {}
            return
        if told := [f"exchanges.{n}" for n, s in self.settings.exchanges.items() if s.rest_url or s.ws_url]:
            self._log.warning("addresses are not used with --sim", of=told)
        async with simulated(self.options.simulation, self._stopping, self._fail) as urls:
            yield urls

    async def _pass_on_stop(self, workers: Supervisor) -> None:
        await self._stopping.wait()
        workers.stop()

    async def _listen_for_signals(
        self, everything: trio.CancelScope, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """The first Ctrl-C or SIGTERM asks, the second insists."""
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            task_status.started()
            async for number in signals:
                if self._stopping.is_set():
                    self._exit_code = FAILED
                    everything.cancel()
                self._log.info("stopping", reason=signal.Signals(number).name)
                self._stopping.set()

    def _hang_up(self) -> None:
        self._log.info("stopping", reason="the terminal is gone")
        self._stopping.set()

    def apply(self, settings: Settings) -> None:
        """Go by these from now on. Streams, windows, open stories and receivers that stay the same notice nothing."""
        before, self.settings, self._loud = self.settings, settings, False
        row = self._row(settings)
        self.engine.turn_to(row)
        self._explainer.turn_to(row)
        self.episodes.revise(settings.alerts)
        self._posts = self._build_posts(settings, known=self._posts)
        self.alerting.revise(
            settings,
            self._posts,
            always=plan.unrouted(settings),
            deadman=self.alerting.deadman if settings.deadman == before.deadman else self._deadman(settings),
        )
        self.desk.revise(settings.ops_alerts, self._carried(), settings.rules)
        if settings.scanner != before.scanner:
            self.desk.ask_anew()
            self._unlisted = frozenset()
        self._revise_workers()

    def tell(self, headline: str, facts: dict[str, Fact]) -> None:
        """What a reload has changed, to whoever looks after the scanner."""
        self.alerting.tell(headline, facts)

    def _turn_log(self) -> None:
        """Everything is logged, or again what the settings say."""
        self._loud = not self._loud
        self._revise_workers()
        self._log.warning("log level changed", now=self._as_logged().log.level)

    def _revise_workers(self) -> None:
        settings = self._as_logged()
        log.configure(settings.log.level, json=settings.log.json)
        if self._workers is not None:
            self._workers.revise(plan.workers(settings, self._urls))

    def _as_logged(self) -> Settings:
        """The settings, with the log level that holds just now."""
        settings = self.settings
        return structs.replace(settings, log=structs.replace(settings.log, level="debug")) if self._loud else settings

    def _row(self, settings: Settings) -> list[Detector]:
        """Detectors over the tapes that there are, so that what is usual stays known."""
        return detectors.assemble(settings.rules, detectors.known(), self._tapes)

    def _carried(self) -> dict[str, tuple[Channel, ...]]:
        return {name: plan.channels(self.settings, name) for name in self.settings.venues}

    def _deadman(self, settings: Settings) -> Deadman | None:
        return plan.deadman(settings, healthy=lambda: self.health.ready(time.time_ns()).ready)

    async def _stop_in_time(self) -> None:
        """The duration is over, or nobody reads our output any more."""
        with trio.move_on_after(max(0.0, self.options.started + self.options.duration_s - time.monotonic())):
            await self._lines.closed.wait()
        self._stopping.set()

    def _code(self) -> int:
        """A full disk under our output has cost lines that somebody may count on."""
        return self._exit_code or (FAILED if self._lines.failure else OK)

    async def _tick(self) -> None:
        while True:
            now, store = time.time_ns(), self.alerting.writer
            self.health.state(store.since, "" if store.writable else store.why or "it cannot be written")
            self.alerting.tick(now, self.desk.tick(now))
            self._look_for_unlisted()
            await trio.sleep(TICK_S)

    def _look_for_unlisted(self) -> None:
        """A start with a symbol that nobody lists is a mistake; a run that is told of one later goes on without it."""
        for symbol, nearest in self.desk.unlisted().items():
            expected = f"a symbol that {' or '.join(venue.title for venue in self.settings.venues.values())} lists"
            mistake = ConfigError("--symbol", value=symbol, expected=expected, nearest=nearest or None)
            if not self._reloading.outcomes["applied"]:
                self.mistake = mistake
                self._stopping.set()
            elif symbol not in self._unlisted:
                self._unlisted |= {symbol}
                self._log.warning("nobody lists a symbol", why=str(mistake))

    def _explain(self, symbol: str, exchange: str) -> Explanation:
        return self._explainer.explain(symbol, exchange, time.time_ns())

    def _fail(self, text: str) -> None:
        """The house closes in order all the same."""
        if not self._stopping.is_set():
            self._exit_code = FAILED
            self._log.error(text)
            self._stopping.set()

    async def _say_goodbye(self) -> None:
        summary = self.desk.summary(self.options.started)
        self.desk.say("summary", summary)
        if not self.options.json:
            for alert in reversed(self.desk.alerts) if self._board is not None else ():
                self._lines.put(as_text(Notification(alert, alert.at)))
            self._lines.put(_in_words(summary))
        self._lines.close()
        with trio.move_on_after(OUTPUT_GRACE_S):
            await self._lines.written.wait()


def _in_words(summary: dict[str, Any]) -> str:
    """The summary for people."""
    events = sum(count for venue in summary["events"].values() for count in venue.values())
    return (
        f"{summary['duration_s']:.0f} s, {sum(summary['markets'].values())} markets, {events:,} events: "
        f"{summary['alerts']} alerts, {summary['restarts']} restarts, {summary['dropped']} dropped"
    )
