"""The back-fill: after a hole in a stream of trades it asks by REST for those that were missed, once, and not in haste.

An answer holds only the newest trades, so a hole in a busy coin may be wider than what can be had; the `Gap` in the
stream has said so already.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import time_ns

import trio

from scanner.actors.backoff import Backoff
from scanner.exchanges.base import Exchange, RemoteNonsense, Request
from scanner.exchanges.refusal import TurnedAway
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Subscription
from scanner.net.failure import Unreachable
from scanner.telemetry import log
from scanner.worker.ledger import Ledger
from scanner.worker.pace import pace
from scanner.worker.publisher import Publisher
from scanner.worker.rest import Rest
from scanner.worker.trades import TradeMemory

WAITING = 2_048
"""Instruments that may wait for their turn: all that any venue lists in one quote currency. The latest wish stays."""
SHARE = 0.4
"""Of the venue's request limit: order books that have to be made whole come first."""


class Backfill:
    """`want` says where a hole was, `run` fills it as far as the venue's answer reaches."""

    def __init__(
        self,
        exchange: Exchange,
        rest: Rest,
        memory: TradeMemory,
        publisher: Publisher,
        ledger: Ledger,
        *,
        shards: int = 1,
    ) -> None:
        self._exchange = exchange
        self._rest = rest
        self._memory = memory
        self._publisher = publisher
        self._ledger = ledger
        self._shards = shards
        self._backoff = Backoff()
        self._waiting: dict[Instrument, Request] = {}
        self._something = trio.Event()
        self._trouble = log.Seldom(log.get(exchange=exchange.name, actor="backfill"), trio.current_time)

    def want(self, subscriptions: Iterable[Subscription]) -> None:
        """A hole in these is over: ask about their trades, the first ones first and before all older wishes."""
        wishes = {
            one.instrument: request
            for one in subscriptions
            if one.channel == "trade" and (request := self._exchange.trades_request(one.instrument)) is not None
        }
        for instrument in wishes:
            self._memory.hold(instrument)
        older = {instrument: request for instrument, request in self._waiting.items() if instrument not in wishes}
        self._waiting = wishes | older
        for instrument in list(self._waiting)[WAITING:]:
            del self._waiting[instrument]
            self._give_up(instrument, "left_out", f"{WAITING} instruments wait already")
        self._something.set()

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits: what can be asked at any time should not go before."""
        return bool(self._waiting)

    async def run(self) -> None:
        """Until cancelled; one question at a time."""
        while True:
            while self._waiting:
                instrument = next(iter(self._waiting))
                request = self._waiting.pop(instrument)
                wait = await self._fill(instrument, request)
                await trio.sleep(max(wait, pace(request, self._exchange.limits, SHARE, self._shards)))
            self._something = trio.Event()
            await self._something.wait()

    async def _fill(self, instrument: Instrument, request: Request) -> float:
        """Ask once and pass on what was missed; how long to leave the venue alone afterwards."""
        try:
            body = await self._rest.get(request)
            fetched = self._exchange.parse_trades(instrument, body, time_ns())
        except Unreachable as error:
            self._give_up(instrument, "failed", str(error))
            return max(self._backoff.next(), min(error.retry_after or 0.0, self._exchange.limits.block_s))
        except TurnedAway as error:
            self._rest.turned_away()
            self._give_up(instrument, "failed", str(error))
            return self._backoff.next()
        except RemoteNonsense as error:
            self._ledger.count("parse_errors")
            self._give_up(instrument, "failed", str(error))
            return self._backoff.next()
        self._backoff = Backoff()
        self._ledger.count("backfills", "answered")
        found: list[Event] = [*self._memory.missing(instrument, fetched)]
        if found:
            self._ledger.count("backfilled", n=len(found))
            await self._publisher.put(found)
        return 0.0

    def _give_up(self, instrument: Instrument, outcome: str, why: str) -> None:
        self._memory.release(instrument)
        self._ledger.count("backfills", outcome)
        self._trouble.warning("a hole stays open", instrument=str(instrument), why=why[:300])
