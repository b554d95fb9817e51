"""The catalogue: what the venue lists, and how much of each is traded, asked until it answers, and again ever after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import time_ns
from typing import TypeVar

import trio
from msgspec import Struct

from scanner.actors.backoff import Backoff
from scanner.exchanges.base import Exchange, RemoteNonsense, Settings
from scanner.exchanges.refusal import TurnedAway
from scanner.model.market import Market, Notice, Ticker
from scanner.model.web import address_of
from scanner.net.failure import Unreachable
from scanner.telemetry import log
from scanner.worker.ledger import Ledger
from scanner.worker.listing import Listing
from scanner.worker.rest import Rest

RANK_AFTER_S = 3600.0
"""Turnovers of 24 hours change slowly: asked again this often, a choice of the most traded is of today."""
SELDOM_S = 300.0
"""A list that cannot be read again costs no data, so the log hears of it no more often."""

T = TypeVar("T")
Complain = Callable[[Unreachable, float, int], None]
"""Told why there was no answer, how many seconds it waits now, and how often it has tried."""


class Catalogue(Struct, frozen=True):
    """The wanted quote currencies' part of a venue's list."""

    markets: tuple[Market, ...]
    tickers: tuple[Ticker, ...]
    """Last price and 24 h totals when we asked: the first thing the detectors hear of an instrument."""


class Cataloguer:
    """Asks one venue until it answers."""

    def __init__(self, exchange: Exchange, settings: Settings, rest: Rest, ledger: Ledger) -> None:
        self._exchange = exchange
        self._settings = settings
        self._rest = rest
        self._ledger = ledger
        self._log = log.get(exchange=exchange.name, actor="catalogue")
        self._seldom = log.Seldom(self._log, trio.current_time, SELDOM_S)
        self._ranked_at = float("-inf")
        """When all tickers were asked for, on trio's clock."""

    async def wait(self, quotes: Sequence[str]) -> Catalogue:
        """The catalogue, however long the venue takes to become reachable."""
        catalogue = await self._insist(lambda: ask(self._exchange, self._rest, frozenset(quotes)), self._report)
        self._ledger.problem = ""
        self._ranked_at = trio.current_time()
        return catalogue

    async def follow(
        self, quotes: Sequence[str], known: Catalogue, on_change: Callable[[Catalogue, list[Notice]], None]
    ) -> None:
        """Read the list again every `settings.refresh` seconds, and say when it is another one, and what is new in it.

        Ends at once where there is nothing to read again, or nobody wants it; else never. A venue that does not
        answer is counted and asked again, but it is no `problem`: what is known goes on.
        """
        listing = Listing(self._exchange.name, known.markets)
        while self._settings.refresh and self._exchange.markets_request() is not None:
            await trio.sleep(self._settings.refresh)
            markets = await self._insist(
                lambda: ask_markets(self._exchange, self._rest, frozenset(quotes)), self._mention
            )
            notices = listing.read(markets, time_ns())
            if notices is None:
                self._doubt(known, markets)
                continue
            self._ledger.count("refreshes", "ok")
            before, known = known, Catalogue(markets, await self._tickers(markets, known))
            if notices or known != before:
                on_change(known, notices)

    async def _tickers(self, markets: tuple[Market, ...], known: Catalogue) -> tuple[Ticker, ...]:
        """Those of `markets`: new ones are asked for, and now and then all; without an answer, what is known."""
        now = trio.current_time()
        is_due = now - self._ranked_at >= RANK_AFTER_S
        old = frozenset(market.instrument for market in known.markets)
        wanted = [market for market in markets if is_due or market.instrument not in old]
        told = {ticker.instrument: ticker for ticker in known.tickers}
        try:
            told |= {ticker.instrument: ticker for ticker in await ask_tickers(self._exchange, self._rest, wanted)}
        except (Unreachable, RemoteNonsense) as error:
            self._ranked_at = float("-inf")  # the next reading asks for all of them, those that are new now included
            self._seldom.warning("turnovers not known", reason=str(error))
        else:
            self._ranked_at = now if is_due else self._ranked_at
        return tuple(told[market.instrument] for market in markets if market.instrument in told)

    async def _insist(self, ask_once: Callable[[], Awaitable[T]], complain: Complain) -> T:
        """The first good answer. `Rest` keeps us away from a venue that refuses us; what it says is heeded here."""
        backoff = Backoff(self._settings.reconnect_min, self._settings.reconnect_max)
        while True:
            try:
                return await ask_once()
            except Unreachable as error:
                problem = error
            except TurnedAway as error:
                self._rest.turned_away()
                problem = Unreachable(address_of(self._exchange.rest_url), str(error), refused=True)
            except RemoteNonsense as error:
                self._ledger.count("parse_errors")
                problem = Unreachable(address_of(self._exchange.rest_url), f"nonsense: {error}")
            wish = min(problem.retry_after or 0.0, self._exchange.limits.block_s)
            wait = max(backoff.next(), wish)
            complain(problem, wait, backoff.failures)
            await trio.sleep(wait)

    def _report(self, error: Unreachable, wait: float, failures: int) -> None:
        """Without a catalogue there is nothing to watch, which everybody should know."""
        self._ledger.problem = f"{self._exchange.title} is not reachable at {error}; next try in {wait:.1f} s"
        self._log.warning(
            "venue not reachable",
            venue=self._exchange.title,
            address=error.address,
            reason=error.reason,
            next_try_in_s=round(wait, 1),
            failures=failures,
        )

    def _mention(self, error: Unreachable, wait: float, failures: int) -> None:
        self._ledger.count("refreshes", "failed")
        self._seldom.warning(
            "catalogue not read again",
            address=error.address,
            reason=error.reason,
            next_try_in_s=round(wait, 1),
            failures=failures,
        )

    def _doubt(self, known: Catalogue, markets: Sequence[Market]) -> None:
        self._ledger.count("refreshes", "doubted")
        self._log.warning(
            "the venue lists less than half of what it did; believed if it says so again",
            before=len(known.markets),
            now=len(markets),
        )


async def ask(exchange: Exchange, rest: Rest, quotes: frozenset[str]) -> Catalogue:
    """Ask a venue once for all of it; Unreachable or RemoteNonsense say why it did not tell."""
    markets = await ask_markets(exchange, rest, quotes)
    return Catalogue(markets, tuple(await ask_tickers(exchange, rest, markets)))


async def ask_markets(exchange: Exchange, rest: Rest, quotes: frozenset[str]) -> tuple[Market, ...]:
    """Its markets of these quote currencies, suspended ones included; none where it lists no markets at all."""
    request = exchange.markets_request()
    if request is None:
        return ()
    listed = exchange.parse_markets(await rest.get(request))
    return tuple(market for market in listed if market.instrument.quote in quotes)


async def ask_tickers(exchange: Exchange, rest: Rest, markets: Iterable[Market]) -> list[Ticker]:
    """What it tells about these; nothing is asked about none."""
    asked = list(markets)
    wanted = {market.instrument for market in asked}
    tickers: list[Ticker] = []
    for request in exchange.tickers_requests(asked) if asked else ():
        tickers += exchange.parse_tickers(await rest.get(request), time_ns())
    return [ticker for ticker in tickers if ticker.instrument in wanted]
