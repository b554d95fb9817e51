"""What takers of one side do on one instrument, from one hole to the next."""

from __future__ import annotations

from scanner.detectors.climb import CARRY_NS, Climb, Mark
from scanner.detectors.usual import INFINITE, Minute
from scanner.model.moments import SECOND

NOTHING: Mark = (0, 0, 0.0, 0)
BLOCK_S = 60
"""The largest order is remembered for so long, unless a larger one comes."""
BLOCK_NS = BLOCK_S * SECOND


class Flow:
    """Running totals of one taker side, its rush orders and its climb.

    Prices of sellers are negated, so that a fall climbs. A *rush order* is one order that took several fills: they bear
    one moment on the venue's clock. It counts once, at its second fill.
    """

    __slots__ = (
        "_block",
        "_block_at",
        "_block_total",
        "_filled_at",
        "_order",
        "_rushing",
        "_stands",
        "_taken",
        "cell",
        "changed",
        "climb",
        "five",
        "high",
        "low",
        "minute",
        "quiet",
        "rush",
        "sign",
        "stories",
        "total",
        "trades",
        "usual",
    )

    def __init__(self, sign: float, price: float, at: int, mark: Mark = NOTHING, *, stands: bool = True) -> None:
        """`sign` is -1 for sellers, and `mark` is what there was before.

        `price` is what this side's first print is compared with, or, where it does not stand, no more than a beginning.
        """
        self.sign = sign
        self.total = mark[2]
        """Turnover in quote currency; like the two counts since the tape began: differences tell what lies between."""
        self.trades = 0
        self.rush = 0
        self.cell = 0.0
        """Turnover of the growing cell …"""
        self.minute = 0.0
        """… and of the closed ones in the last minute …"""
        self.five = 0.0
        """… and in the last five."""
        self.usual = INFINITE
        """The usual minute's turnover; infinite while unknown, so that nothing is a multiple of it."""
        self.climb = Climb(price * sign, at, mark)
        self.changed = False
        """Whether the last print changed the confirmed price."""
        self.quiet = False
        """A note of its reader's: nothing to look at until it changes."""
        self.stories = 0
        """Another: so many told moves are still going on."""
        self.high = self.low = price
        """Of the running minute, confirmed."""
        self._taken = (0, 0, self.total)
        self._stands = stands
        self._filled_at = -1
        self._rushing = False
        self._order = 0.0
        """Turnover of the last order."""
        self._block = 0.0
        """Turnover of the largest one for a while …"""
        self._block_at = 0
        """… when it came …"""
        self._block_total = 0.0
        """… and the total with it."""

    def add(self, filled_at: int, at: int, price: float, turnover: float, trades: int) -> None:
        """Take in a print: when the venue dated it, when it counts, and how many trades the tape had before it."""
        if filled_at != self._filled_at:  # all in one function: it runs for every trade there is
            self._filled_at = filled_at
            self._rushing = False
            self._order = turnover
        else:
            self._order += turnover
            if not self._rushing:
                self._rushing = True
                self.rush += 1
        if self._order > self._block or at - self._block_at > BLOCK_NS:
            self._block, self._block_at, self._block_total = self._order, at, self.total + turnover
        if not self._stands:
            self._begin(price, at, trades)
        price *= self.sign
        climb = self.climb
        if price == climb.newer and price == climb.price and at - climb.last <= CARRY_NS:  # most prints
            climb.older, climb.last = price, at
            self.changed = False
        elif climb.add(price, at, (trades, self.trades, self.total, self.rush - self._rushing)):
            self.changed = True
            self._range()
        else:
            self.changed = False
        self.total += turnover
        self.cell += turnover
        self.trades += 1

    def _begin(self, price: float, at: int, trades: int) -> None:
        self._stands = True
        self.high = self.low = price
        self.climb = Climb(price * self.sign, at, (trades, 0, 0.0, 0))

    def block_since(self, total: float) -> float:
        """What the largest order turned over since the total was this, if it is not long ago."""
        return min(self._block, max(0.0, self._block_total - total))

    def add_total(self, at: int, price: float, total: float) -> None:
        """Take in a ticker instead: a last price, and a running total of turnover that may also shrink."""
        self.changed = self.climb.add(price * self.sign, at, (self.trades, self.trades, self.total, 0))
        if self.changed:
            self._range()
        self.total = total
        self.trades += 1

    def _range(self) -> None:
        price = self.climb.price * self.sign
        if not self.climb.levels:  # it began anew: what came before the silence is no move
            self.high = self.low = price
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price

    def take_minute(self) -> Minute:
        """What came since the last time; its move lies between the lowest and the highest confirmed price."""
        trades, rush, total = self._taken
        self._taken = self.trades, self.rush, self.total
        move = self.high / self.low - 1.0
        self.high = self.low = self.climb.price * self.sign
        return Minute(self.total - total, self.trades - trades, move, self.rush - rush)
