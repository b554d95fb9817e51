"""The catalogue of a capture: exactly the markets in it, with prices from their frames, and no other history."""

from __future__ import annotations

from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.candles import MINUTE_MS, Bar
from scanner.sim.capture import Capture
from scanner.sim.captures.base import Shot
from scanner.sim.ledger import Fill, Summary
from scanner.sim.listing import Entry

_TURNOVER_24H = 1_000_000_000.0
"""A capture does not say; what matters is that every market has some."""
_MS = 1_000


class RecordedMarket:
    """What the REST side shows of a capture."""

    def __init__(self, capture: Capture) -> None:
        self._at_ms: dict[Instrument, int] = {}
        self._prices: dict[Instrument, float] = {}
        self._shots = {
            capture.instruments[code]: shot for code, shot in capture.shots.items() if code in capture.instruments
        }
        for one in capture.recorded:
            instrument = capture.instruments.get(one.key[1])
            if instrument is None:
                continue  # an all-market stream
            self._at_ms[instrument] = int(one.at_s * _MS)
            if one.price is not None:
                self._prices[instrument] = one.price
            if one.continues is not None:
                self._shots.setdefault(instrument, Shot(one.continues))

    @property
    def entries(self) -> list[Entry]:
        """The markets of the capture, in the order in which they appear."""
        return [Entry(instrument, instrument.base, instrument.base) for instrument in self._at_ms]

    def ticker(self, instrument: Instrument) -> Summary:
        """The last price of the capture, as if nothing else had ever happened."""
        price = self._price(instrument)
        fill = Fill(instrument, self._at_ms[instrument], 0, 0, price, 1.0, "buy")
        volume = _TURNOVER_24H / price
        return Summary(
            fill, price, price, price, price, volume, _TURNOVER_24H, volume / 2, volume / 2, volume, _TURNOVER_24H
        )

    def changed_ms(self, instrument: Instrument) -> int:
        """The sequence of the recorded book, else of the moment before the first change, else the last frame's time."""
        shot = self._shots.get(instrument)
        return self._at_ms[instrument] if shot is None else shot.sequence

    def book(self, instrument: Instrument, at_ms: int | None = None, depth: int = 30) -> Book:
        """At `changed_ms` the recorded book in all its depth, which may be none; now, at least the price on both sides.

        Whole books come over the socket, and what is shown here of the present is only a stand-in.
        """
        del depth  # levels below it would be missing when what is above them is taken away
        shot = self._shots.get(instrument, Shot(0))
        if at_ms is not None:
            return Book(at_ms, shot.bids, shot.asks)
        level = (self._price(instrument), 1.0)
        return Book(self._at_ms[instrument], shot.bids or (level,), shot.asks or (level,))

    def candles(
        self, instrument: Instrument, count: int, to_ms: int | None = None, unit_ms: int = MINUTE_MS
    ) -> list[Bar]:
        """None."""
        del instrument, count, to_ms, unit_ms
        return []

    def trades(self, instrument: Instrument, count: int) -> list[Fill]:
        """None: trades come over the socket only."""
        del instrument, count
        return []

    def _price(self, instrument: Instrument) -> float:
        """From its frames, else from its recorded book, else one of everything."""
        bids = self._shots.get(instrument, Shot(0)).bids
        return self._prices.get(instrument) or (bids[0][0] if bids else 1.0)
