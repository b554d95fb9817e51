"""A worker process: one exchange, or one shard of it, from its sockets to our pipe."""

from __future__ import annotations

import signal
from time import time_ns

import msgspec
import trio

from scanner.actors import collector
from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.bus.base import BusClosed, Downlink, Uplink
from scanner.bus.pipe import End, child_ends
from scanner.exchanges.base import Exchange, Settings, Window
from scanner.exchanges.registry import EXCHANGES, add_plugins
from scanner.net.http import open_http
from scanner.telemetry import log
from scanner.wire.messages import Farewell, Revised, Stop, WorkerSpec, decode_spec
from scanner.worker.backfill import Backfill
from scanner.worker.catalogue import Catalogue, Cataloguer
from scanner.worker.fleet import Fleet
from scanner.worker.intake import Intake
from scanner.worker.kit import Kit
from scanner.worker.ledger import Ledger
from scanner.worker.orders import Clerk, waiting_orders
from scanner.worker.poller import Poller
from scanner.worker.publisher import Publisher
from scanner.worker.rest import Rest
from scanner.worker.staleness import Staleness
from scanner.worker.subscriptions import share_of
from scanner.worker.trades import TradeMemory
from scanner.worker.warmup import Warmup
from scanner.worker.watchdog import Watchdog
from scanner.worker.watchlist import Watchlist

PULSE_S = 1.0
TERM_GRACE_S = 1.0
"""On SIGTERM the main process gets this long to take what is left; a Stop says how long itself."""


def run(spec: bytes, up: End, down: End) -> None:
    """The process' entry: everything it knows is in `spec`, everything it says goes through `up`.

    It leaves when `down` says so, on SIGTERM, or when `down` closes, which is how the death of its parent shows.
    """
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):  # they may reach the whole group
        signal.signal(number, signal.SIG_IGN)  # only the parent decides
    add_plugins()
    described = decode_spec(spec)
    log.configure(described.log_level, json=described.log_json)
    collector.relax()
    trio.run(_open, described, up, down)


async def _open(spec: WorkerSpec, up: End, down: End) -> None:
    uplink, downlink = child_ends(up, down)
    settings = msgspec.convert(spec.settings, Settings)
    worker = Worker(spec, EXCHANGES[spec.exchange].configured(settings), settings)
    try:
        await worker.run(uplink, downlink)
    except* BusClosed:
        log.get(exchange=spec.exchange).warning("the main process is gone, leaving")
    finally:
        await uplink.aclose()


class Worker:
    """The actor tree of one exchange."""

    def __init__(self, spec: WorkerSpec, exchange: Exchange, settings: Settings) -> None:
        self._spec = spec
        self._exchange = exchange
        self._settings = settings
        self._ledger = Ledger()
        self._orders = waiting_orders()
        self._log = log.get(exchange=exchange.name, actor="worker")

    async def run(self, uplink: Uplink, downlink: Downlink) -> None:
        """Until told to stop; BusClosed, alone or in a group, when the main process is gone."""
        publisher = Publisher(self._exchange.name, uplink, self._ledger)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._pulse, uplink)
            nursery.start_soon(publisher.run)
            grace_s = await self._until_told(downlink, publisher, uplink)
            deadline = trio.current_time() + grace_s
            publisher.close()
            with trio.move_on_at(deadline):
                await publisher.flushed.wait()
            nursery.cancel_scope.cancel()
        with trio.move_on_at(deadline):
            await uplink.send(self._ledger.pulse(time_ns()))
            await uplink.send(Farewell())

    async def _until_told(self, downlink: Downlink, publisher: Publisher, uplink: Uplink) -> float:
        """Feed until a Stop or SIGTERM comes, and say goodbye to the venue; how many seconds the rest may take."""
        grace_s = TERM_GRACE_S
        with trio.open_signal_receiver(signal.SIGTERM) as signals:
            async with trio.open_nursery() as feeds:

                async def obey() -> None:
                    nonlocal grace_s
                    while not isinstance(order := await downlink.receive(), Stop):
                        if isinstance(order, Revised):
                            log.configure(order.spec.log_level, json=order.spec.log_json)
                        self._orders.put_nowait(order)
                    grace_s = order.grace_s
                    self._log.info("stopping", grace_s=grace_s)
                    feeds.cancel_scope.cancel()

                async def on_signal() -> None:
                    async for _ in signals:
                        feeds.cancel_scope.cancel()

                feeds.start_soon(obey)
                feeds.start_soon(on_signal)
                feeds.start_soon(self._feed, publisher, uplink)
        return grace_s

    async def _feed(self, publisher: Publisher, uplink: Uplink) -> None:
        """Catalogue first; then everything that lives on it."""
        limits = self._exchange.limits
        door = Breaker(rest_s=limits.block_s)
        async with open_http(self._settings.connect_timeout) as http:
            rest = Rest(http, self._limiter(limits.requests), self._ledger, door, limits.block_s)
            cataloguer = Cataloguer(self._exchange, self._settings, rest, self._ledger)
            catalogue = await cataloguer.wait(self._spec.markets)
            memory = TradeMemory()
            staleness = Staleness()
            kit = Kit(
                exchange=self._exchange,
                settings=self._settings,
                ledger=self._ledger,
                rest=rest,
                intake=Intake(memory, staleness, self._ledger),
                publisher=publisher,
                backfill=Backfill(self._exchange, rest, memory, publisher, self._ledger, shards=self._spec.shards),
                connects=self._limiter(limits.connects),
                door=door,
            )
            await self._live(kit, cataloguer, catalogue, Watchdog(kit, memory, staleness), uplink)

    async def _live(
        self, kit: Kit, cataloguer: Cataloguer, catalogue: Catalogue, watchdog: Watchdog, uplink: Uplink
    ) -> None:
        """The actors of a worker that knows what there is, until cancelled."""
        poller = Poller(kit, f"{self._prefix()}poll")
        fleet = Fleet(kit, self._prefix(), poller.stand_in)
        warmup = Warmup(kit)
        watchlist = Watchlist(self._spec, kit, fleet, poller, warmup, uplink)
        watchlist.learn(catalogue, [])
        async with trio.open_nursery() as actors:
            for actor in (fleet.run, poller.run, kit.backfill.run, warmup.run, watchlist.run):
                actors.start_soon(actor)
            actors.start_soon(watchdog.run, fleet)
            await Clerk(self._spec.markets, catalogue, cataloguer, watchlist).run(self._orders)

    def _prefix(self) -> str:
        shard = f"-{self._spec.shard}" if self._spec.shards > 1 else ""
        return f"{self._exchange.name}{shard}-"

    def _limiter(self, windows: tuple[Window, ...]) -> Limiter:
        shares = (share_of(window, self._spec.shards) for window in windows)
        return Limiter(tuple((share.count, share.seconds) for share in shares))

    async def _pulse(self, uplink: Uplink) -> None:
        while True:
            await uplink.send(self._ledger.pulse(time_ns()))
            await trio.sleep(PULSE_S)
