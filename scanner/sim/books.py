"""The order book as a function of time: a moment always shows the same book, and nobody watching costs nothing."""

from __future__ import annotations

from msgspec import Struct

from scanner.model.market import Level
from scanner.sim.chance import between, mix
from scanner.sim.listing import Listing
from scanner.sim.ticks import Tick, tick_for

DEPTH = 30
"""Levels on each side, unless fewer are asked for."""

_SPREAD = 0.0004
_STEP = 0.0003
"""Spread and distance of levels as fractions of the price, where the tick is finer than that."""
_SHUFFLE_MS = 100
_KEEPS = 30
"""How often sizes change, and how many times that a level keeps its size."""


class Quote(Struct, frozen=True):
    """The best prices, counted in ticks."""

    tick: Tick
    bid: int
    ask: int


class Book(Struct, frozen=True):
    """Best level first on both sides, every size above zero."""

    at_ms: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


def quote(listing: Listing, mid: float) -> Quote:
    """Best bid and ask around a fair price."""
    tick = tick_for(listing.instrument.quote, mid)
    spread = max(1, round(mid * _SPREAD / tick.size))
    bid = tick.below(mid - (spread - 1) * tick.size / 2)
    return Quote(tick, bid, bid + spread)


def book(listing: Listing, mid: float, at_ms: int, depth: int = DEPTH) -> Book:
    """The book around a fair price at a moment, so many levels deep on each side."""
    best = quote(listing, mid)
    step = max(1, round(listing.path.level * _STEP / best.tick.size))
    bids, asks = (best.bid - 1) // step, best.ask // step + 1
    return Book(
        at_ms,
        _levels(listing, best, [best.bid, *range(bids * step, 0, -step)[: depth - 1]], step, at_ms),
        _levels(listing, best, [best.ask, *range(asks * step, (asks + depth - 1) * step, step)], step, at_ms),
    )


def _levels(listing: Listing, best: Quote, counts: list[int], step: int, at_ms: int) -> tuple[Level, ...]:
    """Prices stand on a grid, and sizes belong to prices: when the best price moves, most of a book stays as it is."""
    now = at_ms // _SHUFFLE_MS
    dice = listing.seed & 0xFFFF
    usual = listing.ticket / listing.path.level
    sizes, unit, per = _SIZES, best.tick.step, best.tick.per
    return tuple(
        [
            # as `Tick.price` has it, without a call for each of a thousand levels
            (count * unit / per, round(usual * sizes[(dice + count * 7 + (count // step + now) // _KEEPS) % 1024], 8))
            for count in counts
        ]
    )


_SIZES = [between(0.15, 1.5, index) * (1 + 6 * (mix(index) % 13 == 0)) for index in range(1024)]
"""Shapes of size, with a wall here and there."""
