"""Books that come as differences: gathered until a REST snapshot fits among them, then merged one after another.

Versions number the changes of a book. A message tells all those from `first` to `last`, and follows the one before it
without a hole. Sizes are absolute, so what is told twice does no harm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from msgspec import Struct

from scanner.exchanges.base import Fetch, RemoteNonsense, Result
from scanner.exchanges.books import LocalBook, shown
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Level, OrderBook

WAITING = 1_000
"""Messages of one book that wait for its snapshot: 100 s of the busiest one, far more than a REST call may take. Then
the oldest go, and a snapshot that does not fit what is left is asked for again."""


class Change(Struct, gc=False):
    """One message."""

    at: int
    seen: int
    first: int
    last: int
    bids: list[Level]
    asks: list[Level]


class Merging:
    """One instrument's book."""

    def __init__(self, exchange: str, instrument: Instrument, snapshot: Fetch) -> None:
        self._exchange = exchange
        self._instrument = instrument
        self._ask = snapshot
        self._asked = False
        self._book = LocalBook()
        self._fresh = False
        """Nothing has been merged into the snapshot yet: the first message may begin before it."""
        self._waiting: deque[Change] = deque(maxlen=WAITING)
        self._whole_at = 0

    def change(self, change: Change) -> list[Result]:
        """The book with this in it; a snapshot's request while it is not whole; a `Gap` where something is missing."""
        sequence = self._book.sequence
        if sequence is None:
            self._waiting.append(change)
            return self._fetch()
        if change.last <= sequence:
            return []
        if change.first > sequence + 1 or (change.first <= sequence and not self._fresh):
            return [self._gap(change), *self._fetch()]
        self._fresh = False
        self._book.update(change.bids, change.asks, change.last)
        return self._shown(change)

    def snapshot(self, version: int, bids: Iterable[Level], asks: Iterable[Level]) -> list[Result]:
        """Begin with this, and merge what waits; RemoteNonsense when it is too old, so that it is asked for again.

        It has no time of its own: what is shown bears the times of the last message, which it is as new as.
        """
        if not self._asked:
            return []
        newer = next((change for change in self._waiting if change.last > version), None)
        if newer is not None and newer.first > version + 1:
            raise RemoteNonsense(f"the snapshot of {self._instrument} is older than its stream")
        waiting, self._waiting = self._waiting, deque(maxlen=WAITING)
        self._asked, self._fresh = False, True
        self._book.replace(bids, asks, version)
        told = self._shown(waiting[-1])
        for change in waiting:
            if news := self.change(change):  # of the books on the way only the last is worth showing
                told = [*(one for one in told if type(one) is not OrderBook), *news]
        return told

    def _fetch(self) -> list[Result]:
        if self._asked:
            return []
        self._asked = True
        return [self._ask]

    def _gap(self, change: Change) -> Gap:
        self._book.clear()
        self._waiting.append(change)
        return Gap(self._exchange, "orderbook", (self._instrument,), self._whole_at, change.seen, "sequence")

    def _shown(self, change: Change) -> list[Result]:
        told = shown(self._book, self._exchange, self._instrument, change.at, change.seen)
        if told:
            self._whole_at = change.at
        return told
