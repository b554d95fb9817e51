"""How far one taker side's price has climbed: a sliding minimum by event time, deaf to single prints."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from operator import itemgetter

from scanner.model.moments import SECOND

Mark = tuple[int, int, float, int]
"""Running totals before a print: trades of both sides, and of its own side trades, turnover and rush orders."""
Level = tuple[float, int, Mark]
"""A price that stood and was replaced: itself, when it was replaced, and the totals before what replaced it."""

CARRY_S = 600
"""A price still stands when nothing traded after it, but not for longer than this."""
CARRY_NS = CARRY_S * SECOND
WINDOW_S = 900
"""Lows are kept for so long; no rule looks further back."""
WINDOW_NS = WINDOW_S * SECOND
FOLD_NS = SECOND // 4
"""Lows that went within so short a time are kept as one, the lowest. With the window this bounds memory: 3,600 lows."""
NEAR = 0.001
"""And so are lows that are so close, as a fraction: a slow drift leaves few. It makes a climb larger by no more."""

_replaced_at = itemgetter(1)


class Climb:
    """The lowest prices at which takers of one side traded within a window, and the price they trade at now.

    * *One side only*: a buyer's price is compared with buyers' prices, so the bounce between bid and ask is no move.
    * *Confirmed*: the window is fed the median of the side's last three prints, so a single misprint never enters.
    * *In force*: a price stands until the next one replaces it. The price before a quiet spell therefore still counts
      when the spell ends, for as long as `CARRY_S`.

    A fall is a climb of the negated price: feed `-price`, and the deepest fall is measured from the highest price.
    O(1) per print, amortised; a look into a shorter window than the one kept is O(log n). A print that says what the
    last two said, when that is confirmed and `last` not longer ago than `CARRY_NS`, may be left out: it is enough that
    `last` is set to its time before the next one is taken in.
    """

    __slots__ = ("_newer_mark", "_older_mark", "last", "levels", "newer", "older", "price")

    def __init__(self, price: float, at: int, mark: Mark) -> None:
        """Start from a price that stands at `at`."""
        self.levels: deque[Level] = deque()
        """What stood in the window before `price`, without all that something lower came after: prices rise and times
        too, so the first is the lowest."""
        self._start(price, at, mark)

    def _start(self, price: float, at: int, mark: Mark) -> None:
        self.older = self.newer = self.price = price
        """The last two prints, and the confirmed price."""
        self._older_mark = self._newer_mark = mark
        self.last = at
        self.levels.clear()

    def add(self, price: float, at: int, mark: Mark) -> bool:
        """Take in a print; `mark` is from before it. True when the confirmed price changed, or silence was long.

        While it does not change, time alone can only take lows out of the window: a climb gets no higher.
        """
        if at - self.last > CARRY_NS:
            self._start(price, at, mark)
            return True
        self.last = at
        older, newer = self.older, self.newer
        self.older, self.newer = newer, price
        if price != newer:
            self._older_mark, self._newer_mark = self._newer_mark, mark
        if older > newer:
            older, newer = newer, older
        confirmed = older if price < older else newer if price > newer else price  # noqa: FURB136  # calls cost more
        gone = self.price
        if confirmed == gone:
            return False
        before = self._newer_mark if price == self.older else self._older_mark
        levels = self.levels
        while levels and levels[-1][0] >= gone:
            levels.pop()
        if not levels or gone - levels[-1][0] > NEAR * abs(gone):
            if not levels or at - levels[-1][1] >= FOLD_NS:
                levels.append((gone, at, before))  # two prints were needed to replace it: this one and the last
        else:
            levels[-1] = (levels[-1][0], at, before)
        start = at - WINDOW_NS
        while levels and levels[0][1] <= start:
            levels.popleft()
        self.price = confirmed
        return True

    def low(self, window: int, at: int) -> Level | None:
        """The lowest price that stood within `window` nanoseconds before `at`, other than the present one's own stand.

        The window may be any up to the one that is kept. None when nothing else stood in it.
        """
        first = bisect_right(self.levels, at - window, key=_replaced_at)
        return self.levels[first] if first < len(self.levels) else None
