"""A move as one tier sees it: how far it went, and what stands behind it."""

from __future__ import annotations

from msgspec import Struct

from scanner.detectors.climb import Level
from scanner.detectors.flow import Flow
from scanner.detectors.usual import ratio
from scanner.model.moments import SECOND


class Move(Struct, frozen=True, gc=False):
    """From the price that was left to the price now, in one window."""

    change: float
    """Signed, a fraction of the older price."""
    price: float
    reference: float
    """The price that was left …"""
    left_s: float
    """… so many seconds ago."""
    trades: int
    """Of both sides, since then."""
    own: int
    """Of its own side; like all that follows."""
    turnover: float
    block: float
    """Turnover of its largest order."""
    rush: int

    @property
    def buys(self) -> int:
        """Trades of buyers among all."""
        return self.own if self.change > 0 else self.trades - self.own

    def volume_ratio(self, usual: float, window_s: float) -> float:
        """The turnover as a multiple of what is usual in such a window; 0 while that is unknown."""
        return ratio(self.turnover, usual * window_s / 60)


def measure(flow: Flow, level: Level, at: int, trades_now: int) -> Move:
    """The move that left this level and stands, at this moment, at the flow's price; with all trades of the tape."""
    reference, left_at, (trades, own, total, orders) = level
    climb = flow.climb
    return Move(
        change=climb.price / reference - 1.0,
        price=abs(climb.price),
        reference=abs(reference),
        left_s=(at - left_at) / SECOND,
        trades=trades_now - trades,
        own=flow.trades - own,
        turnover=max(0.0, flow.total - total),
        block=flow.block_since(total),
        rush=flow.rush - orders,
    )


def still(flow: Flow) -> Move:
    """No move: nothing but the present price stood in the window."""
    price = abs(flow.climb.price)
    return Move(change=0.0, price=price, reference=price, left_s=0.0, trades=0, own=0, turnover=0.0, block=0.0, rush=0)
