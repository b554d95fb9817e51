"""How far a price usually goes: a move is news when it exceeds what its own instrument does every hour."""

from __future__ import annotations

from math import sqrt

HOUR_MIN = 60


class UsualMove:
    """The largest one-minute move of a usual hour: between the lowest and the highest price of a minute.

    Hours without a trade say nothing, nor does the first one, of which we saw a part. The running hour is not in its
    own measure, and an hour that is over counts for at most `CAP` usual ones.
    """

    HALF_LIFE_H = 6
    CAP = 3.0
    WARM_H = 2
    """Hours it takes to have an opinion."""

    __slots__ = ("_begun", "_hour", "_hours", "_largest", "_mean")

    _FOLLOW = 1 - 0.5 ** (1 / HALF_LIFE_H)

    def __init__(self) -> None:
        self._mean = 0.0
        self._hours = 0
        """How many it rests on."""
        self._begun = 0
        """How many ever began."""
        self._hour = -1
        self._largest = 0.0

    @property
    def size(self) -> float:
        """As a fraction of the lower price; 0 while that is unknown."""
        return self._mean if self._hours >= self.WARM_H else 0.0

    def close(self, minute: int, move: float) -> None:
        """A minute (counted from 1970) with trades ended; the price moved so far in it."""
        hour = minute // HOUR_MIN
        if hour != self._hour:
            if self._begun > 1:
                self._fold()
            self._begun += 1
            self._hour, self._largest = hour, 0.0
        self._largest = max(self._largest, move)

    def _fold(self) -> None:
        move = min(self._largest, self.CAP * self._mean) if self._mean and self._hours >= self.WARM_H else self._largest
        self._hours += 1
        self._mean += (move - self._mean) * max(self._FOLLOW, 1 / self._hours)


def stretched(size: float, window_s: float) -> float:
    """What a one-minute move amounts to in a longer window: prices wander as the root of time."""
    return size * sqrt(max(window_s, 60.0) / 60.0)
