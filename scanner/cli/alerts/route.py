"""`scanner alerts route`: who would hear of an alert, and with `--explain` the whole way there, step by step."""

from __future__ import annotations

import json
from time import time_ns
from typing import Any

import click
from msgspec import to_builtins
from rich.table import Table
from rich.text import Text

from scanner.alerts.conditions import RULES
from scanner.cli.alerts.sample import sample_alert, sample_trouble
from scanner.cli.alerts.state import State, console, named, state_options
from scanner.cli.alerts.times import Moment, ahead
from scanner.cli.alerts.way import Orders, Way, way
from scanner.cli.params import Known
from scanner.exchanges.registry import EXCHANGES
from scanner.model.alert import SEVERITIES, Alert
from scanner.model.moments import rfc3339
from scanner.model.news import Notification, Trouble
from scanner.settings import Settings
from scanner.sinks.base import bulletin
from scanner.store import receivers, silences
from scanner.store.database import DATABASE


@click.command
@click.option(
    "--kind",
    type=Known("kind", ("alert", "ops")),
    default="alert",
    metavar="alert|ops",
    help="About a coin, or the scanner itself.",
)
@click.option("--rule", metavar="NAME", help="A rule; with --kind ops a trouble such as venue_silent.")
@click.option(
    "--severity",
    type=Known("severity", SEVERITIES),
    default="high",
    metavar="|".join(SEVERITIES),
    help="How severe it is.",
)
@click.option("--exchange", "venue", metavar="NAME", help="The venue that leads.")
@click.option(
    "--symbol", "about", default="BTC/KRW", metavar="SYMBOL", help="What it is about; */KRW is the whole market."
)
@click.option(
    "--turnover",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="AMOUNT",
    help="Of 24 hours, in quote currency; unknown where it is not given.",
)
@click.option(
    "--at", type=Moment(ahead), metavar="TIME", help="Not now but then, such as 18:00 (UTC), for quiet hours."
)
@click.option("--explain", is_flag=True, help="Every step of the way, with its reason.")
@state_options
def command(*, explain: bool, as_json: bool, **chosen: Any) -> None:
    """Say who would hear of a sample alert with these settings, silences and hours."""
    state = State(chosen)
    now = chosen["at"] or time_ns()
    news = _sample(state.settings, chosen, now)
    found = way(state.settings, _orders(state, now), news, now)
    if as_json:
        click.echo(json.dumps(_plain(news, found, now), ensure_ascii=False))
        return
    click.echo(_sentence(news, found))
    if explain:
        console().print(_table(found))


def _sample(settings: Settings, chosen: dict[str, Any], now: int) -> Alert | Trouble:
    ops = chosen["kind"] == "ops"
    known = RULES if ops else tuple(settings.rules)
    rule = named("--rule", chosen["rule"] or known[0], known)
    exchange = named("--exchange", chosen["venue"], EXCHANGES) if chosen["venue"] else ""
    severity = chosen["severity"]
    if ops:
        return sample_trouble(now, rule=rule, severity=severity, exchange=exchange)
    exchange = exchange or next(iter(settings.venues))
    turnover, symbol = chosen["turnover"], chosen["about"]
    try:
        return sample_alert(now, rule=rule, severity=severity, exchange=exchange, symbol=symbol, turnover_24h=turnover)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--symbol") from error


def _orders(state: State, now: int) -> Orders:
    """None where no scanner has run with this state folder yet."""
    if not (state.folder / DATABASE).exists():
        return Orders()
    with state.reading() as database:
        return Orders(silences.active(database, now), receivers.disabled(database))


def _sentence(news: Alert | Trouble, found: Way) -> str:
    about = f"{news.instrument} on {news.exchange}" if isinstance(news, Alert) else news.exchange or "the scanner"
    heard = ", ".join(found.receivers) or "nobody"
    return f"{news.severity} {news.rule}, {about}: heard by {heard}"


def _table(found: Way) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for stage in found.stages:
        mark = Text("✓", "green") if stage.passed else Text("✗", "red")
        to = f" → {', '.join(stage.receivers)}" if stage.receivers else ""
        table.add_row(Text(stage.place), mark, Text(stage.why + to))
    return table


def _plain(news: Alert | Trouble, found: Way, now: int) -> dict[str, Any]:
    """The same as one JSON object."""
    return {"at": rfc3339(now), "sample": bulletin(Notification(news, now)), **to_builtins(found)}
