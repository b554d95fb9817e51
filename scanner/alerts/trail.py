"""How far one venue's price has gone since its story began, and what was traded there meanwhile."""

from __future__ import annotations

from msgspec import Struct

from scanner.model.standing import Standing


class Trail(Struct):
    """Follows by signals as they come and by looks once a second. Moments are our own clock's, nanoseconds UTC."""

    reference: float
    """The price that the move left."""
    price: float
    """Where it stands now."""
    high: float
    high_at: int
    low: float
    low_at: int
    turnover: float = 0.0
    """In quote currency, since the first look."""
    seen: Standing | None = None
    """The last look."""

    @classmethod
    def begin(cls, reference: float, price: float, at: int) -> Trail:
        """Nothing was looked at yet."""
        return cls(reference, price, price, at, price, at)

    def reach(self, price: float, at: int) -> bool:
        """It stands at this price; True when it has never gone so far."""
        self.price = price
        return self._stretch(price, price, at)

    def knows(self, price: float, began: int, *, rises: bool) -> bool:
        """Whether a move that began then, and stands at this price, is part of what it has seen: it is no further."""
        if rises:
            return began <= self.high_at and price <= self.high
        return began <= self.low_at and price >= self.low

    def look(self, now: Standing, at: int) -> bool:
        """Take in where it stands; True when it went further since the last look than ever before.

        A minute's extremes count as far as they are new since the last look: what was before the story is not its peak.
        """
        before, self.seen, self.price = self.seen, now, now.price
        if before is None:
            return self._stretch(now.price, now.price, at)
        if before.began != now.began:  # all of it came after a hole
            self.turnover += now.turnover
            return self._stretch(now.price, now.price, at)
        self.turnover += max(0.0, now.turnover - before.turnover)
        high = now.high if now.high > before.high else now.price
        low = now.low if now.low < before.low else now.price
        return self._stretch(high, low, at)

    def _stretch(self, high: float, low: float, at: int) -> bool:
        further = False
        if high > self.high:
            self.high, self.high_at, further = high, at, True
        if low < self.low:
            self.low, self.low_at, further = low, at, True
        return further
