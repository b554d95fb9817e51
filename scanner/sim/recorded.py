"""The catalogue of a capture: exactly the markets in it, with prices from their frames, and no other history."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.candles import MINUTE_MS, Bar
from scanner.sim.capture import Recorded
from scanner.sim.ledger import Fill, Summary
from scanner.sim.listing import Entry
from scanner.sim.options import CannotServe

_TURNOVER_24H = 1_000_000_000.0
"""A capture does not say; what matters is that every market has some."""


class RecordedMarket:
    """What the REST side shows of a capture."""

    def __init__(self, recorded: Sequence[Recorded]) -> None:
        self._last: dict[Instrument, Recorded] = {}
        for one in recorded:
            instrument = _instrument(one.key[1])
            if one.price is not None or instrument not in self._last:
                self._last[instrument] = one

    @property
    def entries(self) -> list[Entry]:
        """The markets of the capture, in the order in which they appear."""
        return [Entry(instrument, instrument.base, instrument.base) for instrument in self._last]

    def ticker(self, instrument: Instrument) -> Summary:
        """The last price of the capture, as if nothing else had ever happened."""
        last = self._last[instrument]
        price = last.price or 1.0
        fill = Fill(instrument, int(last.at_s * 1_000), 0, 0, price, 1.0, "buy")
        volume = _TURNOVER_24H / price
        return Summary(
            fill, price, price, price, price, volume, _TURNOVER_24H, volume / 2, volume / 2, volume, _TURNOVER_24H
        )

    def changed_ms(self, instrument: Instrument) -> int:
        """The time of its last frame."""
        return int(self._last[instrument].at_s * 1_000)

    def book(self, instrument: Instrument, at_ms: int | None = None, depth: int = 30) -> Book:
        """None: books come over the socket only."""
        del depth
        return Book(int(self._last[instrument].at_s * 1_000) if at_ms is None else at_ms, (), ())

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


def _instrument(code: str) -> Instrument:
    quote, _, base = code.partition("-")
    try:
        return Instrument.parse(f"{base}/{quote}")
    except ValueError as error:
        raise CannotServe(f"the capture names a market {code!r}: expected QUOTE-BASE such as KRW-BTC") from error
