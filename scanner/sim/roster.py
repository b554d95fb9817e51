"""Which markets a simulated venue has just now, and which of them are traded: it changes while the venue is open."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate

from msgspec.structs import replace

from scanner.model.instrument import Instrument
from scanner.sim.listing import Action, Entry, Listing, after, listings, newcomer

WHOLE = slice(None)


class Roster:
    """A venue's markets. Each keeps its index for ever, and is found under its name even when it is gone.

    With a `part` only those are listed, of all the venue has in the order of `listings`; each trades as it always does.
    """

    def __init__(self, exchange: str, seed: int, part: slice = WHOLE) -> None:
        self._exchange = exchange
        self._seed = seed
        everything = listings(exchange, seed)
        chosen = enumerate(everything[part])
        self.listed = self.everything = tuple(replace(listing, index=index) for index, listing in chosen)
        self._by_instrument = {listing.instrument: listing for listing in self.everything}
        self._catalogue = {listing.instrument: listing.entry for listing in self.everything}
        self.idle: frozenset[int] = frozenset()
        """Indexes of those that are not traded."""
        self._reach = list(accumulate(listing.trades_per_s for listing in self.everything))
        self._usual = [*accumulate(listing.trades_per_s for listing in everything)][-1]

    def __getitem__(self, instrument: Instrument) -> Listing:
        return self._by_instrument[instrument]

    @property
    def entries(self) -> list[Entry]:
        """The catalogue, suspended markets included."""
        return list(self._catalogue.values())

    @property
    def activity(self) -> float:
        """How much is traded, as a share of what all the venue's markets of the beginning trade."""
        return self._reach[-1] / self._usual

    def pick(self, draw: float) -> Listing:
        """One of those that are traded, the busier the likelier; `draw` is even in [0, 1)."""
        return self.everything[bisect(self._reach, draw * self._reach[-1], hi=len(self._reach) - 1)]

    def change(self, action: Action, instrument: Instrument) -> Listing:
        """Let it be listed (again), suspended, flagged, or gone.

        ValueError for a market that this venue cannot list, and for one that is not listed, unless it is to be.
        """
        if action != "list" and instrument not in self._catalogue:
            raise ValueError(f"{instrument} is not listed")
        listing = self._by_instrument.get(instrument) or self._add(instrument)
        entry = after(action, self._catalogue.pop(instrument, listing.entry))
        if entry is not None:
            self._catalogue[instrument] = entry
        self._settle()
        return listing

    def _add(self, instrument: Instrument) -> Listing:
        listing = newcomer(self._exchange, self._seed, instrument, len(self.everything))
        self.everything = (*self.everything, listing)
        self._by_instrument[instrument] = listing
        return listing

    def _settle(self) -> None:
        self.listed = tuple(one for one in self.everything if one.instrument in self._catalogue)
        traded = {entry.instrument for entry in self._catalogue.values() if not entry.suspended}
        self.idle = frozenset(one.index for one in self.everything if one.instrument not in traded)
        self._reach = list(accumulate(one.trades_per_s * (one.index not in self.idle) for one in self.everything))
