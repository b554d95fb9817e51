"""The course of one story's price as a picture can show it: what led to it, and a point a second from then on."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.model.news import Point

MOST = 360
"""Points of one sketch; more are thinned to half, so that the steps grow with the story. No picture shows more."""


class Sketch:
    """Begins with what is known of the last minutes."""

    def __init__(self, lead: Iterable[Point] = ()) -> None:
        self._points = list(lead)
        self._traded = 0.0

    @property
    def points(self) -> tuple[Point, ...]:
        """Oldest first."""
        return tuple(self._points)

    def add(self, at: int, price: float, traded: float) -> None:
        """The price at a moment, and what was traded since the story began."""
        if self._points and at <= self._points[-1][0]:  # a venue whose clock is ahead has drawn this moment already
            at = self._points[-1][0] + 1
        self._points.append((at, price, max(0.0, traded - self._traded)))
        self._traded = traded
        if len(self._points) > MOST:
            self._thin()

    def _thin(self) -> None:
        """Of two neighbours, the one that is further from where it all began: a peak is never lost."""
        origin = self._points[0][1]
        pairs = zip(self._points[1::2], self._points[2::2], strict=False)
        kept = [_further(one, other, origin) for one, other in pairs]
        rest = self._points[1 + 2 * len(kept) :]
        self._points = [self._points[0], *kept, *rest]


def _further(one: Point, other: Point, origin: float) -> Point:
    price = max(one[1], other[1], key=lambda price: abs(price - origin))
    return other[0], price, one[2] + other[2]
