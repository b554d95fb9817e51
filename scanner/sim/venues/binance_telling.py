"""Market data from Binance: trades and best prices as they come, everything else at the pace of its stream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill
from scanner.sim.market import BookChange, Happening, SimulatedMarket
from scanner.sim.venues.base import Frame
from scanner.sim.venues.binance_desk import BinanceDesk, name_of
from scanner.sim.venues.binance_words import INTERVALS, BinanceWords, Payload, aggregated, code_of
from scanner.sim.venues.depth import Depth

BOOK_LEVELS = 30
"""A book's depth on each side, by REST and as differences alike: only then do they fit."""

DEPTHS = {"depth": 1_000, "depth@1000ms": 1_000, "depth@100ms": 100}
PARTIALS = {
    f"depth{n}{pace}": ms for n in (5, 10, 20) for pace, ms in (("", 1_000), ("@1000ms", 1_000), ("@100ms", 100))
}
CANDLES = {f"kline_{interval}": 1_000 if interval == "1s" else 2_000 for interval in INTERVALS}
TICKERS = {"!miniTicker@arr": 1_000, "miniTicker": 1_000}
PACES = DEPTHS | PARTIALS | CANDLES | TICKERS
"""Kinds of streams and the milliseconds between two frames of one of them."""


Carries = Callable[[str], bool]


class BinanceTeller:
    """Tells one connection what its desk has noted down, as far as its line `carries` that kind of stream at all."""

    def __init__(
        self,
        market: SimulatedMarket,
        desk: BinanceDesk,
        words: BinanceWords | None = None,
        carries: Carries = lambda _: True,
    ) -> None:
        self._market = market
        self._desk = desk
        self._words = words or BinanceWords(desk.unit)
        self._carries = carries
        self._live: dict[str, dict[Instrument, str]] = {}
        """Kind → market → the name it was asked for by."""
        self._depths = {kind: Depth(market, BOOK_LEVELS) for kind in DEPTHS}
        self._tops: dict[Instrument, tuple[Level, Level]] = {}
        self._news: dict[str, dict[Instrument, BookChange | None]] = {kind: {} for kind in PACES}
        """What has happened since a paced stream was last told."""
        self._slots: dict[int, int] = {}
        self._running: dict[tuple[str, Instrument], int] = {}
        """Candle stream and market → start of the bar that was last told unfinished."""
        self._follow()

    def snapshots(self) -> list[Frame]:
        """Nothing: news only, from now on."""
        self._follow()
        return []

    def books(self) -> Collection[Instrument]:
        """Whose book changes this connection wants to hear of."""
        kinds = ("bookTicker", *DEPTHS, *PARTIALS)
        return {instrument for kind in kinds for instrument in self._live.get(kind, ())}

    def tell(self, happenings: Iterable[Happening]) -> list[Frame]:
        """Trades, then best prices, then whatever is due."""
        if not self._live:
            return []
        fills: dict[Instrument, list[Fill]] = {}
        changes: list[BookChange] = []
        for happening in happenings:
            if isinstance(happening, Fill):
                fills.setdefault(happening.instrument, []).append(happening)
            else:
                changes.append(happening)
        frames = [frame for each in fills.values() for frame in self._trades(each)]
        frames += [frame for change in changes for frame in self._top(change)]
        self._note(fills, changes)
        return frames + self._due()

    def _follow(self) -> None:
        """Take over what the desk has noted; a market that the venue does not know is met with silence."""
        known = {code_of(listing.instrument).lower(): listing.instrument for listing in self._market.listings}
        before, self._live = self._live, {}
        for kind, code in filter(lambda key: self._carries(key[0]), self._desk.streams):
            if not code:
                self._live[kind] = {}
            elif code in known:
                self._live.setdefault(kind, {})[known[code]] = name_of((kind, code))
        for kind, depth in self._depths.items():
            now, then = self._live.get(kind, {}).keys(), before.get(kind, {}).keys()
            for instrument in then - now:
                depth.forget(instrument)
            for instrument in now - then:
                depth.snapshot(instrument)

    # ---- at once

    def _trades(self, fills: list[Fill]) -> list[Frame]:
        instrument, now_ms = fills[0].instrument, self._market.now_ms
        frames = []
        if name := self._name("aggTrade", instrument):
            frames += [self._desk.wrap(name, self._words.aggregate(taken, now_ms)) for taken in aggregated(fills)]
        if name := self._name("trade", instrument):
            frames += [self._desk.wrap(name, self._words.trade(fill, now_ms)) for fill in fills]
        return frames

    def _top(self, change: BookChange) -> list[Frame]:
        """Only when the best of one side is another one now."""
        name = self._name("bookTicker", change.instrument)
        if not name:
            return []
        book = self._market.book(change.instrument, change.at_ms, 1)
        best = book.bids[0], book.asks[0]
        if self._tops.get(change.instrument) == best:
            return []
        self._tops[change.instrument] = best
        return [self._desk.wrap(name, self._words.top(change.instrument, book))]

    # ---- at a pace

    def _note(self, fills: Iterable[Instrument], changes: Iterable[BookChange]) -> None:
        for kind, live in self._live.items():
            if kind in DEPTHS or kind in PARTIALS:
                self._news[kind].update((each.instrument, each) for each in changes if each.instrument in live)
            elif kind == "!miniTicker@arr":
                self._news[kind].update(dict.fromkeys(fills))
            elif kind in PACES:
                self._news[kind].update((instrument, None) for instrument in fills if instrument in live)

    def _due(self) -> list[Frame]:
        frames: list[Frame] = []
        now_ms = self._market.now_ms
        for pace in sorted({PACES[kind] for kind in self._live if kind in PACES}):
            if self._slots.get(pace) == now_ms // pace:
                continue
            self._slots[pace] = now_ms // pace
            for kind in [kind for kind in self._live if PACES.get(kind) == pace]:
                news, self._news[kind] = self._news[kind] | dict.fromkeys(self._ended(kind)), {}
                frames += self._paced(kind, news)
        return frames

    def _paced(self, kind: str, news: dict[Instrument, BookChange | None]) -> list[Frame]:
        if kind == "!miniTicker@arr":
            rows = [self._mini_ticker(instrument) for instrument in news]
            return [self._desk.wrap(kind, rows)] if rows else []
        payloads = [(instrument, payload) for instrument in news for payload in self._payloads(kind, instrument, news)]
        return [self._desk.wrap(self._name(kind, instrument), payload) for instrument, payload in payloads]

    def _payloads(self, kind: str, instrument: Instrument, news: dict[Instrument, BookChange | None]) -> list[Payload]:
        change = news[instrument]
        if kind in DEPTHS and change is not None:
            told = self._depths[kind].change(change)
            return [] if told is None else [self._words.depth(told, self._market.now_ms)]
        if kind in PARTIALS and change is not None:
            depth = int(kind.removeprefix("depth").partition("@")[0])
            return [self._words.partial(self._market.book(instrument, change.at_ms, depth))]
        if kind in CANDLES:
            return self._candles(instrument, kind)
        return [self._mini_ticker(instrument)]

    def _mini_ticker(self, instrument: Instrument) -> Payload:
        return self._words.mini_ticker(instrument, self._market.ticker(instrument), self._market.now_ms)

    def _candles(self, instrument: Instrument, kind: str) -> list[Payload]:
        """The present bar, after the one that was last told unfinished."""
        now_ms, interval = self._market.now_ms, kind.removeprefix("kline_")
        length = INTERVALS[interval]
        since = self._running.pop((kind, instrument), now_ms - now_ms % length)
        bars = self._market.candles(instrument, 2, unit_ms=length)
        fresh = [bar for bar in reversed(bars) if bar.start_ms >= since]
        if fresh and fresh[-1].start_ms + length > now_ms:
            self._running[kind, instrument] = fresh[-1].start_ms
        inside = [self._inside(instrument, bar, length) for bar in fresh]
        pairs = zip(fresh, inside, strict=True)
        return [self._words.candle(instrument, bar, fills, interval, now_ms) for bar, fills in pairs]

    def _ended(self, kind: str) -> list[Instrument]:
        """Whose bar is over, though nobody has been told."""
        over_ms = self._market.now_ms - INTERVALS.get(kind.removeprefix("kline_"), 0)
        live = self._live[kind]
        return [one for (of, one), start in self._running.items() if of == kind and start <= over_ms and one in live]

    def _inside(self, instrument: Instrument, bar: Bar, length: int) -> list[Fill]:
        """Those of a bar's fills that the market remembers, oldest first."""
        fills = reversed(self._market.trades(instrument, 500))
        return [fill for fill in fills if bar.start_ms <= fill.at_ms < bar.start_ms + length]

    def _name(self, kind: str, instrument: Instrument) -> str:
        return self._live.get(kind, {}).get(instrument, "")
