"""Bars as OKX tells them: at most once a second, and once more when they are final."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.model.instrument import Instrument
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.base import Frame
from scanner.sim.venues.okx_desk import CANDLES
from scanner.sim.venues.okx_words import candle, push


class Bars:
    """One connection's bars."""

    def __init__(self, market: SimulatedMarket) -> None:
        self._market = market
        self.grown: dict[Instrument, None] = {}
        """Traded since bars were told last."""
        self.told: dict[tuple[str, Instrument], int] = {}
        """Start of the bar that was told last."""

    def tell(self, wanted: Mapping[str, Iterable[Instrument]]) -> list[Frame]:
        """Those of the markets that traded; `wanted` lists markets by channel."""
        grown, self.grown = self.grown, {}
        return [
            frame
            for channel in CANDLES
            for instrument in wanted[channel]
            if instrument in grown
            for frame in self.bar(channel, instrument)
        ]

    def bar(self, channel: str, instrument: Instrument) -> list[Frame]:
        """The present bar. The one before, final now, comes with it in one push or, every other time, in its own."""
        bars = self._market.candles(instrument, 2, unit_ms=CANDLES[channel])
        if not bars:
            return []
        told, self.told[channel, instrument] = self.told.get((channel, instrument)), bars[0].start_ms
        rows = [candle(bar, final=True) for bar in bars[1:] if bar.start_ms == told]
        rows.append(candle(bars[0], final=False))
        apart = bars[0].start_ms // CANDLES[channel] % 2
        return [push(channel, instrument, part) for part in ([[row] for row in rows] if apart else [rows])]
