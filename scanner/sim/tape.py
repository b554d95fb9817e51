"""A capture being played: every frame waits for somebody to subscribe to it, and is given away once."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush

from scanner.sim.capture import Recorded
from scanner.sim.venues.base import StreamKey


class Tape:
    """`speed` 0 plays as fast as frames are taken; otherwise that many times as fast as they were recorded."""

    def __init__(self, recorded: Sequence[Recorded], speed: float = 0.0) -> None:
        self._queues: dict[StreamKey, deque[Recorded]] = {}
        for one in recorded:
            self._queues.setdefault(one.key, deque()).append(one)
        self._speed = speed
        self._first_s = recorded[0].at_s
        self._began_s: float | None = None

    def begin(self, now_s: float) -> None:
        """The first subscription came: the first frame is due now."""
        if self._began_s is None:
            self._began_s = now_s

    def claim(self, keys: Collection[StreamKey]) -> Claim:
        """A way to take the frames of these streams, shared with whoever else wants them."""
        return Claim({key: self._queues[key] for key in keys if key in self._queues})

    def due_in(self, one: Recorded, now_s: float) -> float:
        """Seconds until this frame may be sent; 0 when it may."""
        if not self._speed or self._began_s is None:
            return 0.0
        return max(0.0, self._began_s + (one.at_s - self._first_s) / self._speed - now_s)


class Claim:
    """The frames of some streams in the order of the capture."""

    def __init__(self, queues: dict[StreamKey, deque[Recorded]]) -> None:
        self._queues = queues
        self._heads = [(queue[0].place, key) for key, queue in queues.items() if queue]
        heapify(self._heads)

    def peek(self) -> Recorded | None:
        """The next frame, which stays where it is; None when all are gone."""
        while self._heads:
            place, key = self._heads[0]
            queue = self._queues[key]
            if queue and queue[0].place == place:
                return queue[0]
            heappop(self._heads)  # somebody else took it
            if queue:
                heappush(self._heads, (queue[0].place, key))
        return None

    def take(self) -> Recorded:
        """Take what `peek` showed; nobody gets it again."""
        return self._queues[self._heads[0][1]].popleft()
