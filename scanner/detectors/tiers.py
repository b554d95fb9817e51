"""Tiers: what is far enough, fast enough, with how much and how many behind it, and how loudly that is said."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from scanner.detectors.climb import WINDOW_S
from scanner.detectors.usual import INFINITE
from scanner.model.alert import Severity
from scanner.model.units import Count, Fraction, Multiple, Seconds

Direction = Literal["up", "down"]
STAGES: dict[Direction, str] = {"up": "pump", "down": "dump"}
WATCH = "watch"
"""The stage of what is worth no more than a look: tiers of severity `info`."""
PEAK = "peak"

RANK: dict[Severity, int] = {"info": 1, "warning": 2, "high": 3, "critical": 4}


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to be a pump or a dump. All of its conditions must hold."""

    window: Seconds
    """The move took at most this long."""
    change: Fraction
    """It went at least this far, as a share of the older price; above 0 for rises and falls alike."""
    volume_ratio: Multiple = 3.0
    """Takers of its side turned over so many times what is usual for them in the window. Above 0 it cannot be met while
    the usual is unknown: until then only tiers that do not ask for it speak."""
    rush: Count = 0
    """It has so many rush orders; where the venue's clock shows none, trades beyond the usual rate stand for them."""
    severity: Severity = "warning"
    """`info` is an early sign, of stage `watch`."""

    def __post_init__(self) -> None:
        if not 0 < self.window <= WINDOW_S:
            raise ValueError(f"a tier's window is longer than 0 s, and at most {WINDOW_S // 60} min")
        if not 0 < self.change < INFINITE:
            raise ValueError("a tier's change is above 0 %; direction says whether up or down")


PUMP = (
    Tier(15.0, 0.03, volume_ratio=10.0, rush=2, severity="info"),
    Tier(15.0, 0.05, volume_ratio=20.0, rush=3),
    Tier(60.0, 0.08, volume_ratio=10.0),
    Tier(60.0, 0.04, volume_ratio=20.0, rush=20),
    Tier(300.0, 0.12, volume_ratio=5.0),
    Tier(900.0, 0.20, volume_ratio=5.0),
    Tier(60.0, 0.10, volume_ratio=0.0, rush=10, severity="high"),
    Tier(60.0, 0.25, volume_ratio=0.0, rush=30, severity="critical"),
)
TICKERS = (
    Tier(15.0, 0.05, volume_ratio=50.0),
    Tier(60.0, 0.08, volume_ratio=50.0),
    Tier(300.0, 0.12, volume_ratio=20.0),
    Tier(900.0, 0.20, volume_ratio=20.0),
    Tier(60.0, 0.10, volume_ratio=100.0, severity="high"),
)
"""Where a venue shows tickers only, nobody can count rush orders: more volume has to stand for them."""
