"""What takers of one side do on one instrument, from one hole to the next."""

from __future__ import annotations

from math import nan

from scanner.detectors.climb import Climb, Mark
from scanner.detectors.usual import INFINITE, Minute
from scanner.model.moments import SECOND

NOTHING: Mark = (0, 0, 0.0, 0)
BLOCK_S = 60
"""The largest order is remembered for so long, unless a larger one comes."""
BLOCK_NS = BLOCK_S * SECOND
NEVER = -1
UNKNOWN = nan
"""Equal to no price."""


class Flow:
    """Running totals of one taker side, its rush orders and its climb.

    Prices of sellers are negated, so that a fall climbs. A *rush order* is one order that took several fills: they bear
    one moment on the venue's clock. It counts once, at its second fill. `Tape.add` writes down what every print brings,
    in one function, because it runs for every trade there is; what only some prints bring is done here.
    """

    __slots__ = (
        "_stands",
        "_taken",
        "block",
        "block_ends",
        "block_total",
        "calm_below",
        "climb",
        "filled_at",
        "five_from",
        "high",
        "low",
        "minute_from",
        "order_from",
        "quiet",
        "rush",
        "rushed_at",
        "sign",
        "steady",
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
        self.minute_from = self.five_from = self.total
        """The total when the last minute began, and when the last five did."""
        self.usual = INFINITE
        """The usual minute's turnover; infinite while unknown, so that nothing is a multiple of it."""
        self.climb = Climb(price * sign, at, mark)
        self.quiet = False
        """A note of its reader's: nothing to look at until the confirmed price changes, which takes the note away."""
        self.calm_below = 0.0
        """Another's: nothing to look at while the total is less; taken away when a window moves on."""
        self.stories = 0
        """Another: so many told moves are still going on."""
        self.high = self.low = price
        """Of the running minute, confirmed."""
        self._taken = (0, 0, self.total)
        self._stands = stands
        self.steady = UNKNOWN
        """The price that is confirmed and was that of the last two prints; UNKNOWN where these differ."""
        self.filled_at = at
        """When the venue dated the last print …"""
        self.rushed_at = NEVER
        """… and the last one that made a rush order of what came before it."""
        self.order_from = 0.0
        """The total before the last order."""
        self.block = 0.0
        """Turnover of the largest one for a while …"""
        self.block_ends = 0
        """… until when it is remembered …"""
        self.block_total = 0.0
        """… and the total with it."""

    @property
    def minute(self) -> float:
        """Turnover of the last minute."""
        return self.total - self.minute_from

    @property
    def five(self) -> float:
        """Turnover of the last five."""
        return self.total - self.five_from

    def turn(self, before: int, at: int, price: float, trades: int) -> None:
        """A print is about to be added that is not what the last two were, or comes after a silence since `before`.

        `trades` is how many the tape had before it.
        """
        climb, price_signed = self.climb, price * self.sign
        if self._stands:
            climb.last = before
        else:
            self._stands = True
            self.high = self.low = price
            climb = self.climb = Climb(price_signed, at, (trades, 0, 0.0, 0))
        orders = self.rush - (self.rushed_at == self.filled_at)
        if climb.add(price_signed, at, (trades, self.trades, self.total, orders)):
            self._range()
        self.steady = price if climb.older == climb.newer == climb.price else UNKNOWN

    def block_since(self, total: float) -> float:
        """What the largest order turned over since the total was this, if it is not long ago."""
        return min(self.block, max(0.0, self.block_total - total))

    def add_total(self, at: int, price: float, total: float) -> None:
        """Take in a ticker instead: a last price, and a running total of turnover that may also shrink."""
        if self.climb.add(price * self.sign, at, (self.trades, self.trades, self.total, 0)):
            self._range()
        self.total = total
        self.trades += 1

    def _range(self) -> None:
        """The confirmed price has changed."""
        self.quiet = False
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
