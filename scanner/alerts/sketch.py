"""The course of one story's price as a picture can show it: what led to it, and a point a second from then on."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from scanner.model.news import Point

MOST = 360
"""Points of one sketch; more are thinned to half, so that the steps grow with the story. No picture shows more."""


class Sketch:
    """Begins with what is known of the last minutes.

    Columns of plain numbers: as values of their own the points of a busy night's stories would be most of the memory.
    """

    __slots__ = ("_amounts", "_moments", "_prices", "_traded")

    def __init__(self, lead: Iterable[Point] = ()) -> None:
        self._moments, self._prices, self._amounts = array("q"), array("d"), array("d")
        for point in lead:
            self._append(point)
        self._traded = 0.0

    @property
    def points(self) -> tuple[Point, ...]:
        """Oldest first."""
        return tuple(zip(self._moments, self._prices, self._amounts, strict=True))

    def add(self, at: int, price: float, traded: float) -> None:
        """The price at a moment, and what was traded since the story began."""
        if self._moments and at <= self._moments[-1]:  # a venue whose clock is ahead has drawn this moment already
            at = self._moments[-1] + 1
        self._append((at, price, max(0.0, traded - self._traded)))
        self._traded = traded
        if len(self._moments) > MOST:
            self._thin()

    def _append(self, point: Point) -> None:
        at, price, amount = point
        self._moments.append(at)
        self._prices.append(price)
        self._amounts.append(amount)

    def _thin(self) -> None:
        """Of two neighbours, the one that is further from where it all began: a peak is never lost."""
        first, *points = self.points
        pairs = zip(points[::2], points[1::2], strict=False)
        kept = [_further(one, other, first[1]) for one, other in pairs]
        rest = points[2 * len(kept) :]
        self._moments, self._prices, self._amounts = array("q"), array("d"), array("d")
        for point in (first, *kept, *rest):
            self._append(point)


def _further(one: Point, other: Point, origin: float) -> Point:
    price = max(one[1], other[1], key=lambda price: abs(price - origin))
    return other[0], price, one[2] + other[2]
