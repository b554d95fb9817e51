"""Many names in few messages, each of a size that the venue takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import inf


def batches(
    names: Iterable[str], most: int, room: float = inf, size_of: Callable[[str], int] = len
) -> Iterator[list[str]]:
    """The names in order, at most `most` at a time and of `room` together, as `size_of` counts each; none for none.

    A name that is larger than the room goes alone.
    """
    batch: list[str] = []
    used = 0
    for name in names:
        size = size_of(name)
        if batch and (len(batch) == most or used + size > room):
            yield batch
            batch, used = [], 0
        batch.append(name)
        used += size
    if batch:
        yield batch
