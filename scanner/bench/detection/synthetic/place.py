"""Where and when a scene is set."""

from __future__ import annotations

from msgspec import Struct

from scanner.model.moments import SECOND

MILLISECOND = 1_000_000
"""Venues stamp what happens with so many nanoseconds' precision."""


class Place(Struct, frozen=True):
    """A venue, and the moment at which the scanner begins to listen to it: second 0 of the scene."""

    exchange: str
    origin: int
    """Nanoseconds UTC."""
    name: str
    """Of the scene, its set and its seed: the beginning of the names of all its dice."""

    def moment(self, at_s: float) -> int:
        """A second of the scene as nanoseconds UTC, as precise as a venue's clock."""
        return self.origin + round(at_s * SECOND / MILLISECOND) * MILLISECOND
