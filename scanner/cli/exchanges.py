"""`scanner exchanges`: which venues there are, what each offers, and what it allows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from scanner.cli.params import json_option, load, settings_options
from scanner.exchanges.base import Exchange, Window
from scanner.exchanges.registry import EXCHANGES
from scanner.model.market import CHANNELS
from scanner.settings import Settings


@click.command
@settings_options
@json_option
def command(*, as_json: bool, **chosen: Any) -> None:
    """List the venues, what they offer and what they allow, as these settings configure them."""
    settings = load(chosen)
    told = [describe(_configured(name, settings), watched=name in settings.venues) for name in EXCHANGES]
    if as_json:
        for venue in told:
            click.echo(json.dumps(venue))
    else:
        Console().print(table(told))


def describe(exchange: Exchange, *, watched: bool) -> dict[str, Any]:
    """A venue as one JSON object; `watched` says whether these settings want it."""
    limits = exchange.limits
    return {
        "exchange": exchange.name,
        "title": exchange.title,
        "watched": watched,
        "by_default": exchange.by_default,
        "quotes": sorted(exchange.quotes),
        "channels": [channel for channel in CHANNELS if channel in exchange.channels],
        "rest_url": exchange.rest_url,
        "ws_url": exchange.ws_url,
        "limits": {
            "connects": _windows(limits.connects),
            "messages": _windows(limits.messages),
            "requests": _windows(limits.requests),
            "operations": _windows(limits.operations),
            "streams_per_connection": limits.streams_per_connection,
            "connections": limits.connections,
            "lifetime_s": limits.lifetime_s,
            "trades_top": limits.trades_top,
            "block_s": limits.block_s,
        },
    }


def table(told: Iterable[dict[str, Any]]) -> Table:
    """The same for people, a block for each venue; what a venue does not have or does not limit is left out."""
    shown = Table(box=None, show_header=False, pad_edge=False)
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column(overflow="fold")
    for venue in told:
        shown.add_row(venue["title"], _part(venue))
        for what, words in _lines(venue):
            if words:
                shown.add_row(f"  {what}", words)
        shown.add_row("", "")
    return shown


def _part(venue: dict[str, Any]) -> str:
    """Whether it takes part."""
    if venue["watched"]:
        return "watched with these settings"
    return "" if venue["by_default"] else f"takes part when named: --exchange {venue['exchange']}"


def _lines(venue: dict[str, Any]) -> Iterator[tuple[str, str]]:
    limits = venue["limits"]
    yield "name", venue["exchange"]
    yield "markets", " ".join(venue["quotes"])
    yield "channels", " ".join(venue["channels"])
    yield "REST", venue["rest_url"]
    yield "socket", venue["ws_url"]
    for what in ("connects", "messages", "operations", "requests"):
        yield what, ", ".join(f"{window['count']:,} in {window['seconds']:,g} s" for window in limits[what])
    yield "streams per connection", _number(limits["streams_per_connection"])
    yield "connections at a time", _number(limits["connections"])
    yield "closes after", _seconds(limits["lifetime_s"])
    yield "trades of the top", _number(limits["trades_top"])
    yield "shuts out for", _seconds(limits["block_s"])


def _number(value: int) -> str:
    return f"{value:,}" if value else ""


def _seconds(value: float) -> str:
    return f"{value:,g} s" if value else ""


def _configured(name: str, settings: Settings) -> Exchange:
    return EXCHANGES[name].configured(settings.exchanges[name])


def _windows(windows: Iterable[Window]) -> list[dict[str, float]]:
    return [{"count": window.count, "seconds": window.seconds} for window in windows]
