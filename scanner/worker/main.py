"""A worker process: one exchange, or one shard of it, from its sockets to our pipe."""

from __future__ import annotations

import signal
from time import time_ns

import msgspec
import trio

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.bus.base import BusClosed, Downlink, Uplink
from scanner.bus.pipe import End, child_ends
from scanner.exchanges.base import Exchange, Settings, Window
from scanner.exchanges.registry import EXCHANGES, add_plugins
from scanner.net.http import open_http
from scanner.telemetry import log
from scanner.wire.messages import Farewell, Inventory, WorkerSpec, decode_spec
from scanner.worker.catalogue import Catalogue, Cataloguer
from scanner.worker.connection import Connection
from scanner.worker.ledger import Ledger
from scanner.worker.publisher import Publisher
from scanner.worker.rest import Rest
from scanner.worker.subscriptions import Choice, Wish, choose, share_of

PULSE_S = 1.0
TERM_GRACE_S = 1.0
"""On SIGTERM the main process gets this long to take what is left; a Stop says how long itself."""


def run(spec: bytes, up: End, down: End) -> None:
    """The process' entry: everything it knows is in `spec`, everything it says goes through `up`.

    It leaves when `down` says so, on SIGTERM, or when `down` closes, which is how the death of its parent shows.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; only the parent decides
    add_plugins()
    described = decode_spec(spec)
    log.configure(described.log_level, json=described.log_json)
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

                async def on_stop() -> None:
                    nonlocal grace_s
                    grace_s = (await downlink.receive()).grace_s
                    self._log.info("stopping", grace_s=grace_s)
                    feeds.cancel_scope.cancel()

                async def on_signal() -> None:
                    async for _ in signals:
                        feeds.cancel_scope.cancel()

                feeds.start_soon(on_stop)
                feeds.start_soon(on_signal)
                feeds.start_soon(self._feed, publisher, uplink)
        return grace_s

    async def _feed(self, publisher: Publisher, uplink: Uplink) -> None:
        """Catalogue, choice, plan, connections."""
        async with open_http(self._settings.connect_timeout) as http:
            rest = Rest(http, self._limiter(self._exchange.limits.requests), self._ledger)
            catalogue = await Cataloguer(self._exchange, self._settings, rest, self._ledger).wait(self._spec.markets)
            choice = self._choose(catalogue)
            await uplink.send(Inventory(choice.instruments, choice.unknown))
            watched = frozenset(choice.instruments)
            await publisher.put([ticker for ticker in catalogue.tickers if ticker.instrument in watched])
            await self._connect(choice, rest, publisher)

    def _choose(self, catalogue: Catalogue) -> Choice:
        spec = self._spec
        wish = Wish(
            channels=spec.channels,
            symbols=spec.symbols,
            books_top=spec.books_top,
            shard=spec.shard,
            shards=spec.shards,
        )
        choice = choose(wish, catalogue.markets, catalogue.tickers, self._exchange.channels)
        self._log.info("catalogue", listed=len(catalogue.markets), watched=len(choice.instruments))
        if missing := set(spec.channels) - self._exchange.channels:
            self._log.warning("channels this venue does not carry are left out", channels=sorted(missing))
        if not choice.instruments:
            self._ledger.problem = f"{self._exchange.title} lists nothing of what was asked for"
            self._log.warning("nothing to watch", markets=spec.markets, symbols=spec.symbols)
        return choice

    async def _connect(self, choice: Choice, rest: Rest, publisher: Publisher) -> None:
        connects, door = self._limiter(self._exchange.limits.connects), Breaker(rest_s=self._exchange.limits.block_s)
        shard = f"-{self._spec.shard}" if self._spec.shards > 1 else ""
        async with trio.open_nursery() as connections:
            for number, endpoint in enumerate(self._exchange.plan(choice.subscriptions)):
                connection = Connection(
                    f"{self._exchange.name}{shard}-{number}",
                    self._exchange,
                    endpoint,
                    settings=self._settings,
                    connects=connects,
                    door=door,
                    rest=rest,
                    publisher=publisher,
                    ledger=self._ledger,
                )
                connections.start_soon(connection.run)

    def _limiter(self, windows: tuple[Window, ...]) -> Limiter:
        shares = (share_of(window, self._spec.shards) for window in windows)
        return Limiter(tuple((share.count, share.seconds) for share in shares))

    async def _pulse(self, uplink: Uplink) -> None:
        while True:
            await uplink.send(self._ledger.pulse(time_ns()))
            await trio.sleep(PULSE_S)
