"""What an instrument has traded lately and what it usually trades: the windows that all detectors share.

Time is the venue's, never a position in a list: ten trades in a second are one second.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from scanner.model.moments import SECOND

INFINITE = float("inf")

WINDOW_S = 60
"""Turnover is that of the current second and the 59 before it, which is what a usual minute is compared with."""
CARRY_S = 600
"""A price still stands when nothing traded after it, but not for longer than this."""
TINY, HUGE = 1e-15, 1e15
"""A price or a turnover outside is nonsense in any currency; inside, no sum or ratio of them leaves the floats."""
RATIO_MAX = 1e6
"""Past a million usual minutes the number says no more; it also answers for coins that usually trade nothing."""


class Baseline:
    """The usual minute's turnover, in quote currency.

    It starts from the 24 h total, where a ticker tells one, and then follows closed minutes slowly. The growing minute
    is never in it, and a closed one counts for at most `CAP` usual ones: a spike does not raise its own measure.
    """

    HALF_LIFE_MIN = 360
    CAP = 10.0
    WARM_MIN = 10
    """Without a 24 h total, this many closed minutes make a first opinion."""
    IDLE_MAX_MIN = 60
    """Minutes of silence that are believed at once: one wrong clock must not talk the usual minute down to nothing."""

    __slots__ = ("_mean", "_minutes", "usual")

    _FOLLOW = 1 - 0.5 ** (1 / HALF_LIFE_MIN)

    def __init__(self) -> None:
        self.usual = INFINITE
        """Infinite while unknown, so that nothing is a multiple of it."""
        self._mean = 0.0
        self._minutes = 0

    def ratio(self, turnover: float, window_s: float) -> float:
        """A turnover as a multiple of what is usual in so many seconds; 0 while that is unknown."""
        usual = self.usual * window_s / 60
        return min(turnover / usual, RATIO_MAX) if usual else RATIO_MAX

    def seed(self, turnover_24h: float) -> None:
        """Start from a day's total; ignored once anything is known, and when it is no number to build on."""
        if self.usual == INFINITE and 0.0 <= turnover_24h < HUGE:
            self._minutes = self.WARM_MIN
            self._mean = self.usual = turnover_24h / 1440

    def close(self, turnover: float, idle: int) -> None:
        """A whole minute ended with this turnover, and `idle` minutes without any trade came after it."""
        if self.usual < INFINITE:
            measured = min(turnover, self.CAP * self.usual) if self.usual else turnover
            self._mean += (measured - self._mean) * self._FOLLOW
            self._mean *= (1 - self._FOLLOW) ** min(idle, self.IDLE_MAX_MIN)
            self.usual = self._mean
            return
        whole = 1 + min(idle, self.IDLE_MAX_MIN)
        self._mean = (self._mean * self._minutes + turnover) / (self._minutes + whole)
        self._minutes += whole
        if self._minutes >= self.WARM_MIN:
            self.usual = self._mean


class Tape:
    """One instrument on one venue since the last hole. It dies with the next hole, and all that was noted on it too."""

    __slots__ = (
        "_minute_ends",
        "_minute_turnover",
        "_minute_whole",
        "_second",
        "_second_ends",
        "_second_turnover",
        "_seconds",
        "at",
        "baseline",
        "buys",
        "buys_before",
        "notes",
        "price",
        "price_before",
        "seed_price",
        "seed_seen",
        "total",
        "trades",
        "trades_before",
        "turnover",
    )

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        """The one thing that outlives a hole: what is usual does not change because we blinked."""
        self.notes: dict[object, Any] = {}
        """What each detector keeps about this instrument, under itself."""
        self.at = -1
        """Venue time of the newest trade; never runs backwards."""
        self.price = 0.0
        """Of the last trade."""
        self.trades = 0
        self.buys = 0
        self.total = 0.0
        """Turnover, like the two counts since the tape began: differences tell what lies between two moments."""
        self.turnover = 0.0
        """In the window, in quote currency."""
        self.trades_before = 0
        self.buys_before = 0
        """What the two counters were when the window began."""
        self.price_before = 0.0
        """The last price before the window, or the first in it when there was none before; 0 before any trade."""
        self.seed_price = 0.0
        """Last price by a ticker that came before any trade; 0 without one."""
        self.seed_seen = 0
        """When that ticker reached us."""
        self._seconds: deque[tuple[int, float, int, int, float]] = deque()
        """Closed seconds of the window: second, its turnover, and the counters and the price at its end."""
        self._second = -1
        self._second_ends = 0
        self._second_turnover = 0.0
        self._minute_ends = 0
        self._minute_turnover = 0.0
        self._minute_whole = False

    def add(self, at: int, price: float, turnover: float, bought: int) -> None:
        """Take one trade in; `bought` is 1 when the taker bought, else 0."""
        if at > self.at:
            self.at = at
            if at >= self._second_ends:
                self._open_second(at // SECOND)
        self._second_turnover += turnover
        self.turnover += turnover
        self.total += turnover
        self.trades += 1
        self.buys += bought
        self.price = price
        if self.price_before == 0.0:
            self.price_before = self.seed_price or price

    def _open_second(self, second: int) -> None:
        closed, self._second = self._second, second
        self._second_ends = (second + 1) * SECOND
        if closed >= 0:
            seconds = self._seconds
            seconds.append((closed, self._second_turnover, self.trades, self.buys, self.price))
            self._minute_turnover += self._second_turnover
            self._second_turnover = 0.0
            before = second - WINDOW_S
            while seconds and seconds[0][0] <= before:
                _, gone, self.trades_before, self.buys_before, self.price_before = seconds.popleft()
                self.turnover -= gone
        if second >= self._minute_ends:
            self._open_minute(second)

    def _open_minute(self, second: int) -> None:
        if self._minute_whole:
            self.baseline.close(self._minute_turnover, (second - self._minute_ends) // 60)
        self._minute_whole = self._minute_ends > 0  # the first one began before this tape did
        self._minute_ends = (second // 60 + 1) * 60
        self._minute_turnover = 0.0
        self.turnover = sum(second[1] for second in self._seconds)  # anew, lest rounding errors pile up
