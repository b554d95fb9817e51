"""The catalogue: what the venue lists, and how much of each is traded, asked until it answers."""

from __future__ import annotations

from collections.abc import Sequence
from time import time_ns

import trio
from msgspec import Struct

from scanner.actors.backoff import Backoff, Breaker
from scanner.exchanges.base import Exchange, RemoteNonsense, Settings
from scanner.model.market import Market, Ticker
from scanner.model.web import address_of
from scanner.net.failure import Unreachable
from scanner.telemetry import log
from scanner.worker.ledger import Ledger
from scanner.worker.rest import Rest


class Catalogue(Struct, frozen=True):
    """The wanted quote currencies' part of a venue's list."""

    markets: tuple[Market, ...]
    tickers: tuple[Ticker, ...]
    """Last price and 24 h totals when we asked: the first thing the detectors hear of an instrument."""


class Cataloguer:
    """Asks one venue until it answers."""

    def __init__(self, exchange: Exchange, settings: Settings, rest: Rest, ledger: Ledger) -> None:
        self._exchange = exchange
        self._rest = rest
        self._ledger = ledger
        self._backoff = Backoff(settings.reconnect_min, settings.reconnect_max)
        self._breaker = Breaker(rest_s=exchange.limits.block_s)
        self._log = log.get(exchange=exchange.name, actor="catalogue")

    async def wait(self, quotes: Sequence[str]) -> Catalogue:
        """The catalogue, however long the venue takes to become reachable."""
        while True:
            try:
                catalogue = await ask(self._exchange, self._rest, frozenset(quotes))
            except Unreachable as error:
                await self._stay_away(error)
            except RemoteNonsense as error:
                self._ledger.count("parse_errors")
                await self._stay_away(Unreachable(address_of(self._exchange.rest_url), f"nonsense: {error}"))
            else:
                self._ledger.problem = ""
                return catalogue

    async def _stay_away(self, error: Unreachable) -> None:
        now = trio.current_time()
        if error.refused:
            self._breaker.refused(now)
        wish = min(error.retry_after or 0.0, self._exchange.limits.block_s)
        wait = max(self._breaker.wait(now), self._backoff.next(), wish)
        self._ledger.problem = f"{self._exchange.title} is not reachable at {error}; next try in {wait:.1f} s"
        self._log.warning(
            "venue not reachable",
            venue=self._exchange.title,
            address=error.address,
            reason=error.reason,
            next_try_in_s=round(wait, 1),
            failures=self._backoff.failures,
        )
        await trio.sleep(wait)


async def ask(exchange: Exchange, rest: Rest, quotes: frozenset[str]) -> Catalogue:
    """Ask a venue once; Unreachable or RemoteNonsense say why it did not tell."""
    request = exchange.markets_request()
    if request is None:
        return Catalogue((), ())
    listed = exchange.parse_markets(await rest.get(request))
    markets = tuple(market for market in listed if market.instrument.quote in quotes)
    wanted = {market.instrument for market in markets}
    tickers: list[Ticker] = []
    for request in exchange.tickers_requests(markets) if markets else ():
        tickers += exchange.parse_tickers(await rest.get(request), time_ns())
    return Catalogue(markets, tuple(ticker for ticker in tickers if ticker.instrument in wanted))
