"""Where an instrument stands just now on its venue: what a story is followed by, once a second."""

from __future__ import annotations

from msgspec import Struct


class Standing(Struct, frozen=True, gc=False):
    """Prices are confirmed ones, which a single misprint does not reach; amounts are in quote currency."""

    began: int
    """Which record this is read from, by the venue time of its beginning: a new one begins after every hole."""
    price: float
    """The last one."""
    high: float
    """The highest of the running minute, and what stood when it began …"""
    low: float
    """… and the lowest."""
    turnover: float
    """Since the record began."""
    turnover_24h: float = 0.0
    """0 where that is unknown."""
