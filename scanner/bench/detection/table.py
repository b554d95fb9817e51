"""A report for people: what was found, how soon, and how often for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from scanner.bench.detection.protocol import Verdict
from scanner.bench.detection.report import Planted, Report
from scanner.bench.detection.scores import Pumped, Wolf
from scanner.bench.detection.synthetic.scoring import KindScore, Score

NOTHING = "\N{EN DASH}"
"""Stands for what could not be measured."""


def show(report: Report, console: Console) -> None:
    """Print every part that was run."""
    for table in _tables(report):
        console.print(table)
    if report.us_per_trade is not None:
        console.print(f"engine: {report.us_per_trade:g} \N{MICRO SIGN}s of CPU time for each event shown to it")


def _tables(report: Report) -> Iterator[Table]:
    if report.pumps is not None:
        yield _pumps(report)
        yield _stages(report.stages or {})
    if report.quiet is not None:
        yield _quiet(report.quiet, report.planted or {})
    for name, score in (report.synthetic or {}).items():
        yield _synthetic(name, score)


def _pumps(report: Report) -> Table:
    table = _table(
        f"announced pumps, as {report.feed}",
        ("", "hits", "recall", "strict", "lenient", "F1", "p50 s", "p90 s", "noise", "twice"),
        f"slowest hit after {_figure(report.slowest_s)} s",
    )
    rows = {
        "ours": report.pumps,
        "ours, high and up": report.high,
        "ours, every stage": report.everything,
        **(report.peers or {}),
    }
    for who, score in rows.items():
        if score is not None:
            table.add_row(who, *_pumped(score))
    return table


def _stages(stages: Mapping[str, Mapping[str, int]]) -> Table:
    verdicts = [verdict.value for verdict in Verdict]
    table = _table("our alerts about them, by stage", ("", *(verdict.replace("_", " ") for verdict in verdicts)))
    for stage, counted in stages.items():
        table.add_row(stage, *(str(counted[verdict]) for verdict in verdicts))
    return table


def _pumped(score: Pumped) -> Iterator[str]:
    yield f"{score.hits}/{score.positives}"
    yield from map(
        _figure,
        (
            score.recall,
            score.precision_strict,
            score.precision_lenient,
            score.f1_strict,
            score.delay_p50_s,
            score.delay_p90_s,
            score.noise_per_symbol_day,
            score.duplicates_per_event,
        ),
    )


def _quiet(venues: Mapping[str, Wolf], planted: Mapping[str, Planted]) -> Table:
    table = _table(
        "quiet days, each candle as four prints",
        ("", "symbol-days", "pump alerts a day", "genuine", "planted pumps heard"),
    )
    for venue, score in venues.items():
        plants = planted[venue]
        figures = (score.symbol_days, score.alerts_per_symbol_day, score.genuine_share)
        table.add_row(venue, *map(_figure, figures), f"{plants.heard}/{plants.series}")
    return table


def _synthetic(name: str, score: Score) -> Table:
    table = _table(
        f"synthetic scenes, {name}",
        ("", "staged", "hits", "false", "duplicates", "p50 s"),
        f"F1 {_figure(score.f1)}, precision {_figure(score.precision)}, recall {_figure(score.recall)}",
    )
    for kind, line in score.kinds.items():
        table.add_row(kind, *_kind(line))
    return table


def _kind(line: KindScore) -> Iterator[str]:
    yield from map(str, (line.labels, line.hits, line.false, line.duplicates))
    yield _figure(line.delay_p50_s)


def _table(title: str, headings: tuple[str, ...], caption: str | None = None) -> Table:
    table = Table(
        title=f"\n{title}",
        title_justify="left",
        title_style="bold",
        caption=caption,
        caption_justify="left",
        box=None,
        pad_edge=False,
        collapse_padding=True,
    )
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    return table


def _figure(value: float | None) -> str:
    """Three digits, which is more than so few events can tell."""
    return NOTHING if value is None else f"{value:.3g}"
