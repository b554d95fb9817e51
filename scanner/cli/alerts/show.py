"""`scanner alerts show`: all that is known of one story: what was told, with which numbers, why, and to whom."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click
from msgspec import Struct, to_builtins
from rich.table import Table
from rich.text import Text

from scanner.cli.alerts.list import letter, moment, structured
from scanner.cli.alerts.state import State, console, state_options
from scanner.cli.glance import printable
from scanner.config.errors import nearest
from scanner.model.alert import Fact
from scanner.model.decision import Decision
from scanner.model.moments import rfc3339
from scanner.model.news import Group
from scanner.store import archive, decisions
from scanner.store.archive import Listed

MOST_DECISIONS = 500
MOST_NAMED = 5
"""Stories that an ambiguous beginning is answered with."""
NEAR = 1_000
"""So many of the newest alerts are searched for the id that was meant."""


class Told(Struct, frozen=True):
    """One story."""

    id: str
    tellings: Sequence[Listed]
    """Oldest first."""
    decisions: Sequence[Decision]


@click.command("show")
@click.argument("id")
@state_options
def command(*, id: str, as_json: bool, **chosen: Any) -> None:  # noqa: A002  # the trade's word, and click's
    """Show all that is known of the alert with this ID, or the beginning of one: tellings, facts, reasons, letters."""
    state = State(chosen)
    with state.reading() as database:
        told = find(database, id)
    if as_json:
        click.echo(json.dumps(object_of(told), ensure_ascii=False))
        return
    screen = console()
    for telling in told.tellings:
        screen.print(*_telling(telling), sep="\n")
    if told.decisions:
        screen.print(Text("decisions", style="bold"), decision_table(told.decisions), sep="\n")


def find(database: sqlite3.Connection, prefix: str) -> Told:
    """The story whose id, or one of whose messages' ids, is this or begins so; a usage error unless that is one."""
    found = archive.find(database, prefix) if prefix else []
    exact = [each for each in found if prefix in {each.id, each.story}]
    stories = list(dict.fromkeys(each.story for each in exact or found))
    if not stories:
        raise click.UsageError(f"there is no alert {prefix!r}{_guess(database, prefix)}")
    if len(stories) > 1:
        named = ", ".join(stories[:MOST_NAMED])
        more = f" and {len(stories) - MOST_NAMED} more" if len(stories) > MOST_NAMED else ""
        raise click.UsageError(f"{prefix!r} fits {len(stories)} alerts: {named}{more}")
    (story,) = stories
    tellings = [each for each in archive.find(database, story) if each.story == story]
    return Told(story, tellings[::-1], decisions.find(database, story=story, limit=MOST_DECISIONS))


def _guess(database: sqlite3.Connection, prefix: str) -> str:
    lately = archive.listed(database, limit=NEAR)
    near = nearest(prefix, {each.id for each in lately} | {each.story for each in lately})
    return f"; did you mean {near}?" if near else ""


def object_of(told: Told) -> dict[str, Any]:
    """The story as one JSON object."""
    return {
        "id": told.id,
        "tellings": [structured(each) for each in told.tellings],
        "decisions": [to_builtins(each) | {"at": rfc3339(each.at)} for each in told.decisions],
    }


def _telling(listed: Listed) -> Iterator[Text | Table]:
    """One message: what it said, its numbers, its letters."""
    news = listed.notification.news
    where = f" on {news.exchange}" if news.exchange else ""
    yield Text(f"{moment(listed.notification.made)}  {news.severity} {news.kind}, {news.rule}{where}", "bold")
    yield Text(printable(news.headline))
    yield Text(f"message {listed.id}, story {listed.story}")
    if not isinstance(news, Group):
        yield _facts(news.facts)
    yield _letters(listed)
    yield Text()


def _facts(facts: dict[str, Fact]) -> Table:
    shown = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        shown.add_row(f"  {name}", Text(printable(str(value))))
    return shown


def _letters(listed: Listed) -> Table:
    shown = Table.grid(padding=(0, 2))
    for each in listed.letters:
        told = letter(each)
        when = moment(each.at) if each.at else f"due {moment(each.due)}"
        shown.add_row(
            f"  {each.receiver}", each.state, when, f"{told['failed_attempts']} failed", Text(printable(each.why))
        )
    if not listed.letters:
        shown.add_row("  no letters: a terminal keeps none, and no other receiver was to hear it")
    return shown


def decision_table(found: Iterable[Decision]) -> Table:
    """Decisions, oldest first, for people."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("time (UTC)", "venue", "symbol", "rule", "outcome"):
        shown.add_column(column, no_wrap=True)
    shown.add_column("why", overflow="fold")
    for each in found:
        for_whom = f"{each.receiver}: " if each.receiver else ""
        shown.add_row(
            moment(each.at), each.exchange, each.symbol, each.rule, each.outcome, Text(printable(for_whom + each.why))
        )
    return shown
