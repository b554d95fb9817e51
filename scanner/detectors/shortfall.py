"""How it is said that a rule was not met: each number with what was asked of it."""

from __future__ import annotations

from collections.abc import Callable

from scanner.detectors.conditions import (
    CHANGE,
    CROWD,
    FIVE_TURNOVER,
    HELD,
    MARKET,
    QUORUM,
    SHARE,
    TRADES,
    TURNOVER,
    VOLUME,
    Check,
    Condition,
)
from scanner.detectors.telling import TIMES

IN_WHOLES = 100.0
"""Larger amounts are told without decimals."""


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= IN_WHOLES else f"{value:.3g}"


def _per_cent(value: float) -> str:
    return f"{value * 100:+.2f} %"


def _share(value: float) -> str:
    return f"{value * 100:.0f} %"


def _times(value: float) -> str:
    return f"{value:,.1f}{TIMES}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value % 1 else f"{value:.0f} s"


_WORDS: dict[str, tuple[Callable[[float], str], str, str]] = {
    CHANGE: (_per_cent, "", ""),
    TRADES: (_amount, "", " trades"),
    TURNOVER: (_amount, "turnover ", ""),
    FIVE_TURNOVER: (_amount, "turnover of five minutes ", ""),
    VOLUME: (_times, "", " the usual volume"),
    CROWD: (_amount, "", " rush orders"),
    MARKET: (_seconds, "the whole market moved ", " ago"),
    HELD: (_seconds, "held for ", ""),
    SHARE: (_share, "", " of the coins go that way"),
    QUORUM: (_amount, "", " active coins"),
}
"""Check → how its numbers read, and what stands before and behind them."""


def number(check: Check) -> str:
    """Its value alone: `12`."""
    return _WORDS[check.name][0](check.value)


def asked(check: Check) -> str:
    """What is asked, alone: `20`."""
    return _WORDS[check.name][0](check.asked)


def words(check: Check) -> str:
    """`12 of 20 trades`; a check that has no number to reach says its own: `the whole market moved 0 s ago`."""
    write, before, behind = _WORDS[check.name]
    of = f" of {write(check.asked)}" if check.asked else ""
    return f"{before}{write(check.value)}{of}{behind}"


def sentence(condition: Condition) -> str:
    """What was there and what was missing: `+6.00 % in 15 s was not told as warning: 12 of 20 trades`."""
    found = {check.name: check for check in condition.checks}
    what = number(found[CHANGE]) if CHANGE in found else f"{number(found[VOLUME])} the usual volume"
    missing = [check for check in condition.unmet if check.name != HELD] or condition.unmet
    why = "; ".join(words(check) for check in missing)
    return f"{what} in {condition.window_s:g} s was not told as {condition.severity}: {why}"
