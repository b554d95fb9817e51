"""How finely a price may be quoted: tick sizes per quote currency, in whole numbers so that nothing smears."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct


class Tick(Struct, frozen=True):
    """Prices are `count * step / per`: one division of two whole numbers gives the nearest float there is."""

    step: int
    per: int

    @property
    def size(self) -> float:
        """In quote currency."""
        return self.step / self.per

    def price(self, count: int) -> float:
        """The price that is `count` ticks above zero."""
        return count * self.step / self.per

    def below(self, price: float) -> int:
        """How many whole ticks fit under `price`, at least one."""
        return max(1, int(price * self.per / self.step))


_TABLE: dict[str, tuple[tuple[float, Tick], ...]] = {
    "KRW": (
        (0.0, Tick(1, 1_000_000)),
        (0.01, Tick(1, 100_000)),
        (0.1, Tick(1, 1_000)),
        (1.0, Tick(1, 100)),
        (10.0, Tick(1, 10)),
        (100.0, Tick(1, 1)),
        (5_000.0, Tick(5, 1)),
        (10_000.0, Tick(10, 1)),
        (50_000.0, Tick(50, 1)),
        (100_000.0, Tick(100, 1)),
        (500_000.0, Tick(500, 1)),
        (1_000_000.0, Tick(1_000, 1)),
    ),
    "USDT": (
        (0.0, Tick(1, 100_000_000)),
        (0.0001, Tick(1, 10_000_000)),
        (0.001, Tick(1, 1_000_000)),
        (0.01, Tick(1, 100_000)),
        (0.1, Tick(1, 10_000)),
        (1.0, Tick(1, 1_000)),
        (10.0, Tick(1, 100)),
        (1_000.0, Tick(1, 10)),
    ),
    "BTC": ((0.0, Tick(1, 100_000_000)),),
}
"""Quote currency → rows of (from this price up, this tick)."""
_BOUNDS = {quote: [bound for bound, _ in rows[1:]] for quote, rows in _TABLE.items()}


def tick_for(quote: str, price: float) -> Tick:
    """The tick at this price."""
    return _TABLE[quote][bisect_right(_BOUNDS[quote], price)][1]
