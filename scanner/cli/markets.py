"""`scanner markets`: what the wanted venues trade, asked of them now, by turnover."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import click
import trio
from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.cli.glance import compact, price, printable
from scanner.cli.params import json_option, load, settings_options
from scanner.exchanges.base import Exchange, RemoteNonsense
from scanner.model.market import Market, Ticker
from scanner.model.moments import rfc3339
from scanner.model.web import address_of
from scanner.net.failure import Unreachable
from scanner.net.http import Http, open_http
from scanner.settings import Settings
from scanner.worker import catalogue as catalogues
from scanner.worker.exclusions import Exclusion, excluded
from scanner.worker.ledger import Ledger
from scanner.worker.rest import Rest


class Row(Struct, frozen=True):
    """One market of one venue."""

    exchange: str
    symbol: str
    code: str
    name: str
    warning: bool
    cautions: tuple[str, ...]
    suspended: bool
    delists_at: str | None
    """When the venue will end it, RFC 3339, if it has said so."""
    excluded: Exclusion | None
    """As what it is left out by these settings; None for what is watched."""
    price: float | None
    turnover_24h: float | None
    """In quote currency; None, like the price, where the venue told none."""

    @property
    def quote(self) -> str:
        """Turnovers can be compared within one quote currency only."""
        return self.symbol.partition("/")[2].partition(":")[0]

    @property
    def flags(self) -> Iterator[str]:
        """What is special about it, in words."""
        yield from ("warning",) * self.warning + self.cautions + ("suspended",) * self.suspended
        if self.delists_at is not None:
            yield f"ends {self.delists_at}"
        if self.excluded is not None:
            yield f"left out: {self.excluded}"


@click.command
@settings_options
@json_option
def command(*, as_json: bool, **chosen: Any) -> None:
    """List what the wanted venues trade, by turnover in 24 hours within each quote currency."""
    settings = load(chosen)
    asked = [exchange for exchange in settings.venues.values() if exchange.quotes]
    for exchange in settings.venues.values():
        if exchange not in asked:
            click.echo(f"scanner: {exchange.title} lists no markets", err=True)
    rows, failures = trio.run(ask_all, asked, settings)
    rows.sort(key=lambda row: (settings.scanner.markets.index(row.quote), -(row.turnover_24h or 0.0)))
    for failure in failures:
        click.echo(f"scanner: {printable(failure)}", err=True)
    if as_json:
        for row in rows:
            click.echo(json.dumps(structured(row), ensure_ascii=False))
    elif rows:
        Console().print(table(rows))
    if failures and len(failures) == len(asked):
        raise SystemExit(1)


async def ask_all(exchanges: Iterable[Exchange], settings: Settings) -> tuple[list[Row], list[str]]:
    """The wanted markets of each that answers, and a sentence about each that does not."""
    rows: list[Row] = []
    failures: list[str] = []

    async def ask_one(exchange: Exchange) -> None:
        try:
            async with open_http(settings.exchanges[exchange.name].connect_timeout) as http:
                rows.extend(await ask(exchange, http, settings))
        except Unreachable as error:
            failures.append(f"{exchange.title} is not reachable at {error}")
        except RemoteNonsense as error:
            failures.append(f"{exchange.title} at {address_of(exchange.rest_url)} answers nonsense: {error}")

    async with trio.open_nursery() as nursery:
        for exchange in exchanges:
            nursery.start_soon(ask_one, exchange)
    return rows, failures


async def ask(exchange: Exchange, http: Http, settings: Settings) -> list[Row]:
    """One venue's wanted markets, asked within its limits."""
    limits = exchange.limits
    limiter = Limiter(tuple((window.count, window.seconds) for window in limits.requests))
    rest = Rest(http, limiter, Ledger(), Breaker(rest_s=limits.block_s), limits.block_s)
    catalogue = await catalogues.ask(exchange, rest, frozenset(settings.scanner.markets))
    tickers = {ticker.instrument: ticker for ticker in catalogue.tickers}
    left_out = {} if settings.scanner.symbols else excluded(catalogue.markets, settings.scanner.exclude)
    return [
        _row(exchange.name, market, tickers.get(market.instrument), left_out.get(market.instrument))
        for market in catalogue.markets
        if is_wanted(market, settings)
    ]


def is_wanted(market: Market, settings: Settings) -> bool:
    """Where symbols are named, one of them, by our name or the venue's."""
    symbols = settings.scanner.symbols
    return not symbols or not {str(market.instrument), market.code.upper()}.isdisjoint(symbols)


def _row(exchange: str, market: Market, ticker: Ticker | None, left_out: Exclusion | None) -> Row:
    return Row(
        exchange=exchange,
        symbol=str(market.instrument),
        code=market.code,
        name=market.name,
        warning=market.warning,
        cautions=market.cautions,
        suspended=market.suspended,
        delists_at=rfc3339(market.delists_at) if market.delists_at else None,
        excluded=left_out,
        price=ticker.price if ticker is not None else None,
        turnover_24h=ticker.turnover_24h if ticker is not None else None,
    )


def structured(row: Row) -> dict[str, Any]:
    """A row as one JSON object."""
    return {field: getattr(row, field) for field in row.__struct_fields__}


def table(rows: Iterable[Row]) -> Table:
    """Rows for people."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("venue", no_wrap=True)
    shown.add_column("symbol", no_wrap=True)
    shown.add_column("price", justify="right", no_wrap=True)
    shown.add_column("turnover 24 h", justify="right", no_wrap=True)
    shown.add_column("name", max_width=20, no_wrap=True, overflow="ellipsis")
    shown.add_column("flags", overflow="fold")
    for row in rows:
        shown.add_row(
            row.exchange,
            row.symbol,
            price(row.price) if row.price is not None else "",
            compact(row.turnover_24h) if row.turnover_24h is not None else "",
            Text(printable(row.name)),
            Text(printable(", ".join(row.flags))),
        )
    return shown
