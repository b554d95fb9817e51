"""How far one taker side's price has climbed: a sliding minimum by event time, deaf to single prints."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from operator import itemgetter

from scanner.detectors.windows import CARRY_S
from scanner.model.moments import SECOND

Mark = tuple[int, int, float]
"""The tape's running totals after a print: trades, buys, turnover."""
Level = tuple[float, int, Mark]
"""A price that stood and was replaced: itself, when it was replaced, and the totals before what replaced it."""

CARRY_NS = CARRY_S * SECOND

_replaced_at = itemgetter(1)


class Climb:
    """The lowest prices at which takers of one side traded within a window, and the price they trade at now.

    * *One side only*: a buyer's price is compared with buyers' prices, so the bounce between bid and ask is no move.
    * *Confirmed*: the window is fed the median of the side's last three prints, so a single misprint never enters.
    * *In force*: a price stands until the next one replaces it. The price before a quiet spell therefore still counts
      when the spell ends, for as long as `CARRY_S`.

    A fall is a climb of the negated price: feed `-price`, and the deepest fall is measured from the highest price.
    O(1) per print, amortised; a look into a shorter window than the one kept is O(log n).
    """

    __slots__ = ("_last", "_newer", "_newer_mark", "_older", "_older_mark", "_window", "levels", "price", "quiet")

    def __init__(self, window: int, price: float, at: int, mark: Mark) -> None:
        """Keep `window` nanoseconds, and start from a price that stands at `at`."""
        self._window = window
        self._older = self._newer = self.price = price
        """`price` is the confirmed one."""
        self._older_mark = self._newer_mark = mark
        self._last = at
        self.quiet = False
        """A note of its reader's: nothing to look at until the price changes."""
        self.levels: deque[Level] = deque()
        """What stood in the window before `price`, without all that something lower came after: prices rise and times
        too, so the first is the lowest."""

    def add(self, price: float, at: int, mark: Mark) -> bool:
        """Take in a print; `mark` includes it. True when the confirmed price changed.

        While it does not change, time alone can only take lows out of the window: a climb gets no higher.
        """
        if at - self._last > CARRY_NS:
            self._older = self._newer = self.price = price
            self._older_mark = self._newer_mark = mark
            self.levels.clear()
        self._last = at
        older, newer = self._older, self._newer
        self._older, self._newer = newer, price
        before, self._older_mark, self._newer_mark = self._older_mark, self._newer_mark, mark
        if older > newer:
            older, newer = newer, older
        confirmed = older if price < older else newer if price > newer else price  # noqa: FURB136  # calls cost more
        gone = self.price
        if confirmed == gone:
            return False
        levels = self.levels
        while levels and levels[-1][0] >= gone:
            levels.pop()
        levels.append((gone, at, before))  # two prints were needed to replace it: this one and the last
        start = at - self._window
        while levels[0][1] <= start:
            levels.popleft()
        self.price = confirmed
        return True

    def low(self, window: int, at: int) -> Level | None:
        """The lowest price that stood within `window` nanoseconds before `at`, other than the present one's own stand.

        The window may be any up to the one that is kept. None when nothing else stood in it.
        """
        first = bisect_right(self.levels, at - window, key=_replaced_at)
        return self.levels[first] if first < len(self.levels) else None
