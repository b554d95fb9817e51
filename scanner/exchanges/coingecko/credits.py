"""How often may be asked, when it is the month that is paid for: credits in, seconds between two questions out."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

MONTH_S = 31 * 86_400
"""The longest one: a shorter month leaves credits over."""
SPARED = 0.1
"""Of the credits, for restarts, which ask for everything at once, and for whoever else uses the same key."""


def paces(credits_a_month: int, shares: Mapping[str, float]) -> dict[str, float]:
    """Whole seconds between two calls of each kind, so that all of them together last a month.

    A call is a credit, and `shares` says which part of the calls each kind takes; ValueError when that is more than
    there is, or nothing.
    """
    if credits_a_month <= 0 or min(shares.values()) <= 0 or sum(shares.values()) > 1 + 1e-9:
        raise ValueError(f"{credits_a_month} credits a month cannot be shared as {dict(shares)}")
    calls = credits_a_month * (1 - SPARED)
    return {kind: float(ceil(MONTH_S / (calls * share))) for kind, share in shares.items()}
