"""What a rule asks, number by number, and how near something came to it: what `explain` and near misses are made of."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from scanner.model.alert import Severity

CHANGE = "change"
"""How far it went, a signed fraction, against the threshold, which volatility and the market raise."""
TRADES = "trades"
TURNOVER = "turnover"
"""In quote currency."""
FIVE_TURNOVER = "turnover_five"
"""The same of five minutes, beside that of one."""
VOLUME = "volume_ratio"
"""As a multiple of the usual; 0 while that is unknown."""
CROWD = "crowd"
"""Rush orders, or what the rate of trades is worth in them."""
MARKET = "market_calm_s"
"""Seconds since the whole market was last seen moving; of a market that was never seen so, the longest window."""
HELD = "held_s"
"""Seconds for which all else holds without interruption."""
SHARE = "share"
"""Of a market's active instruments."""
QUORUM = "active"
"""A market's active instruments."""


class Check(Struct, frozen=True, gc=False):
    """One number against the least that is asked of it."""

    name: str
    value: float
    asked: float
    met: bool

    @property
    def nearness(self) -> float:
        """1 where it is met, else the part of it that is there, from 0."""
        if self.met or not self.asked:
            return float(self.met)
        return max(0.0, min(self.value / self.asked, 1.0))


def at_least(name: str, value: float, asked: float) -> Check:
    """The usual kind: so much, or more."""
    return Check(name, value, asked, value >= asked)


class Condition(Struct, frozen=True):
    """One way to meet a rule; a price move has one for each tier. Every check of it must be met."""

    window_s: float
    severity: Severity
    """How loudly it is told."""
    checks: tuple[Check, ...]
    met: bool

    @classmethod
    def of(cls, window_s: float, severity: Severity, checks: Iterable[Check]) -> Condition:
        """The condition that these checks make."""
        held = tuple(checks)
        return cls(window_s, severity, held, all(check.met for check in held))

    @property
    def unmet(self) -> list[Check]:
        """What stood in the way."""
        return [check for check in self.checks if not check.met]

    @property
    def nearness(self) -> tuple[int, float]:
        """What misses less is nearer; among those that miss as much, the one whose worst number is best."""
        return -len(self.unmet), min((check.nearness for check in self.checks), default=1.0)


class Ruling(Struct, frozen=True):
    """One rule on one instrument at one moment."""

    rule: str
    symbol: str
    """What it looks at: the instrument, or its whole market as `*/KRW`."""
    told: str
    """The severity that it has told of a move that is still going on; empty where there is none."""
    conditions: tuple[Condition, ...]
    """Any one that is met is enough."""
