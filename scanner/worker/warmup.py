"""The warm-up: the past minutes of every instrument whose trades are watched, by REST, the most traded ones first.

Without them a coin's usual minute is known only when it has been watched for a while. Nothing here is urgent: whoever
fills a hole goes first, and a venue that does not tell is left in peace, for what is watched gets warm by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time_ns

import trio
from msgspec.structs import replace

from scanner.actors.backoff import Backoff
from scanner.exchanges.base import RemoteNonsense, Request
from scanner.exchanges.refusal import TurnedAway
from scanner.model.instrument import Instrument
from scanner.model.market import Candle
from scanner.net.failure import Unreachable
from scanner.telemetry import log
from scanner.worker.kit import Kit
from scanner.worker.pace import pace
from scanner.worker.waiting import Outcome, Waiting, Wish

SHARE = 0.6
"""Of the venue's request limit, while no hole is being filled: 240 coins in 40 s where ten a second are allowed."""
FASTEST_S = 0.1
"""From one question to the next where the venue would allow more: 500 coins in 50 seconds are soon enough."""
AT_ONCE = 4
"""Questions under way: from the far side of the world an answer takes longer than the pause between two."""
TRIES = 3
"""Of one instrument whose answers make no sense."""
PATIENCE = 10
"""Failures in a row, minutes with the waits between them; then whoever still waits is left to get warm by itself."""
LOOK_S = 1.0
"""How often it looks whether the holes are filled."""


class Warmup:
    """`want` says what is watched, `run` asks for its past."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._count = kit.settings.warmup
        self._waiting = Waiting()
        self._due_at = self._failed_at = float("-inf")
        self._began_at: float | None = None
        """When the first of those who wait now began to; None while nobody does."""
        self._backoff = self._fresh_backoff()
        self._turn = trio.Lock()
        self._something = trio.Event()
        self._log = log.get(exchange=kit.exchange.name, actor="warmup")
        self._trouble = log.Seldom(self._log, trio.current_time)

    def want(self, instruments: Sequence[Instrument]) -> None:
        """These are watched now, in this order of urgency; who was asked about is not again while it stays."""
        request_of = self._kit.exchange.candles_request
        asked = instruments if self._count else ()
        self._waiting.want({one: request for one in asked if (request := request_of(one, self._count)) is not None})
        if self._waiting and self._began_at is None:
            self._began_at = trio.current_time()
            self._log.info("warming up", instruments=len(self._waiting), minutes=self._count)
        self._report()
        self._something.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(self._keep_asking)

    async def _keep_asking(self) -> None:
        while True:
            async with self._turn:
                instrument, wish = await self._next()
            await self._ask(instrument, wish)

    async def _next(self) -> tuple[Instrument, Wish]:
        """Whose turn it is, as soon as it has come."""
        while not self._waiting or self._wait():
            if self._waiting:
                await trio.sleep(self._wait())
            else:
                self._something = trio.Event()
                await self._something.wait()
        instrument, wish = self._waiting.take()
        self._due_at = trio.current_time() + self._pause(wish.request)
        return instrument, wish

    def _wait(self) -> float:
        """Seconds until the next question: never into a closed door, nor before those whose answers grow stale."""
        if self._kit.backfill.is_busy:
            return LOOK_S
        return max(0.0, self._due_at - trio.current_time(), self._kit.rest.wait())

    def _pause(self, request: Request) -> float:
        shards = self._kit.settings.shards
        return max(pace(request, self._kit.exchange.limits, SHARE, shards), FASTEST_S * shards)

    # ---- one question

    async def _ask(self, instrument: Instrument, wish: Wish) -> None:
        asked = trio.current_time()
        try:
            body = await self._kit.rest.get(wish.request)
            candles = self._kit.exchange.parse_candles(instrument, body, time_ns())
        except Unreachable as error:
            if error.is_the_callers:
                self._settle(instrument, Outcome.GIVEN_UP, str(error))
            else:
                self._postpone(instrument, wish, str(error), asked, error.retry_after or 0.0)
        except TurnedAway as error:
            self._kit.rest.turned_away()
            self._postpone(instrument, wish, str(error), asked, 0.0)
        except RemoteNonsense as error:
            self._kit.ledger.count("parse_errors")
            self._puzzle(instrument, wish, str(error))
        else:
            await self._tell(instrument, candles[-self._count :])

    async def _tell(self, instrument: Instrument, candles: list[Candle]) -> None:
        """Past the intake: what REST tells proves nothing about a stream."""
        self._backoff = self._fresh_backoff()
        if candles and instrument in self._waiting:
            await self._kit.publisher.put([*candles])
        self._settle(instrument, Outcome.WARMED if candles else Outcome.EMPTY)

    def _puzzle(self, instrument: Instrument, wish: Wish, why: str) -> None:
        """The answer made no sense; perhaps it is this one alone that the venue cannot tell about."""
        if wish.tries + 1 >= TRIES:
            self._settle(instrument, Outcome.GIVEN_UP, why)
            return
        self._waiting.put_back(instrument, replace(wish, tries=wish.tries + 1))
        self._wake()

    def _postpone(self, instrument: Instrument, wish: Wish, why: str, asked: float, wish_s: float) -> None:
        """The venue does not answer, so nobody is asked about for a while. Those under way fail together, as one."""
        self._waiting.put_back(instrument, wish)
        self._wake()
        if asked < self._failed_at:
            return
        self._failed_at = trio.current_time()
        rest_s = max(self._backoff.next(), min(wish_s, self._kit.exchange.limits.block_s))
        self._due_at = self._failed_at + rest_s
        self._trouble.warning("the past is not told", why=why[:300], next_try_in_s=round(rest_s, 1))
        if self._backoff.failures >= PATIENCE:
            self._backoff = self._fresh_backoff()
            for one in self._waiting.everybody():
                self._settle(one, Outcome.GIVEN_UP, why)

    def _wake(self) -> None:
        """Somebody is back in line."""
        self._count_and_report(Outcome.RETRIED)
        self._something.set()

    def _settle(self, instrument: Instrument, outcome: Outcome, why: str = "") -> None:
        if outcome is Outcome.GIVEN_UP:
            self._trouble.warning("it gets warm by itself", instrument=str(instrument), why=why[:300])
        self._waiting.settle(instrument, outcome)
        self._count_and_report(outcome)

    # ---- how far it is

    def _count_and_report(self, outcome: Outcome) -> None:
        self._kit.ledger.count("warmups", outcome.value)
        self._report()

    def _report(self) -> None:
        outcomes, ledger = self._waiting.outcomes(), self._kit.ledger
        ledger.instruments_to_warm = self._waiting.wanted
        ledger.instruments_warming = self._waiting.open
        ledger.instruments_warmed = outcomes[Outcome.WARMED.value]
        if self._began_at is None or self._waiting.open:
            return
        took_s, self._began_at = trio.current_time() - self._began_at, None
        self._log.info("warmed up", instruments=self._waiting.wanted, took_s=round(took_s, 1), **outcomes)

    def _fresh_backoff(self) -> Backoff:
        return Backoff(self._kit.settings.reconnect_min, self._kit.settings.reconnect_max)
