"""`scanner alerts list`: what was told lately, and what became of it at each receiver."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, get_args

import click
from rich.table import Table
from rich.text import Text

from scanner.cli.alerts.state import State, console, state_options
from scanner.cli.alerts.times import Moment, ago
from scanner.cli.glance import printable
from scanner.cli.params import Known
from scanner.model.moments import rfc3339
from scanner.model.news import Trouble
from scanner.sinks.base import bulletin
from scanner.store import archive, outbox
from scanner.store.archive import Listed, Standing

UNKEPT = "-"
"""Where there is no letter: a terminal keeps none, or nobody was to hear it."""
SHOWN_OF_ID = 8
"""Characters of an id that a table shows; any beginning that fits only one is enough for `show`."""


@click.command("list")
@state_options
@click.option(
    "--since", type=Moment(ago), default="24h", show_default=True, metavar="TIME", help="24h, or a time (UTC)."
)
@click.option("--symbol", default="", metavar="SYMBOL", help="Only BTC/KRW, or BTC for all currencies.")
@click.option("--rule", default="", metavar="NAME", help="Only what this rule told.")
@click.option(
    "--only",
    type=Known("state of a letter", get_args(outbox.State)),
    metavar="|".join(get_args(outbox.State)),
    help="Only what is in this state for at least one receiver.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
def command(*, as_json: bool, since: int, symbol: str, rule: str, only: str | None, limit: int, **chosen: Any) -> None:
    """List what was told, the newest first, and what became of it at each receiver."""
    state = State(chosen)
    with state.reading() as database:
        found = archive.listed(database, limit=limit, since=since, symbol=symbol.upper(), rule=rule, state=only or "")
    if as_json:
        for each in found:
            click.echo(json.dumps(structured(each), ensure_ascii=False))
    elif found:
        console().print(table(found))
    else:
        click.echo(
            f"scanner: nothing like that was told since {rfc3339(since)}, says {state.folder}{state.hint}", err=True
        )


def structured(listed: Listed) -> dict[str, Any]:
    """One notification as a JSON object: what was sent, and its letters."""
    told = bulletin(listed.notification)
    return (
        {"message": listed.id, "made": rfc3339(listed.notification.made)}
        | told
        | {"letters": [letter(each) for each in listed.letters]}
    )


def letter(standing: Standing) -> dict[str, Any]:
    """One letter as a JSON object."""
    return {
        "receiver": standing.receiver,
        "state": standing.state,
        "failed_attempts": standing.attempts,
        "at": rfc3339(standing.at) if standing.at else None,
        "due": rfc3339(standing.due),
        "why": standing.why,
        "reference": standing.reference,
    }


def table(found: Iterable[Listed]) -> Table:
    """The same for people."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("id", "time (UTC)", "severity", "kind", "venue"):
        shown.add_column(column, no_wrap=True)
    shown.add_column("what", overflow="fold", ratio=2)
    shown.add_column("receivers", overflow="fold", ratio=1)
    for each in found:
        news = each.notification.news
        shown.add_row(
            each.id[:SHOWN_OF_ID],
            moment(each.notification.made),
            news.severity,
            f"ops {news.kind}" if isinstance(news, Trouble) else news.kind,
            news.exchange,
            Text(printable(news.headline)),
            Text("\n".join(map(standing, each.letters)) or UNKEPT),
        )
    return shown


def standing(letter: Standing) -> str:
    """`phone: waiting after 3 failures`."""
    after = f" after {letter.attempts} {'failure' if letter.attempts == 1 else 'failures'}" if letter.attempts else ""
    return f"{letter.receiver}: {letter.state}{after}"


def moment(at: int) -> str:
    """`11-21 12:44:12`: this year goes without saying."""
    return rfc3339(at)[5:19].replace("T", " ")
