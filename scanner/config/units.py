"""Durations and shares as people write them: `15s`, `5%`; read into plain seconds and fractions, and written back."""

from __future__ import annotations

import math
import re
from decimal import Decimal

DURATION = "a duration such as 500ms, 15s, 5m or 1h"
FRACTION = "a share such as 5% or 0.05"

_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
"""Largest first: that is the order in which `format_duration` tries them."""
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>ms|[smhd])?")
_FRACTION = re.compile(r"(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*(?P<percent>%)?")


def parse_duration(text: str) -> float:
    """Seconds; a bare number is seconds already. ValueError says what was expected."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected {DURATION}")
    return _finite(_scaled(float(match["number"]), match["unit"] or "s"), DURATION)


def parse_fraction(text: str) -> float:
    """A share of one: `5%` and `0.05` are equal. ValueError says what was expected."""
    match = _FRACTION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected {FRACTION}")
    number = float(match["number"])
    return _finite(number / 100 if match["percent"] else number, FRACTION)


def format_duration(seconds: float) -> str:
    """The shortest text that `parse_duration` reads back as exactly this; whole numbers of the largest unit first."""
    for unit, length in _SECONDS.items():
        count = round(seconds / length)
        if count and _scaled(float(count), unit) == seconds:
            return f"{count}{unit}"
    return f"{_plain(seconds)}s"


def format_fraction(share: float) -> str:
    """A per cent text that `parse_fraction` reads back as exactly this."""
    percent = f"{share * 100:.12g}"
    if "e" not in percent and float(percent) / 100 == share:
        return f"{percent}%"
    return _plain(share)


def _scaled(number: float, unit: str) -> float:
    """Milliseconds are divided, not multiplied: 9 * 0.001 is not 0.009."""
    return number / 1000 if unit == "ms" else number * _SECONDS[unit]


def _finite(number: float, expected: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"expected {expected}")
    return number


def _plain(number: float) -> str:
    """The exact digits without an exponent, which the patterns above do not read."""
    return format(Decimal(repr(number)), "f").removesuffix(".0")
