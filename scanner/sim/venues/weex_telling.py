"""Market data as WEEX tells it: trades in heaps, books in steps of half a second, the rest as it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from scanner.model.instrument import Instrument
from scanner.sim.ledger import Fill
from scanner.sim.market import BookChange, Happening, SimulatedMarket
from scanner.sim.venues import weex_words as words
from scanner.sim.venues.base import Frame
from scanner.sim.venues.depth import Depth
from scanner.sim.venues.weex_desk import DEPTHS, WeexDesk, interval_of

GRID_MS = 500
"""All that changed in a book in so long is told in one frame."""
PAST_TRADES = 20
_RECENT = 500


class WeexTeller:
    """Tells one connection what its desk has noted down. `dead` markets bring nothing, as those that are gone."""

    def __init__(self, market: SimulatedMarket, desk: WeexDesk, dead: Collection[str]) -> None:
        self.market = market
        self._desk = desk
        self._dead = dead
        self._depths = {stream: Depth(market, levels) for stream, levels in DEPTHS.items()}
        self._live: dict[str, dict[Instrument, None]] = {}
        self._changed: dict[Instrument, BookChange] = {}
        self._turn = 0

    def snapshots(self) -> list[Frame]:
        """What a new stream opens with; from now on `tell` tells the new set."""
        before = self._live
        self._live = {}
        listed = {words.code_of(entry.instrument): entry.instrument for entry in self.market.entries}
        for code in self._dead:
            listed.pop(code, None)
        for stream, code in self._desk.streams:
            if code in listed:
                self._live.setdefault(stream, {})[listed[code]] = None
        for stream, depth in self._depths.items():
            for instrument in before.get(stream, {}).keys() - self._live.get(stream, {}).keys():
                depth.forget(instrument)
        return [frame for stream, code in self._desk.news() for frame in self._opening(stream, code, listed.get(code))]

    def books(self) -> Collection[Instrument]:
        """Whose book changes this connection wants to hear of."""
        return {each for stream in (*DEPTHS, "bookTicker") for each in self._live.get(stream, ())}

    def tell(self, happenings: Iterable[Happening]) -> list[Frame]:
        """Trades, tops, tickers and bars of this step, and books when their time has come."""
        traded: dict[Instrument, list[Fill]] = {}
        changed: dict[Instrument, BookChange] = {}
        for happening in happenings:
            if isinstance(happening, Fill):
                traded.setdefault(happening.instrument, []).append(happening)
            else:
                changed[happening.instrument] = happening
        self._changed |= changed
        return [
            *self._trades(traded),
            *self._tops(changed),
            *self._books(),
            *self._tickers(traded),
            *self._bars(traded),
        ]

    def _opening(self, stream: str, code: str, instrument: Instrument | None) -> list[Frame]:
        if instrument is None:
            empty = words.depth_snapshot(code, (0, 0), DEPTHS.get(stream, 0), ((), ()), self.now_ms)
            return [empty] if stream in DEPTHS else []
        if stream in DEPTHS:
            sequence, book = self._depths[stream].snapshot(instrument)
            sides = book.bids, book.asks
            return [words.depth_snapshot(code, (sequence, sequence), DEPTHS[stream], sides, self.now_ms)]
        if stream == "trade":
            past = self.market.trades(instrument, PAST_TRADES)
            return [words.trades("tradeSnapshot", instrument, past, self.now_ms)]
        interval = interval_of(stream)
        return self._bar("klineSnapshot", instrument, interval) if interval else []

    def _trades(self, traded: dict[Instrument, list[Fill]]) -> list[Frame]:
        wanted = self._live.get("trade", {})
        return [
            words.trades("trade", instrument, fills, self.now_ms)
            for instrument, fills in traded.items()
            if instrument in wanted
        ]

    def _tops(self, changed: dict[Instrument, BookChange]) -> list[Frame]:
        wanted = self._live.get("bookTicker", {})
        return [
            words.top(instrument, self.market.book(instrument, change.at_ms, 1), self.now_ms)
            for instrument, change in changed.items()
            if instrument in wanted
        ]

    def _books(self) -> list[Frame]:
        turn = self.now_ms // GRID_MS
        if turn == self._turn:
            return []
        self._turn = turn
        changed, self._changed = self._changed, {}
        return [frame for stream in DEPTHS for each in changed.values() for frame in self._change(stream, each)]

    def _change(self, stream: str, change: BookChange) -> list[Frame]:
        """The ids overlap by one: each change begins where the last one ended."""
        new = self._depths[stream].change(change) if change.instrument in self._live.get(stream, {}) else None
        if new is None:
            return []
        ids, sides = (new.previous, new.sequence), (new.bids, new.asks)
        return [words.depth(new.instrument, ids, DEPTHS[stream], sides, self.now_ms)]

    def _tickers(self, traded: Iterable[Instrument]) -> list[Frame]:
        wanted = self._live.get("ticker", {})
        return [self.ticker(instrument) for instrument in traded if instrument in wanted]

    def ticker(self, instrument: Instrument) -> Frame:
        """A market in one line."""
        return words.ticker(instrument, self.market.ticker(instrument), self.now_ms)

    def _bars(self, traded: Iterable[Instrument]) -> list[Frame]:
        intervals = [(stream, interval) for stream in self._live if (interval := interval_of(stream))]
        return [
            frame
            for instrument in traded
            for stream, interval in intervals
            if instrument in self._live[stream]
            for frame in self._bar("kline", instrument, interval)
        ]

    def _bar(self, event: str, instrument: Instrument, interval: str) -> list[Frame]:
        bars = self.market.candles(instrument, 1, unit_ms=words.INTERVALS[interval])
        recent = self.market.trades(instrument, _RECENT)
        return [
            words.klines(
                event, instrument, interval, bar, [fill for fill in recent if fill.at_ms >= bar.start_ms], self.now_ms
            )
            for bar in bars
        ]

    @property
    def now_ms(self) -> int:
        """The market's time."""
        return self.market.now_ms
