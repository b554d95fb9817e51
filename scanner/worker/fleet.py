"""The fleet: as many connections as the wanted streams need, changed as little as can be while they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count

import trio

from scanner.exchanges.base import Endpoint
from scanner.model.market import Subscription
from scanner.telemetry import log
from scanner.worker.connection import Connection
from scanner.worker.kit import Kit
from scanner.worker.watchdog import Carried

StandIn = Callable[[frozenset[Subscription]], None]

REFUSED_REST_S = 600.0
"""A stream that the venue refused is not asked for again before: it will hardly change its mind sooner."""


SUCCESSORS = 1
"""Places that are kept free where a venue counts connections: one that rolls over needs two for a moment."""


class Fleet:
    """`want` says what is to flow, `run` keeps it flowing. Connections are called by `prefix` and a number."""

    def __init__(self, kit: Kit, prefix: str, stand_in: StandIn = lambda _: None) -> None:
        """`stand_in` is told which streams the venue refuses just now."""
        self._kit = kit
        self._prefix = prefix
        self._stand_in = stand_in
        self._numbers = count()
        self._wanted: frozenset[Subscription] = frozenset()
        self._changed = trio.Event()
        self._berths: dict[Connection, trio.CancelScope] = {}
        self._refused: dict[Subscription, float] = {}
        self._log = log.get(exchange=kit.exchange.name, actor="fleet")

    def want(self, subscriptions: Iterable[Subscription]) -> None:
        """These are wanted from now on; the latest wish counts."""
        self._wanted = frozenset(subscriptions)
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            while True:
                with trio.move_on_after(REFUSED_REST_S):  # then what was refused may be asked for again
                    await self._changed.wait()
                self._changed = trio.Event()
                self._arrange(nursery)

    # ---- what the watchdog sees and does

    def carried(self) -> Sequence[Carried]:
        """Live connections and what they carry."""
        return [
            Carried(connection.name, connection.endpoint.subscriptions, connection.live_since)
            for connection in self._berths
            if connection.live_since is not None
        ]

    def renew(self, link: str, reason: str, subscriptions: tuple[Subscription, ...]) -> None:
        """Make that connection anew because of these streams."""
        for connection in self._berths:
            if connection.name == link:
                connection.renew(reason, subscriptions)

    # ----

    def _arrange(self, nursery: trio.Nursery) -> None:
        """Turn what runs into what the plan says."""
        running = list(self._berths)
        plan = self._kit.exchange.plan(self._askable(), [connection.endpoint for connection in running])
        for connection, endpoint in zip(running, plan, strict=False):
            if not endpoint.subscriptions:
                self._close(connection)
            elif endpoint.subscriptions != connection.endpoint.subscriptions:
                connection.want(endpoint.subscriptions)
        for endpoint in self._affordable(plan[len(running) :]):
            name = f"{self._prefix}{next(self._numbers)}"
            connection = Connection(name, endpoint, self._kit, on_refused=self._refuse)
            self._berths[connection] = trio.CancelScope()
            nursery.start_soon(self._keep, connection, self._berths[connection])

    def _askable(self) -> frozenset[Subscription]:
        """What is wanted and was not refused of late."""
        now = trio.current_time()
        self._refused = {one: until for one, until in self._refused.items() if until > now and one in self._wanted}
        self._stand_in(frozenset(self._refused))
        return self._wanted - self._refused.keys()

    def _affordable(self, made: list[Endpoint]) -> list[Endpoint]:
        """No more connections than the venue allows; what finds no room is said."""
        allowed = self._kit.exchange.limits.connections
        most = max(1, allowed // self._kit.settings.shards - SUCCESSORS)
        room = max(0, most - len(self._berths)) if allowed else len(made)
        left_out = sum(len(endpoint.subscriptions) for endpoint in made[room:])
        if left_out:
            self._kit.ledger.count("left_out", n=left_out)
            self._log.error("streams are left out: the venue allows no more connections", most=most, streams=left_out)
        return made[:room]

    async def _keep(self, connection: Connection, scope: trio.CancelScope) -> None:
        with scope:
            await connection.run()
        self._kit.ledger.forget(connection.name)

    def _close(self, connection: Connection) -> None:
        """Nothing of it is wanted any more; the next plan does without it."""
        self._berths.pop(connection).cancel()

    def _refuse(self, subscriptions: tuple[Subscription, ...]) -> None:
        until = trio.current_time() + REFUSED_REST_S
        self._refused.update(dict.fromkeys(subscriptions, until))
        self._changed.set()
