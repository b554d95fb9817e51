"""What faults do to the data frames of one connection: some are left out, some come twice, some are nonsense."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from scanner.sim.garble import Garbler
from scanner.sim.venues.base import Frame

SKIP_EVERY = 23
"""Often enough that sequences break within a second or two, and prime, so that it is not always the same stream of a
round that loses; seldom enough that a client that mends each book does not use up its hour's requests in a minute."""
_TWICE = 2


class Damage:
    """Done to batches in the order in which they are sent. `active` tells which faults have their time."""

    def __init__(self, active: Callable[[str], bool]) -> None:
        self._active = active
        self._garbler = Garbler()
        self._turn = count(1)

    def done_to(self, frames: Sequence[Frame]) -> Sequence[Frame]:
        """The batch as it is to be sent; the very same one while all is well."""
        for fault, change in (
            ("skip-sequence", self._thinned),
            ("duplicate", _doubled),
            ("garble", self._garbler.mix),
        ):
            if self._active(fault):
                frames = change(frames)
        return frames

    def _thinned(self, frames: Sequence[Frame]) -> list[Frame]:
        return [frame for frame in frames if next(self._turn) % SKIP_EVERY]


def _doubled(frames: Sequence[Frame]) -> list[Frame]:
    return [frame for frame in frames for _ in range(_TWICE)]
