"""A report for people: one line per measure and contender, medians with least and greatest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from scanner.bench.rows import COMPARED, OURS


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print it."""
    machine = report["machine"]
    table = Table(
        title=f"bench {report['bench']}, {report['passes']} passes, medians (least to greatest)",
        caption=", ".join(f"{name} {value}" for name, value in {**machine, **report.get("versions", {})}.items()),
    )
    for heading in ("measure", "who", "CPU \N{MICRO SIGN}s each", "other figures", "ours / theirs"):
        table.add_column(heading)
    for row in report["rows"]:
        for line in _lines(row):
            table.add_row(*line)
        table.add_section()
    console.print(table)


def _lines(row: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, figures in {OURS: row["ours"], **row["peers"]}.items():
        ratio = row["ratios"].get(name)
        others = (_figure(key, figures) for key in figures if key not in (COMPARED, "range"))
        yield (
            row["measure"] if name == OURS else "",
            name,
            _spread(COMPARED, figures) if COMPARED in figures else "",
            ", ".join(others),
            "" if ratio is None else f"{ratio:.2f}",
        )


def _figure(name: str, figures: Mapping[str, Any]) -> str:
    return f"{name} {_spread(name, figures)}"


def _spread(name: str, figures: Mapping[str, Any]) -> str:
    least, greatest = figures["range"][name]
    median = _short(figures[name])
    return median if least == greatest else f"{median} ({_short(least)} to {_short(greatest)})"


def _short(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 - four digits say enough
