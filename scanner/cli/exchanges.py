"""`scanner exchanges`: which venues there are, what each offers, and what it allows."""

from __future__ import annotations

import json
from collections.abc import Iterable
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
        "quotes": sorted(exchange.quotes),
        "channels": [channel for channel in CHANNELS if channel in exchange.channels],
        "rest_url": exchange.rest_url,
        "ws_url": exchange.ws_url,
        "limits": {
            "connects": _windows(limits.connects),
            "messages": _windows(limits.messages),
            "requests": _windows(limits.requests),
            "streams_per_connection": limits.streams_per_connection,
            "block_s": limits.block_s,
        },
    }


def table(told: Iterable[dict[str, Any]]) -> Table:
    """The same for people, a block for each venue."""
    shown = Table(box=None, show_header=False, pad_edge=False)
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column(overflow="fold")
    for venue in told:
        limits = venue["limits"]
        shown.add_row(venue["title"], "watched with these settings" if venue["watched"] else "")
        shown.add_row("  name", venue["exchange"])
        shown.add_row("  markets", " ".join(venue["quotes"]))
        shown.add_row("  channels", " ".join(venue["channels"]))
        shown.add_row("  REST", venue["rest_url"])
        shown.add_row("  socket", venue["ws_url"])
        for what in ("connects", "messages", "requests"):
            shown.add_row(f"  {what}", ", ".join(f"{w['count']} in {w['seconds']:g} s" for w in limits[what]))
        shown.add_row("  codes per connection", str(limits["streams_per_connection"]))
        shown.add_row("  shuts out for", f"{limits['block_s']:g} s")
        shown.add_row("", "")
    return shown


def _configured(name: str, settings: Settings) -> Exchange:
    return EXCHANGES[name].configured(settings.exchanges[name])


def _windows(windows: Iterable[Window]) -> list[dict[str, float]]:
    return [{"count": window.count, "seconds": window.seconds} for window in windows]
