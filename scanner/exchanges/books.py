"""Order books: kept from a snapshot and what changed since, where they are not sent whole each time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from scanner.exchanges.base import RemoteNonsense, Result
from scanner.model.instrument import Instrument
from scanner.model.market import Level, OrderBook

Sides = tuple[tuple[Level, ...], tuple[Level, ...]]
"""Bids and asks, best first."""

SHOWN = 15
"""Levels on each side that leave a worker: what Upbit and Bithumb send, so that a book is the same size everywhere."""

KEPT = 5_000
"""Levels kept on each side, the far end dropped: the deepest snapshot of any venue, and an end for one that never says
that a level is gone."""


class LocalBook:
    """One order book, merged from a snapshot and absolute level updates (size 0 removes). Pure, floats.

    It knows no venue's rule of sequence: whoever feeds it checks the numbers first and calls `clear` when one is
    missing. Prices are above 0 and sizes are 0 or more, as the decoders promise.
    """

    __slots__ = ("_ask_prices", "_asks", "_bid_prices", "_bids", "sequence")

    def __init__(self) -> None:
        self.sequence: int | None = None
        """The venue's number of the last change merged; None: not whole, nothing is emitted."""
        self._bids: dict[float, float] = {}
        self._asks: dict[float, float] = {}
        self._bid_prices: list[float] = []  # both ascend, so the best bid is the last and the best ask the first
        self._ask_prices: list[float] = []

    def clear(self) -> None:
        """Forget everything: the book is not whole until the next `replace`."""
        self.replace((), (), 0)
        self.sequence = None

    def replace(self, bids: Iterable[Level], asks: Iterable[Level], sequence: int) -> None:
        """The whole book, in any order; of a price that comes twice the last size counts."""
        self._bids = {price: size for price, size in dict(bids).items() if size}
        self._asks = {price: size for price, size in dict(asks).items() if size}
        self._bid_prices = sorted(self._bids)
        self._ask_prices = sorted(self._asks)
        self._settle(sequence)

    def update(self, bids: Iterable[Level], asks: Iterable[Level], sequence: int) -> None:
        """New sizes of these levels, in order; a book that is not whole stays as it is."""
        if self.sequence is None:
            return
        _merge(self._bids, self._bid_prices, bids)
        _merge(self._asks, self._ask_prices, asks)
        self._settle(sequence)

    def top(self, depth: int = SHOWN) -> Sides | None:
        """At most `depth` bids and asks, best first; None while not whole, empty on both sides, crossed or touching.

        A crossed book stays in place and heals with the updates that follow. One empty side is a thin market.
        """
        bid_prices, ask_prices = self._bid_prices, self._ask_prices
        if self.sequence is None or not (bid_prices or ask_prices):
            return None
        if bid_prices and ask_prices and bid_prices[-1] >= ask_prices[0]:
            return None
        best_bids, best_asks = bid_prices[: -depth - 1 : -1], ask_prices[:depth]
        return (
            tuple(zip(best_bids, map(self._bids.__getitem__, best_bids), strict=True)),
            tuple(zip(best_asks, map(self._asks.__getitem__, best_asks), strict=True)),
        )

    def _settle(self, sequence: int) -> None:
        self.sequence = sequence
        if len(self._bid_prices) > KEPT:
            _drop(self._bids, self._bid_prices, slice(-KEPT))
        if len(self._ask_prices) > KEPT:
            _drop(self._asks, self._ask_prices, slice(KEPT, None))


def shown(book: LocalBook, exchange: str, instrument: Instrument, at: int, seen: int) -> list[Result]:
    """What leaves a worker of a merged book: its top, or nothing while there is none that can be told."""
    top = book.top()
    return [] if top is None else [OrderBook(exchange, instrument, at, seen, *top, book.sequence)]


def whole(bids: list[Level], asks: list[Level], depth: int | None = SHOWN) -> Sides:
    """A book that the venue sends whole each time; no size may be 0. None for `depth` is all of it.

    The lists are put in order where they are. RemoteNonsense when both are empty, or they cross or touch: there is no
    change to come that would mend it.
    """
    bids.sort(reverse=True)
    asks.sort()
    if bids and asks:
        if bids[0][0] >= asks[0][0]:
            raise RemoteNonsense("crossed book")
    elif not bids and not asks:
        raise RemoteNonsense("empty book")
    if depth is not None:
        bids, asks = bids[:depth], asks[:depth]
    return tuple(bids), tuple(asks)


def _merge(sizes: dict[float, float], prices: list[float], levels: Iterable[Level]) -> None:
    """Most updates change the size of a level that is there, which costs one lookup and no search."""
    for price, size in levels:
        if size:
            if price not in sizes:
                insort(prices, price)
            sizes[price] = size
        elif sizes.pop(price, None) is not None:
            del prices[bisect_left(prices, price)]


def _drop(sizes: dict[float, float], prices: list[float], far: slice) -> None:
    for price in prices[far]:
        del sizes[price]
    del prices[far]
