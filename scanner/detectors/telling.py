"""How a signal is told: scores and the short phrases that headlines are made of."""

from __future__ import annotations

from collections.abc import Iterable
from math import log2

from scanner.model.alert import Severity

AT_ONCE_S = 0.1
"""A move shorter than this is told without a duration: fills of one order, which the venue merely lists one by one."""

IN_MINUTES_S = 100.0
"""Longer moves are told in minutes."""
IN_WHOLES_S = 2.0
"""Longer moves are told in whole seconds."""
IN_WHOLES = 10.0
"""Larger multiples are told without decimals."""
TIMES = "\N{MULTIPLICATION SIGN}"

SCORES: dict[Severity, tuple[int, int]] = {
    "info": (20, 49),
    "warning": (50, 69),
    "high": (70, 89),
    "critical": (90, 100),
}
"""The lowest and the highest score of each severity."""


def score(severity: Severity, beyond: Iterable[tuple[float, float]]) -> int:
    """0 to 100: the severity's lowest at the threshold, plus points for each doubling beyond it, up to its highest.

    `beyond` holds pairs of (points a doubling, value as a multiple of its threshold); multiples below one count as one.
    """
    lowest, highest = SCORES[severity]
    points = lowest + sum(each * log2(max(multiple, 1.0)) for each, multiple in beyond)
    return round(min(float(highest), points))


def per_cent(change: float) -> str:
    """`+17.5 %`, always signed."""
    return f"{change * 100:+.1f} %"


def within(seconds: float) -> str:
    """`in 0.4 s`, `in 1 s`, `in 5 s`, `in 2 min`, or `at once`."""
    if seconds < AT_ONCE_S:
        return "at once"
    if seconds >= IN_MINUTES_S:
        return f"in {seconds / 60:.0f} min"
    return f"in {round(seconds, 1) if seconds < IN_WHOLES_S else round(seconds):g} s"


def times(ratio: float) -> str:
    """A multiple, with one decimal below ten and thousands apart: 3.4, 24 or 2,400 times."""
    return f"{ratio:,.{1 if round(ratio, 1) < IN_WHOLES else 0}f}{TIMES}"


def prints(trades: int, buys: int) -> str:
    """`185 trades, 90 % buys`."""
    return f"{trades:,} trades, {share(buys, trades) * 100:.0f} % buys"


def share(part: int, whole: int) -> float:
    """A fraction of four digits; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0
