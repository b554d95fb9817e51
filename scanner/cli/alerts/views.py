"""Live explanations for people: each rule and tier with a mark, and every number against what is asked."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from scanner.cli.glance import compact, percent, price, printable, span
from scanner.detectors.conditions import MARKET, Check, Condition
from scanner.detectors.explaining import Explanation, View
from scanner.detectors.shortfall import words

MET, UNMET = "\N{CHECK MARK}", "\N{BALLOT X}"
STYLES = {True: "green", False: "red"}


def shown(explanation: Explanation) -> Iterator[Text | Table]:
    """A head line and a table for each venue."""
    if not explanation.views:
        guess = f"; did you mean {explanation.nearest}?" if explanation.nearest else ""
        yield Text(f"{printable(explanation.asked)}: the running scanner has heard nothing of it there{guess}")
    for view in explanation.views:
        yield _head(view)
        yield _table(view)
        yield Text()
    if explanation.left_out:
        yield Text(f"and {explanation.left_out} more: name one with BASE/QUOTE and --exchange")


def _head(view: View) -> Text:
    """Where, at what price, and what should make a reader careful."""
    return Text.assemble((f"{view.exchange} {printable(view.symbol)}", "bold"), "  ", ", ".join(_circumstances(view)))


def _circumstances(view: View) -> Iterator[str]:
    if view.feed == "nothing":
        yield "nothing seen since the last hole: no rule can say anything"
        return
    one = view.feed.removesuffix("s")
    yield f"{price(view.price)}, last {one} {span(view.quiet_s)} ago"
    yield f"usual minute {compact(view.usual_minute)}" if view.warm else "not warm: its usual turnover is not known yet"
    if view.usual_move:
        yield f"usual hour's largest minute {percent(view.usual_move).lstrip('+')}"
    if view.blind_s is not None:
        yield f"blind until {span(view.blind_s)} ago"
    if view.market_moving:
        yield "its whole market is moving"
    if view.market_explains:
        yield f"the market explains {percent(view.market_explains)} of the last minute"


def _table(view: View) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("", "rule", "within", "told as"):
        table.add_column(column, no_wrap=True)
    table.add_column("what is there, of what is asked", overflow="fold")
    for ruling in view.rulings:
        about = ruling.rule if ruling.symbol == view.symbol else f"{ruling.rule} {ruling.symbol}"
        for condition in ruling.conditions:
            table.add_row(*_row(about, condition))
            about = ""
        if ruling.told:
            table.add_row("", "", "", "", f"{ruling.told} was told of a move that still goes on")
    return table


def _row(about: str, condition: Condition) -> tuple[Text | str, ...]:
    numbers = Text(", ").join(_number(check) for check in condition.checks if _is_asked(check))
    return _mark(met=condition.met), about, f"{condition.window_s:g} s", condition.severity, numbers


def _is_asked(check: Check) -> bool:
    """Whether it is worth a word: nothing is asked of a number whose least is 0, and a calm market is usual."""
    return not check.met or (check.asked != 0 and check.name != MARKET)


def _number(check: Check) -> Text:
    return _mark(met=check.met).append(f" {words(check)}", style="" if check.met else "bold")


def _mark(*, met: bool) -> Text:
    return Text(MET if met else UNMET, style=STYLES[met])
