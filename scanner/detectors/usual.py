"""The usual minute: a slow mean of minutes that are over, which no single minute can carry away."""

from __future__ import annotations

from typing import NamedTuple

FLOORS = {"KRW": 10_000_000.0, "USDT": 10_000.0, "USDC": 10_000.0, "ETH": 3.0, "BTC": 0.2}
"""About the same everywhere: what less than this does to a price is nobody's pump."""

INFINITE = float("inf")

RATIO_MAX = 1e6
"""Past a million usual minutes the number says no more; it also answers for coins that usually trade nothing."""


class Minute(NamedTuple):
    """What takers of one side did in a minute that is over."""

    turnover: float
    trades: int
    move: float
    """How far their price went, a fraction of the lower one."""
    rush: int
    """Orders that took several fills at once."""


class UsualMinute:
    """How much of something a usual minute holds: turnover, or trades.

    A plain mean at first, later one with a half-life. A minute counts for at most `CAP` usual minutes in which anything
    happened, so a pump does not raise its own measure, and a coin that trades once an hour still has one.
    """

    HALF_LIFE_MIN = 360
    CAP = 10.0
    CAPPED_FROM_MIN = 10
    """The first minutes are taken as they are: nothing is known yet that they could exceed."""
    WARM_MIN = 60
    """So many minutes make an opinion; a day's total counts for as many."""

    __slots__ = ("_active", "_minutes", "mean")

    _FOLLOW = 1 - 0.5 ** (1 / HALF_LIFE_MIN)
    _MEMORY_MIN = round(1 / _FOLLOW)

    def __init__(self) -> None:
        self.mean = 0.0
        self._active = 0.0
        """The share of minutes in which anything happened."""
        self._minutes = 0

    @property
    def known(self) -> bool:
        """Whether it rests on enough."""
        return self._minutes >= self.WARM_MIN

    def seed(self, mean: float) -> None:
        """Count a mean that somebody else has measured for as much as an hour of our own."""
        whole = self._minutes + self.WARM_MIN
        self.mean += (mean - self.mean) * self.WARM_MIN / whole
        self._active += (1.0 - self._active) * self.WARM_MIN / whole
        self._minutes = whole

    def close(self, amount: float) -> None:
        """A minute ended with this amount in it."""
        seen = self._minutes
        if amount and self.mean and seen >= self.CAPPED_FROM_MIN:
            amount = min(amount, self.CAP * self.mean / self._active)
        weight = max(self._FOLLOW, 1 / (seen + 1))
        self.mean += (amount - self.mean) * weight
        self._active += ((amount > 0.0) - self._active) * weight
        self._minutes = seen + 1

    def idle(self, minutes: int) -> None:
        """So many minutes ended with nothing in them."""
        seen = self._minutes
        kept = seen / (seen + minutes) if seen < self._MEMORY_MIN else (1 - self._FOLLOW) ** minutes
        self.mean *= kept
        self._active *= kept
        self._minutes = seen + minutes


def ratio(amount: float, usual: float) -> float:
    """An amount as a multiple of the usual one; 0 while that is unknown, which is to say infinite."""
    return min(amount / usual, RATIO_MAX) if usual else RATIO_MAX
