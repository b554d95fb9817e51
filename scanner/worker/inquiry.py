"""The inquiry: one question to the venue's REST side, whether a silent stream should have spoken.

A pong proves nothing and silence proves little. Only a trade that the venue tells of when it is asked, and that a
stream should have shown by now, makes that stream stale; tickers, books and candles follow trades, so it is trades
that are asked about for every channel.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from time import time_ns

import trio

from scanner.actors.backoff import Backoff
from scanner.exchanges.base import RemoteNonsense, Request
from scanner.exchanges.refusal import TurnedAway
from scanner.model.market import Subscription, Trade
from scanner.model.moments import SECOND
from scanner.net.failure import Unreachable
from scanner.telemetry import log
from scanner.worker.kit import Kit
from scanner.worker.pace import pace
from scanner.worker.staleness import Staleness, Suspect
from scanner.worker.trades import TradeMemory

SHARE = 0.2
"""Of the venue's request limit, for these questions."""
MARGIN_S = 2.0
"""A trade that is newer by less than this proves nothing: tickers and books are told at intervals."""
GRACE_S = 3.0
"""What REST tells first gets this long to come by the stream too …"""
LAG_S = 15.0
"""… and as long as its whole connection is behind that moment, this long: a reader that lags must not reconnect too."""


class Answer(Enum):
    """What REST says about a silent stream."""

    STALE = "stale"
    """It should have spoken."""
    QUIET = "quiet"
    """There was nothing to say."""
    ALIVE = "alive"
    """It spoke while we asked."""
    NONE = "none"
    """The venue cannot be asked."""


class Inquiry:
    """Asks about one stream at a time, and leaves a REST side that fails alone for a while."""

    def __init__(self, kit: Kit, memory: TradeMemory, staleness: Staleness) -> None:
        self._kit = kit
        self._memory = memory
        self._staleness = staleness
        self._backoff = self._fresh_backoff()
        self._mute_until = float("-inf")
        self._trouble = log.Seldom(log.get(exchange=kit.exchange.name, actor="inquiry"), trio.current_time)

    def can_ask(self, stream: Subscription) -> bool:
        """Whether there is any use in asking just now."""
        return trio.current_time() >= self._mute_until and self._request(stream) is not None

    def pause(self, stream: Subscription) -> float:
        """Seconds from this question to the next one that the venue can be asked."""
        request, shards = self._request(stream), self._kit.settings.shards
        return 0.0 if request is None else pace(request, self._kit.exchange.limits, SHARE, shards)

    async def ask(self, suspect: Suspect, beside: Iterable[Subscription]) -> Answer:
        """Ask for the newest trades of that instrument, and judge; `beside` is all that its connection carries."""
        stream, asked = suspect.subscription, trio.current_time()
        request = self._request(stream)
        if request is None or not self.can_ask(stream):
            return Answer.NONE
        mark = self._venue_time(asked - suspect.silent_s, asked)
        trades = await self._fetch(stream, request)
        if trades is None:
            return Answer.NONE
        news = [trade.at for trade in trades if self._is_news(trade, stream, mark)]
        if not news:
            return Answer.QUIET
        await self._give_time(stream, tuple(beside), news[0], asked)
        return Answer.ALIVE if self._staleness.last_heard([stream]) >= asked else Answer.STALE

    async def _give_time(self, stream: Subscription, beside: tuple[Subscription, ...], at: int, asked: float) -> None:
        """Return when the stream speaks, or when its connection has told of later moments than `at` without it.

        A connection that has brought nothing at all since it was `asked` about is not behind but silent.
        """
        trades = [one for one in beside if one.channel == "trade"]
        staleness = self._staleness

        def is_behind() -> bool:
            return staleness.last_heard(beside) >= asked and staleness.latest(trades) <= at + MARGIN_S * SECOND

        with trio.move_on_after(LAG_S):
            await trio.sleep(GRACE_S)
            while staleness.last_heard([stream]) < asked and is_behind():  # noqa: ASYNC110 - time and data end it
                await trio.sleep(1.0)

    def _request(self, stream: Subscription) -> Request | None:
        return self._kit.exchange.trades_request(stream.instrument)

    async def _fetch(self, stream: Subscription, request: Request) -> list[Trade] | None:
        """The newest trades; None when the venue does not tell."""
        exchange = self._kit.exchange
        try:
            trades = exchange.parse_trades(stream.instrument, await self._kit.rest.get(request), time_ns())
        except Unreachable as error:
            if error.is_the_callers:
                self._trouble.warning("the venue cannot be asked about an instrument", why=str(error)[:300])
            else:
                self._mute(str(error), min(error.retry_after or 0.0, exchange.limits.block_s))
            return None
        except TurnedAway as error:
            self._kit.rest.turned_away()
            self._mute(str(error), 0.0)
            return None
        except RemoteNonsense as error:
            self._kit.ledger.count("parse_errors")
            self._mute(str(error), 0.0)
            return None
        self._backoff = self._fresh_backoff()
        return trades

    def _mute(self, why: str, wish_s: float) -> None:
        self._mute_until = trio.current_time() + max(wish_s, self._backoff.next())
        self._trouble.warning("the venue cannot be asked about silent streams", why=why[:300])

    def _fresh_backoff(self) -> Backoff:
        return Backoff(self._kit.settings.reconnect_min, self._kit.settings.reconnect_max)

    def _is_news(self, trade: Trade, stream: Subscription, mark: int) -> bool:
        """Whether the stream should have shown this trade and did not."""
        if trade.at <= mark + MARGIN_S * SECOND:
            return False
        return stream.channel != "trade" or not self._memory.heard(trade)

    def _venue_time(self, when: float, now: float) -> int:
        """The venue's clock at a moment of ours; only before any data by our own wall clock."""
        told = self._staleness.venue_time(when)
        return time_ns() - round((now - when) * SECOND) if told is None else told
