"""One market's book by the venue's rule: wait for a snapshot while changes gather, merge, and see what is missing.

Each change says which updates it holds, `first` to `last`, and a snapshot which one was its last. They fit when no
number is left out between them; sizes are absolute, so that an overlap does no harm.
"""

from __future__ import annotations

from collections import deque

from scanner.exchanges.base import Fetch, Result, SessionBroken
from scanner.exchanges.binance.frames import DepthFrame, Snapshot
from scanner.exchanges.books import LocalBook, shown
from scanner.model.instrument import Instrument
from scanner.model.market import Gap

MOST_WAITING = 1_200
"""Changes kept while a snapshot is on its way: two minutes of them. Then the oldest go, and the snapshot has to be
newer than they were."""
MOST_TRIES = 10
"""Snapshots in a row that are older than the changes they were asked for: copies lag by moments, not for ever."""


class Depth:
    """Begins without a book, and asks for one when the first change shows that the market lives."""

    def __init__(self, exchange: str, instrument: Instrument, fetch: Fetch) -> None:
        self._exchange = exchange
        self._instrument = instrument
        self._fetch = fetch
        self._book = LocalBook()
        self._waiting: deque[tuple[DepthFrame, int, int]] = deque(maxlen=MOST_WAITING)
        self._tries = 0
        self._at = 0

    def change(self, frame: DepthFrame, at: int, seen: int) -> list[Result]:
        """The book with this change in it; a `Gap` and the wish for a new snapshot when one before it is missing."""
        sequence = self._book.sequence
        if sequence is None:
            return self._wait(frame, at, seen)
        if frame.last <= sequence:
            return []
        if frame.first > sequence + 1:
            self._book.clear()
            gap = Gap(self._exchange, "orderbook", (self._instrument,), self._at, seen, "sequence")
            return [gap, *self._wait(frame, at, seen)]
        self._book.update(frame.bids, frame.asks, frame.last)
        return self._show(at, seen)

    def snapshot(self, snapshot: Snapshot) -> list[Result]:
        """The book as it was then, and as it became with each change that waited; SessionBroken when it is always old.

        The venue says to ask again when the snapshot is older than the first change. Where it ends just before that
        change nothing is missing, so it is taken.
        """
        if not self._waiting:
            return []  # asked for in an earlier life of this book, which is whole by now or has nothing to add to
        if snapshot.sequence + 1 < self._waiting[0][0].first:
            return self._ask_again()
        self._tries = 0
        waiting, self._waiting = self._waiting, deque(maxlen=MOST_WAITING)
        self._book.replace(snapshot.bids, snapshot.asks, snapshot.sequence)
        held = [one for one in waiting if one[0].last <= snapshot.sequence] or [waiting[0]]
        _, at, seen = held[-1]  # it bears no time itself: that of the last change in it is the nearest there is
        results = self._show(at, seen)
        for frame, at, seen in waiting:
            results += self.change(frame, at, seen)
        return results

    def _wait(self, frame: DepthFrame, at: int, seen: int) -> list[Result]:
        self._waiting.append((frame, at, seen))
        return [self._fetch] if len(self._waiting) == 1 else []

    def _ask_again(self) -> list[Result]:
        self._tries += 1
        if self._tries >= MOST_TRIES:
            text = f"{MOST_TRIES} snapshots of {self._instrument} in a row are older than its changes"
            raise SessionBroken("stale_snapshot", text)
        return [self._fetch]

    def _show(self, at: int, seen: int) -> list[Result]:
        self._at = at
        return shown(self._book, self._exchange, self._instrument, at, seen)
