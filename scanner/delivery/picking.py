"""Whose turn it is: the first that waits, a burst when it is over; and what its story's first message is called."""

from __future__ import annotations

import math
from collections.abc import Callable

from msgspec.structs import replace

from scanner.delivery.bursts import WINDOW
from scanner.delivery.parcel import Parcel, pack
from scanner.delivery.records import Records
from scanner.delivery.shelf import Shelf
from scanner.model.moments import SECOND
from scanner.store.outbox import Letter


class Picker:
    """Makes parcels of what waits for one receiver; `changed` is called when an answer of the store has come."""

    def __init__(
        self, shelf: Shelf, records: Records, *, durable: bool, clock: Callable[[], int], changed: Callable[[], None]
    ) -> None:
        self._shelf = shelf
        self._records = records
        self._durable = durable
        self._clock = clock
        self._changed = changed
        self._parcel: Parcel | None = None
        self._is_ready = False

    def pick(self, *, closing: bool) -> Parcel | float:
        """The next parcel, else the seconds until there may be one; at closing no burst is waited for."""
        if self._parcel is None and (wait := self._choose(closing=closing)):
            return wait
        if self._parcel is None or not self._is_ready:
            return math.inf
        parcel, self._parcel = self._parcel, None
        return parcel

    def _choose(self, *, closing: bool) -> float:
        first = self._shelf.hand.first()
        if first is None:
            return self._shelf.read_on()
        if first.group and not closing and (wait := self._until_complete(first)):
            return wait
        self._parcel = pack(self._shelf.letters(first))
        self._ask_for_earlier(self._parcel)
        return 0.0

    def _until_complete(self, first: Letter) -> float:
        """Seconds until a burst is over; none when it lies so far ahead that the clock must have been set back."""
        ahead = first.due - self._clock()
        if 0 < ahead <= WINDOW:
            return ahead / SECOND
        return 0.0 if self._shelf.is_whole(first.group) else math.inf

    def _ask_for_earlier(self, parcel: Parcel) -> None:
        self._is_ready = not (parcel.story and self._durable)
        if self._is_ready:
            return

        def then(reference: str) -> None:
            self._parcel = replace(parcel, earlier=reference)
            self._is_ready = True
            self._changed()

        self._records.reference(parcel.story, then)
