"""The two sets of scenes: which kinds are staged in which scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Literal

from msgspec import Struct

from scanner.bench.detection.synthetic import negatives, positives
from scanner.bench.detection.synthetic.act import Kind

Which = Literal["standard", "hard"]


class Programme(Struct, frozen=True):
    """What a set of scenes is made of."""

    scenes: int
    """So many that F1 varies by no more than about 0.01 from seed to seed."""
    positives: Mapping[str, Kind]
    shown: int
    """So many positives a scene, in turn …"""
    negatives: Mapping[str, Kind]
    avoided: int
    """… and so many negatives, in turn."""
    swings_every: int
    """In each scene of so many the whole market moves, which is one negative more."""

    def bill(self, number: int) -> Iterator[tuple[str, Kind]]:
        """The names and kinds that are staged in a scene, counted from 0, beside the market's own move."""
        yield from _turn(self.positives, self.shown, number)
        yield from _turn(self.negatives, self.avoided, number)

    def swings(self, number: int) -> bool:
        """Whether the whole market moves in a scene."""
        return number % self.swings_every == 0


def _turn(table: Mapping[str, Kind], count: int, number: int) -> Iterator[tuple[str, Kind]]:
    """The `number`th handful of a table that is gone through again and again."""
    first = number * count % len(table)
    return islice(cycle(table.items()), first, first + count)


PROGRAMMES: Mapping[Which, Programme] = {
    "standard": Programme(40, positives.ORDINARY, 4, negatives.HARD, 4, swings_every=3),
    "hard": Programme(60, positives.HARD, 3, negatives.HARD, 4, swings_every=3),
}
