"""`scanner alerts explain`: why a coin was told of, or was not: live numbers now, what was noted in the past."""

from __future__ import annotations

import json
from time import time_ns
from typing import Any

import click
from msgspec import Struct, to_builtins
from rich.console import Console
from rich.text import Text

from scanner.cli.alerts.live import Silent, ask
from scanner.cli.alerts.past import Past, recall
from scanner.cli.alerts.show import decision_table
from scanner.cli.alerts.state import State, console, named, state_options
from scanner.cli.alerts.times import Moment, ago
from scanner.cli.alerts.views import shown
from scanner.cli.params import DURATION
from scanner.detectors.explaining import Explanation
from scanner.model.moments import SECOND, rfc3339

LATELY_S = 900.0
"""Without --at, so much of the past is told beside the live numbers: the longest window of any rule."""
AROUND_S = 300.0
"""With --at, so much before and after it."""


class Answer(Struct, frozen=True):
    """What is known."""

    live: Explanation | None
    silent: str
    """Why there are no live numbers, where they were asked for."""
    past: Past


@click.command("explain")
@click.argument("symbol")
@state_options
@click.option("--at", type=Moment(ago), metavar="TIME", help="Then, instead of now: 10m ago, or a time (UTC).")
@click.option("--within", type=DURATION, help="How much of the past to tell: 15m without --at, 5m either way with it.")
@click.option("--exchange", default="", metavar="NAME", help="Only on this venue.")
def command(*, symbol: str, at: int | None, within: float | None, exchange: str, as_json: bool, **chosen: Any) -> None:
    """Say why SYMBOL (BTC/KRW, or BTC for all currencies) was told of, or was not: each rule against its threshold."""
    state = State(chosen)
    if exchange:
        named("--exchange", exchange, state.settings.exchanges)
    answer = explain(state, symbol, at, within, exchange)
    if as_json:
        click.echo(json.dumps(object_of(answer), ensure_ascii=False))
        return
    screen = console()
    if answer.live is not None:
        screen.print(*shown(answer.live), sep="\n")
    if answer.silent:
        click.echo(f"scanner: {answer.silent}", err=True)
    _print_past(screen, answer.past, state)


def explain(state: State, symbol: str, at: int | None, within_s: float | None, exchange: str) -> Answer:
    """Live numbers where a moment in the past was not asked for, and what was decided around it."""
    now = time_ns()
    live, silent = None, ""
    if at is None:
        try:
            live = ask(state, symbol, exchange)
        except Silent as error:
            silent = str(error)
    span = round((within_s or (LATELY_S if at is None else AROUND_S)) * SECOND)
    since, until = (now - span, now) if at is None else (at - span, at + span)
    with state.reading() as database:
        return Answer(live, silent, recall(database, symbol, exchange, since, until))


def object_of(answer: Answer) -> dict[str, Any]:
    """The answer as one JSON object."""
    past = answer.past
    return {
        "live": to_builtins(answer.live),
        "not_live": answer.silent,
        "since": rfc3339(past.since),
        "until": rfc3339(past.until),
        "decisions": [to_builtins(each) | {"at": rfc3339(each.at)} for each in past.decisions],
        "nothing": past.nothing,
    }


def _print_past(screen: Console, past: Past, state: State) -> None:
    span = f"from {rfc3339(past.since)[:19]} to {rfc3339(past.until)[:19]} UTC"
    if past.decisions:
        screen.print(Text(f"what was decided {span}", style="bold"), decision_table(past.decisions), sep="\n")
    else:
        click.echo(f"{span}: {past.nothing}{'' if past.others else state.hint}")
