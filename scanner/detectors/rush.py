"""Is it a crowd? Rush orders say so where the venue's clock shows them, else the rate of trades does.

A rush order is one order that took several fills at once; they bear one moment on the venue's clock. People who were
told to buy now do that; market makers do not. Where fills never share a moment, because the venue's clock is finer than
its matching or because it joins them, trades beyond the usual rate are counted instead.
"""

from __future__ import annotations

from math import sqrt

Z_PER_ORDER = 3.0
"""So many standard deviations beyond the usual number of trades are worth one rush order."""


def rate_z(trades: int, usual_minute: float, window_s: float) -> float:
    """How many standard deviations so many trades in a window lie above the usual number.

    Arrivals vary as the root of their number; one trade more keeps sleepy coins from infinity.
    """
    usual = usual_minute * window_s / 60
    return (trades - usual) / sqrt(usual + 1.0)


def worth(z: float) -> float:
    """Rush orders that such a rate stands for."""
    return max(0.0, z / Z_PER_ORDER)
