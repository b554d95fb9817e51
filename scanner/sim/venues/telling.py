"""Market data in the ticket family: which happenings a connection hears of, and in what order."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill, Summary
from scanner.sim.market import Happening, SimulatedMarket
from scanner.sim.venues.base import Frame
from scanner.sim.venues.desk import TicketDesk
from scanner.sim.venues.spelling import code_of
from scanner.sim.venues.tickets import Stream

SECOND_MS = 1_000
CANDLES: dict[str, int] = {"candle.1s": SECOND_MS} | {
    f"candle.{minutes}m": minutes * 60_000 for minutes in (1, 3, 5, 10, 15, 30, 60, 240)
}
"""Candle streams of the family and the length of their bars in milliseconds."""


class Words(Protocol):
    """How one venue says each thing: an object ready to be encoded, or None where it stays silent."""

    def trade(self, fill: Fill, summary: Summary, top: Book, kind: str, at_ms: int, form: str) -> dict[str, object]:
        """One execution; `top` is the book just after it, `kind` SNAPSHOT or REALTIME, `at_ms` the time of sending."""
        ...

    def ticker(self, instrument: Instrument, summary: Summary, kind: str, at_ms: int, form: str) -> dict[str, object]:
        """A market in one line."""
        ...

    def orderbook(
        self, instrument: Instrument, book: Book, stream: Stream, kind: str, form: str
    ) -> dict[str, object] | None:
        """A whole book; None when the venue has no such grouping."""
        ...

    def candle(self, instrument: Instrument, bar: Bar, stream: str, kind: str, form: str) -> dict[str, object]:
        """A bar as far as it has grown."""
        ...


class TicketTeller:
    """Tells one connection what its desk has noted down."""

    def __init__(self, words: Words, market: SimulatedMarket, desk: TicketDesk) -> None:
        self._words = words
        self._market = market
        self._desk = desk
        self._live: dict[str, dict[Instrument, Stream]] = {}
        self._candles: dict[Instrument, list[Stream]] = {}
        self._grown: dict[Instrument, None] = {}
        self._second = 0

    def snapshots(self) -> list[Frame]:
        """One frame for each stream that wants its present state; from now on `tell` tells the new set."""
        self._live = {"trade": {}, "ticker": {}, "orderbook": {}}
        self._candles.clear()
        self._grown.clear()
        listed = {code_of(listing.instrument): listing.instrument for listing in self._market.listings}
        frames: list[Frame] = []
        for stream in self._desk.wanted:
            instrument = listed.get(stream.code)
            if instrument is None:
                continue  # the venues say nothing about a market they do not know
            if stream.realtime:
                self._follow(stream, instrument)
            if stream.snapshot:
                frames += self._snapshot(stream, instrument)
        return frames

    def books(self) -> Collection[Instrument]:
        """Whose book changes this connection wants to hear of."""
        return self._live.get("orderbook", {}).keys()

    def tell(self, happenings: Iterable[Happening]) -> list[Frame]:
        """Trades and books as they came, then one ticker for each market that traded, then bars once a second."""
        if not self._live:
            return []
        trades, books = self._live["trade"], self._live["orderbook"]
        traded: dict[Instrument, None] = {}
        frames: list[Frame] = []
        for happening in happenings:
            instrument = happening.instrument
            if type(happening) is Fill:
                traded[instrument] = None
                if instrument in trades:
                    frames.append(self._trade(happening, "REALTIME"))
            elif instrument in books:
                frames += self._book(instrument, books[instrument], happening.at_ms, "REALTIME")
        frames += [self._ticker(instrument, "REALTIME") for instrument in traded if instrument in self._live["ticker"]]
        return frames + self._bars(traded)

    def _follow(self, stream: Stream, instrument: Instrument) -> None:
        if stream.type in CANDLES:
            self._candles.setdefault(instrument, []).append(stream)
        else:
            self._live[stream.type][instrument] = stream

    def _snapshot(self, stream: Stream, instrument: Instrument) -> list[Frame]:
        if stream.type == "trade":
            return [self._trade(self._market.ticker(instrument).last, "SNAPSHOT")]
        if stream.type == "ticker":
            return [self._ticker(instrument, "SNAPSHOT")]
        if stream.type == "orderbook":
            return self._book(instrument, stream, self._market.now_ms, "SNAPSHOT")
        return self._candle(instrument, stream.type, "SNAPSHOT")

    def _trade(self, fill: Fill, kind: str) -> Frame:
        summary = self._market.ticker(fill.instrument)
        top = self._market.book(fill.instrument, fill.at_ms, 1)
        return self._encode(self._words.trade(fill, summary, top, kind, self._market.now_ms, self._desk.form))

    def _ticker(self, instrument: Instrument, kind: str) -> Frame:
        summary = self._market.ticker(instrument)
        return self._encode(self._words.ticker(instrument, summary, kind, self._market.now_ms, self._desk.form))

    def _book(self, instrument: Instrument, stream: Stream, at_ms: int, kind: str) -> list[Frame]:
        book = self._market.book(instrument, at_ms, stream.depth)
        message = self._words.orderbook(instrument, book, stream, kind, self._desk.form)
        return [] if message is None else [self._encode(message)]

    def _bars(self, traded: Iterable[Instrument]) -> list[Frame]:
        """At most one frame a second, and only for bars that a trade has changed."""
        self._grown.update((instrument, None) for instrument in traded if instrument in self._candles)
        second = self._market.now_ms // SECOND_MS
        if second == self._second:
            return []
        self._second = second
        grown, self._grown = self._grown, {}
        return [
            frame
            for instrument in grown
            for stream in self._candles[instrument]
            for frame in self._candle(instrument, stream.type, "REALTIME")
        ]

    def _candle(self, instrument: Instrument, stream: str, kind: str) -> list[Frame]:
        bars = self._market.candles(instrument, 1, unit_ms=CANDLES[stream])
        return [self._encode(self._words.candle(instrument, bar, stream, kind, self._desk.form)) for bar in bars]

    def _encode(self, message: dict[str, object]) -> Frame:
        return self._desk.encode([message] if self._desk.form.endswith("_LIST") else message)
