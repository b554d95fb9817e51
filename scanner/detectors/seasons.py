"""The hour of the day: markets sleep and wake, and what is much at four in the morning is little at four p.m."""

from __future__ import annotations

from array import array

DAY_H = 24
HOUR_MIN = 60


class HourOfDay:
    """How busy each hour of the day (UTC) is, as a multiple of their mean; 1 until all were seen on enough days."""

    DAYS = 2
    MEMORY_DAYS = 7
    CAP = 10.0
    """A minute counts for at most so many usual ones, lest a pump make an hour busy for a week."""
    LEAST, MOST = 1 / 3, 3.0
    """A factor corrects; it does not explain a market away."""

    __slots__ = ("_days", "_hour", "_mean", "_minutes", "_shares", "_sum")

    def __init__(self) -> None:
        self._shares = array("f", bytes(4 * DAY_H))
        """Each hour's minutes, as multiples of what was usual at all hours."""
        self._days = bytearray(DAY_H)
        self._mean = 0.0
        """Of the shares; 0 until all are known."""
        self._hour = -1
        """The running one, counted from 1970."""
        self._minutes = 0
        self._sum = 0.0

    def factor(self, hour: int) -> float:
        """For an hour of the day, 0 to 23."""
        if not self._mean:
            return 1.0
        return min(max(self._shares[hour] / self._mean, self.LEAST), self.MOST)

    def close(self, minute: int, amount: float, mean: float) -> None:
        """A minute (counted from 1970) ended with this amount in it, where `mean` is usual at all hours."""
        self._turn(minute)
        self._minutes += 1
        self._sum += min(amount / mean, self.CAP) if mean else 1.0

    def idle(self, since: int, minutes: int) -> None:
        """So many minutes from this one on ended with nothing in them."""
        minute, end = since, since + minutes
        while minute < end:
            self._turn(minute)
            part = min(end, (minute // HOUR_MIN + 1) * HOUR_MIN) - minute
            self._minutes += part
            minute += part

    def _turn(self, minute: int) -> None:
        """Fold the hour that is over, when we saw all of it."""
        hour = minute // HOUR_MIN
        if hour == self._hour:
            return
        if self._minutes == HOUR_MIN:
            place = self._hour % DAY_H
            days = self._days[place] = min(self._days[place] + 1, self.MEMORY_DAYS)
            self._shares[place] += (self._sum / HOUR_MIN - self._shares[place]) / days
            if min(self._days) >= self.DAYS:
                self._mean = sum(self._shares) / DAY_H
        self._hour, self._minutes, self._sum = hour, 0, 0.0
