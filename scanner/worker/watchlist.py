"""What a worker watches now: the operator's choice from the catalogue, and what others want beside it."""

from __future__ import annotations

from collections.abc import Iterable

import trio

from scanner.bus.base import Uplink
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Notice, Subscription
from scanner.telemetry import log
from scanner.wire.messages import Inventory, Want, WorkerSpec
from scanner.worker.catalogue import Catalogue
from scanner.worker.fleet import Fleet
from scanner.worker.kit import Kit
from scanner.worker.poller import Poller
from scanner.worker.ranking import by_activity
from scanner.worker.subscriptions import NOTHING, Choice, Wish, choose, concerning, mine
from scanner.worker.wants import TooManyOwners, Wants
from scanner.worker.warmup import Warmup

OPERATOR = ""
"""The owner of what the specification asks for; others have names."""


class Watchlist:
    """`learn`, `revise` and `want` change it at once; `run` has the rest of the worker follow."""

    def __init__(
        self, spec: WorkerSpec, kit: Kit, fleet: Fleet, poller: Poller, warmup: Warmup, uplink: Uplink
    ) -> None:
        self._spec = spec
        self._kit = kit
        self._fleet = fleet
        self._poller = poller
        self._warmup = warmup
        self._uplink = uplink
        self._wants = Wants()
        self._catalogue = Catalogue((), ())
        self._choice: Choice | None = None
        self._told: Inventory | None = None
        self._news: list[Event] = []
        self._changed = trio.Event()
        self._log = log.get(exchange=kit.exchange.name, actor="watchlist")

    def learn(self, catalogue: Catalogue, notices: list[Notice]) -> None:
        """The venue lists this now, and that is what is new about it."""
        before = self._choice
        self._catalogue = catalogue
        self._choice = choose(self._wish(), catalogue.markets, catalogue.tickers, self._kit.exchange, before)
        self._wants.put(OPERATOR, self._choice.subscriptions)
        known = frozenset(before.instruments) if before is not None else frozenset()
        fresh = frozenset(self._choice.instruments) - known
        self._news += concerning(notices, before, self._choice)
        self._news += (ticker for ticker in catalogue.tickers if ticker.instrument in fresh)
        if before is None:
            self._introduce(self._choice)
        self._kit.ledger.problem = self._nothing_to_do(self._choice)
        self._changed.set()

    def revise(self, spec: WorkerSpec, catalogue: Catalogue) -> None:
        """The operator wants this now, of a venue that lists that; the next inventory answers, whatever it says."""
        self._spec = spec
        self._told = None
        self.learn(catalogue, [])
        choice = self._choice or NOTHING
        self._log.info("revised", watched=len(choice.instruments), streams=len(choice.subscriptions))

    def want(self, wish: Want) -> None:
        """Somebody wants these streams now; those of instruments that are not listed here come to nothing."""
        try:
            self._wants.put(wish.owner, mine(wish.subscriptions, self._spec.shard, self._spec.shards))
        except TooManyOwners as error:
            self._log.error("a wish is turned down", why=str(error))
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._changed.wait()
            self._changed = trio.Event()
            await self._follow()

    async def _follow(self) -> None:
        wanted = self._possible(self._wants.all())
        inventory = Inventory(tuple(sorted({one.instrument for one in wanted})), self._unknown())
        if inventory != self._told:
            self._told = inventory
            await self._uplink.send(inventory)
        news, self._news = self._news, []
        if news:
            await self._kit.publisher.put(news)
        self._kit.intake.expect(wanted)
        self._fleet.want(wanted)
        self._poller.want(wanted)
        self._warmup.want(self._by_activity(one.instrument for one in wanted if one.channel == "trade"))

    def _by_activity(self, instruments: Iterable[Instrument]) -> list[Instrument]:
        turnover = {ticker.instrument: ticker.turnover_24h for ticker in self._catalogue.tickers}
        return by_activity(turnover, instruments)

    def _possible(self, wanted: frozenset[Subscription]) -> frozenset[Subscription]:
        """What this venue lists and carries: a wish for more would be refused, or met with silence."""
        listed = {market.instrument for market in self._catalogue.markets if not market.suspended}
        offered = self._kit.exchange.channels
        return frozenset(one for one in wanted if one.instrument in listed and one.channel in offered)

    def _unknown(self) -> dict[str, str]:
        return self._choice.unknown if self._choice is not None else {}

    def _wish(self) -> Wish:
        spec = self._spec
        return Wish(
            channels=spec.channels,
            symbols=spec.symbols,
            books_top=spec.books_top,
            trades_top=self._kit.settings.trades_top,
            exclude=spec.exclude,
            shard=spec.shard,
            shards=spec.shards,
        )

    def _introduce(self, choice: Choice) -> None:
        """Once, what there is and what of it will be watched."""
        exchange = self._kit.exchange
        self._log.info(
            "catalogue",
            listed=len(self._catalogue.markets),
            watched=len(choice.instruments),
            excluded=choice.excluded,
            suspended=choice.suspended,
        )
        if exchange.quotes and (missing := set(self._spec.channels) - exchange.channels):
            self._log.warning("channels this venue does not carry are left out", channels=sorted(missing))
        if nothing := self._nothing_to_do(choice):
            self._log.warning("nothing to watch", why=nothing, markets=self._spec.markets, symbols=self._spec.symbols)

    def _nothing_to_do(self, choice: Choice) -> str:
        """Why this worker watches nothing; empty when it does, or when it is a venue without markets."""
        exchange = self._kit.exchange
        if choice.instruments or not exchange.quotes:
            return ""
        if choice.suspended:
            return f"all that was asked for is suspended at {exchange.title}"
        return f"{exchange.title} lists nothing of what was asked for"
