"""Numbers as a trader reads them at a glance, and names from outside made fit for a terminal."""

from __future__ import annotations

from math import floor, log10

DIGITS = 5
"""Significant ones of a price; whole ones are never cut off."""
FINEST = 12
"""Decimals of the smallest price worth showing."""
TENTHS_BELOW_S = 10
"""From here on a tenth of a second is noise."""

_SIZES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_SPANS = ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s"))


def price(value: float) -> str:
    """`98,412,000`, `1,234.5`, `0.012345`."""
    before_point = floor(log10(abs(value))) if value else 0
    decimals = min(max(DIGITS - 1 - before_point, 0), FINEST)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def compact(value: float) -> str:
    """Three significant digits and a unit: `1.23B`, `45.6M`, `789`."""
    for size, unit in _SIZES:
        if abs(value) >= size * 0.9995:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """Signed, with one decimal: `+5.2%`."""
    return f"{share * 100:+.1f}%"


def span(seconds: float) -> str:
    """A duration in at most two units: `0.4 s`, `12 s`, `3m 05s`, `2h 14m`, `3d 04h`."""
    for size, unit, part, part_unit in _SPANS:
        if seconds >= size:
            return f"{seconds // size:.0f}{unit} {seconds % size // part:02.0f}{part_unit}"
    return f"{max(0.0, seconds):.1f} s" if seconds < TENTHS_BELOW_S else f"{seconds // 1:.0f} s"


def printable(text: str) -> str:
    """What a venue called something, without the codes that would steer the reader's terminal."""
    return "".join(sign if sign.isprintable() else "·" for sign in text)
