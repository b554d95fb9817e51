"""The order books of one conversation, by WEEX's rule: each change begins with the id the last one ended with.

That is an overlap of one, unlike Binance, where it is the id after it. A book that has lost its place is subscribed to
anew, for a subscription opens with a whole book.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

from scanner.exchanges.base import SessionBroken
from scanner.exchanges.books import LocalBook
from scanner.exchanges.weex.frames import BookFrame
from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND

MENDS = 24
"""Times in any hour that one connection mends its books, all that are broken then with two messages: half of the
operations it has. Who needs more is better served by a new connection, whose operations are counted from nought."""
MENDS_APART = 5 * SECOND
"""A book that breaks sooner after the last time waits for others, so that a bad minute does not use up the hour."""
STRAYS = 6
"""Changes without a book beneath them, three seconds of them, that may come before it: then the whole book itself must
have been lost, or could not be read."""
_HOUR = 3_600 * SECOND

Fate = Literal["told", "same", "stray", "broken"]
"""`same`: told before. `stray`: there is no whole book to change."""


class Books:
    """Whole books and broken ones."""

    def __init__(self) -> None:
        self._books: dict[Instrument, LocalBook] = {}
        self._times: dict[Instrument, int] = {}
        self._mends: deque[int] = deque(maxlen=MENDS)
        self._broken: dict[Instrument, None] = {}
        self._strays: dict[Instrument, int] = {}

    def keep(self, wanted: frozenset[Instrument]) -> None:
        """Forget all others."""
        for instrument in self._books.keys() - wanted:
            del self._books[instrument]
            self._times.pop(instrument, None)
            self._broken.pop(instrument, None)
            self._strays.pop(instrument, None)

    def of(self, instrument: Instrument) -> LocalBook:
        """The book of this one, empty at first."""
        return self._books.setdefault(instrument, LocalBook())

    def last_at(self, instrument: Instrument) -> int:
        """The venue's time of the last frame that was good, in nanoseconds; 0 when there was none."""
        return self._times.get(instrument, 0)

    def replace(self, instrument: Instrument, frame: BookFrame, at: int) -> bool:
        """Take a whole book; False for the empty one, with id 0, of a market that is no more."""
        if not (frame.last or frame.bids or frame.asks):
            return False
        self.of(instrument).replace(frame.bids, frame.asks, frame.last)
        self._times[instrument] = at
        self._broken.pop(instrument, None)
        self._strays.pop(instrument, None)
        return True

    def change(self, instrument: Instrument, frame: BookFrame, at: int) -> Fate:
        """Take a change; one that comes twice, or before its book, changes nothing."""
        book = self.of(instrument)
        if book.sequence is None:
            return "stray"
        if frame.last == book.sequence != frame.first:
            return "same"
        if frame.first != book.sequence:
            book.clear()
            self._broken[instrument] = None
            return "broken"
        book.update(frame.bids, frame.asks, frame.last)
        self._times[instrument] = at
        return "told"

    def stray(self, instrument: Instrument) -> None:
        """One more change came without a book; after enough of them it is as good as broken."""
        strays = self._strays[instrument] = self._strays.get(instrument, 0) + 1
        if strays == STRAYS:
            del self._strays[instrument]
            self._broken[instrument] = None

    def mend(self, seen: int) -> list[Instrument]:
        """Those to be subscribed to anew now, if it is time; SessionBroken when that has been too often of late."""
        if not self._broken or (self._mends and seen - self._mends[-1] < MENDS_APART):
            return []
        if len(self._mends) == MENDS and seen - self._mends[0] < _HOUR:
            raise SessionBroken("sequence", f"books broke {MENDS} times within an hour on one connection")
        self._mends.append(seen)
        broken, self._broken = self._broken, {}
        return list(broken)
