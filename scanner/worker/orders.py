"""What the main process asks of a worker that runs: streams that somebody wants, and another specification."""

from __future__ import annotations

import trio

from scanner.actors.mailbox import Mailbox, Policy
from scanner.model.market import Notice
from scanner.wire.messages import Revised, Want, WorkerSpec
from scanner.worker.catalogue import Catalogue, Cataloguer
from scanner.worker.wants import OWNERS
from scanner.worker.watchlist import OPERATOR, Watchlist

Order = Want | Revised


def waiting_orders() -> Mailbox[Order]:
    """Where orders wait: of each owner the latest, and of specifications the latest."""
    return Mailbox("orders", OWNERS + 1, Policy.CONFLATE, key=_owner)


def _owner(order: Order) -> tuple[str, str]:
    return ("want", order.owner) if isinstance(order, Want) else ("revised", OPERATOR)


class Clerk:
    """Keeps the watchlist as the operator and the venue have it; nothing that goes on flowing is interrupted."""

    def __init__(
        self, markets: tuple[str, ...], catalogue: Catalogue, cataloguer: Cataloguer, watchlist: Watchlist
    ) -> None:
        """`catalogue` is that of these markets."""
        self._catalogue = catalogue
        self._markets = markets
        self._cataloguer = cataloguer
        self._watchlist = watchlist
        self._reading = trio.CancelScope()
        """Of the specification in force; the next one ends it."""

    async def run(self, orders: Mailbox[Order]) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_up, self._reading)
            async for batch in orders:
                for order in batch:
                    if isinstance(order, Want):
                        self._watchlist.want(order)
                    else:
                        self._reading.cancel()
                        self._reading = trio.CancelScope()
                        nursery.start_soon(self._turn_to, order.spec, self._reading)

    async def _turn_to(self, spec: WorkerSpec, scope: trio.CancelScope) -> None:
        """Where other markets are wanted the venue is asked for them first; until it answers, all goes on as it was."""
        with scope:
            if spec.markets != self._markets:
                self._catalogue = await self._cataloguer.wait(spec.markets)
                self._markets = spec.markets
            self._watchlist.revise(spec, self._catalogue)
            await self._follow()

    async def _keep_up(self, scope: trio.CancelScope) -> None:
        with scope:
            await self._follow()

    async def _follow(self) -> None:
        """The venue's list, again and again."""
        await self._cataloguer.follow(self._markets, self._catalogue, self._learn)

    def _learn(self, catalogue: Catalogue, notices: list[Notice]) -> None:
        self._catalogue = catalogue
        self._watchlist.learn(catalogue, notices)
