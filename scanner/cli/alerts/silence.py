"""`scanner alerts silence`: keep something unsaid for a while, and say why."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable
from time import time_ns
from typing import Any

import click
from msgspec import to_builtins
from rich.table import Table
from rich.text import Text

from scanner.alerts.silences import silence
from scanner.cli.alerts.state import State, console, state_options
from scanner.cli.alerts.times import Moment, ahead
from scanner.cli.glance import printable, span
from scanner.cli.main import FAILED, OneLine
from scanner.config.errors import nearest
from scanner.model.moments import SECOND, rfc3339
from scanner.model.silence import Silence
from scanner.store import silences


@click.group(no_args_is_help=False)
def command() -> None:
    """Keep something unsaid for a while; what is silenced stays in `scanner alerts list`."""


@command.command("add")
@click.argument("matchers", nargs=-1, required=True, metavar="MATCHER…")
@state_options
@click.option("--for", "for_", type=Moment(ahead), metavar="DURATION", help="How long from now, such as 2h.")
@click.option(
    "--until", type=Moment(ahead), metavar="TIME", help="When it ends, such as 07:00 (UTC) or 2026-11-22T07:00Z."
)
@click.option("--comment", required=True, help="Why, for whoever wonders about the quiet.")
def add(
    *, matchers: tuple[str, ...], for_: int | None, until: int | None, comment: str, as_json: bool, **chosen: Any
) -> None:
    """Silence what fits every MATCHER, such as symbol=DOGE/* or rule=pump exchange!=upbit, until it ends."""
    ends = for_ if for_ is not None else until
    if ends is None or (for_ is not None and until is not None):
        raise click.UsageError("expected --for or --until, and not both")
    if not comment.strip():
        raise click.UsageError("expected words after --comment: who hears nothing wants to know why")
    try:
        made = silence(matchers, until=ends, comment=comment, created=time_ns(), by=_user())
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    state = State(chosen)
    try:
        with state.writing() as database:
            silences.add(database, made)
    except silences.TooMany as error:
        raise OneLine(str(error), FAILED) from error
    if as_json:
        click.echo(json.dumps(structured(made), ensure_ascii=False))
    else:
        click.echo(f"silence {made.id}: {' '.join(made.matchers)} until {rfc3339(made.until)}")


@command.command("list")
@state_options
@click.option("--all", "also_over", is_flag=True, help="Those that have ended, too.")
def list_(*, also_over: bool, as_json: bool, **chosen: Any) -> None:
    """List the silences, who ends first first."""
    state, now = State(chosen), time_ns()
    with state.reading() as database:
        found = silences.all(database) if also_over else silences.active(database, now)
    if as_json:
        for each in found:
            click.echo(json.dumps(structured(each), ensure_ascii=False))
    elif found:
        console().print(table(found, now))
    else:
        click.echo("scanner: nothing is silenced", err=True)


@command.command("remove")
@click.argument("id")
@state_options
def remove(*, id: str, as_json: bool, **chosen: Any) -> None:  # noqa: A002  # the trade's word, and click's
    """End the silence with this ID, or the beginning of one, now."""
    state = State(chosen)
    with state.writing() as database:
        gone = _find(silences.all(database), id)
        silences.remove(database, gone.id)
    if as_json:
        click.echo(json.dumps({"removed": gone.id}))
    else:
        click.echo(f"silence {gone.id} is over: {' '.join(gone.matchers)}")


def _find(known: Iterable[Silence], prefix: str) -> Silence:
    names = {each.id: each for each in known}
    fitting = [each for name, each in names.items() if prefix and name.startswith(prefix)]
    if len(fitting) > 1:
        raise click.UsageError(f"{prefix!r} fits {len(fitting)} silences: {', '.join(each.id for each in fitting)}")
    if not fitting:
        guess = nearest(prefix, names)
        raise click.UsageError(f"there is no silence {prefix!r}" + (f"; did you mean {guess}?" if guess else ""))
    return fitting[0]


def structured(each: Silence) -> dict[str, Any]:
    """A silence as one JSON object."""
    told: dict[str, Any] = to_builtins(each)
    return told | {"until": rfc3339(each.until), "created": rfc3339(each.created)}


def table(found: Iterable[Silence], now: int) -> Table:
    """The same for people."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("id", "ends (UTC)", "left"):
        shown.add_column(column, no_wrap=True)
    for column in ("what", "why", "by"):
        shown.add_column(column, overflow="fold")
    for each in found:
        left = span((each.until - now) / SECOND) if each.until > now else "over"
        what = Text(printable(" ".join(each.matchers)))
        shown.add_row(
            each.id, rfc3339(each.until)[:19], left, what, Text(printable(each.comment)), Text(printable(each.by))
        )
    return shown


def _user() -> str:
    """As this machine knows them; a container may know nobody."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
