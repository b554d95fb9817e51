"""Market data as OKX tells it: each channel at its own pace, books as changes that name the number before them.

{"arg":{"channel":"books","instId":"SUI-USDT"},"action":"update","data":[{"asks":[["3.1522","0","0","0"]],
 "bids":[["3.1507","640.25","0","2"]],"ts":"1790000000950","checksum":0,"prevSeqId":1790000000842,
 "seqId":1790000000950}]}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.books import Book
from scanner.sim.ledger import Fill
from scanner.sim.market import BookChange, Happening, SimulatedMarket
from scanner.sim.venues.base import Frame, StreamKey
from scanner.sim.venues.depth import Depth
from scanner.sim.venues.okx_bars import Bars
from scanner.sim.venues.okx_desk import CANDLES, OkxDesk
from scanner.sim.venues.okx_words import code_of, joined, levels, push, ticker

LEVELS, FEW = 400, 5
"""Of `books` and of `books5`."""
PACE_MS = {"bbo-tbt": 10, "books": 100, "books5": 100, "tickers": 100}
"""A channel tells a market at most so often, and in this order."""
BOOKS = ("bbo-tbt", "books", "books5")
QUIET_MS = 60_000
"""A book that has not changed for so long is told again."""
SECOND_MS = 1_000
_RECENT = 20
"""Fills of one order at one price are never so many."""


class OkxTeller:
    """Tells one connection what its desk has confirmed."""

    def __init__(self, market: SimulatedMarket, desk: OkxDesk) -> None:
        self._market = market
        self._desk = desk
        self._depth = Depth(market, LEVELS)
        self._wanted: dict[str, dict[Instrument, None]] = {channel: {} for channel in (*PACE_MS, "trades", *CANDLES)}
        self._due: dict[str, dict[Instrument, BookChange | None]] = {channel: {} for channel in PACE_MS}
        """What has changed and was not told yet; the latest change of a book."""
        self._told_ms: dict[tuple[str, Instrument], int] = {}
        self._numbers: dict[Instrument, int] = {}
        self._shown: dict[tuple[str, Instrument], tuple[tuple[Level, ...], ...]] = {}
        self._bars = Bars(market)
        self._second = 0
        self._speak: dict[str, Callable[[Instrument, BookChange | None], list[Frame]]] = {
            "bbo-tbt": lambda instrument, change: self._whole("bbo-tbt", instrument, change, 1),
            "books": self._change,
            "books5": lambda instrument, change: self._whole("books5", instrument, change, FEW),
            "tickers": lambda instrument, _: [self._ticker(instrument)],
        }

    def snapshots(self) -> list[Frame]:
        """The state of each stream that is new; those that are gone are forgotten, the others simply go on."""
        asked = self._asked()
        for channel, instruments in self._wanted.items():
            for instrument in [one for one in instruments if (channel, one) not in asked]:
                self._forget(channel, instrument)
        new = [(channel, one) for channel, one in asked if one not in self._wanted[channel]]
        for channel, instrument in new:
            self._wanted[channel][instrument] = None
        return [frame for channel, instrument in new for frame in self._snapshot(channel, instrument)]

    def books(self) -> Collection[Instrument]:
        """Whose book changes this connection wants to hear of."""
        return {instrument for channel in BOOKS for instrument in self._wanted[channel]}

    def tell(self, happenings: Iterable[Happening]) -> list[Frame]:
        """Trades as they came, then what else is due, then bars and quiet books once a second."""
        happenings = list(happenings)
        frames = [push("trades", fills[0].instrument, [joined(fills)]) for fills in self._orders(happenings)]
        for happening in happenings:
            self._note(happening)
        for channel in PACE_MS:
            frames += self._tell_due(channel)
        second = self._market.now_ms // SECOND_MS
        if second != self._second:
            self._second = second
            frames += self._bars.tell(self._wanted) + self._tell_quiet()
        return frames

    def _asked(self) -> dict[tuple[str, Instrument], None]:
        by_code = {code_of(entry.instrument): entry.instrument for entry in self._market.entries}
        known: list[StreamKey] = [key for key in self._desk.streams if key[1] in by_code]
        return {(channel, by_code[code]): None for channel, code in known}

    def _forget(self, channel: str, instrument: Instrument) -> None:
        del self._wanted[channel][instrument]
        for memory in (self._told_ms, self._shown, self._bars.told):
            memory.pop((channel, instrument), None)
        self._due.get(channel, {}).pop(instrument, None)
        if channel == "books":
            self._depth.forget(instrument)
            del self._numbers[instrument]

    # ---- what is told first

    def _snapshot(self, channel: str, instrument: Instrument) -> list[Frame]:
        """A trade that may be old, the present bar, price or book."""
        if channel == "trades":
            fills = self._market.trades(instrument, _RECENT)[::-1]
            return [push(channel, instrument, [joined(order)]) for order in self._orders(fills)[-1:]]
        if channel in CANDLES:
            return self._bars.bar(channel, instrument)
        self._told_ms[channel, instrument] = self._market.now_ms
        if channel == "books":
            return [self._first_book(instrument)]
        return self._speak[channel](instrument, None)

    def _first_book(self, instrument: Instrument) -> Frame:
        number, book = self._depth.snapshot(instrument)
        self._numbers[instrument] = number
        return push("books", instrument, [_row(book.bids, book.asks, book.at_ms, -1, number)], "snapshot")

    # ---- what happens

    def _orders(self, happenings: Iterable[Happening]) -> list[list[Fill]]:
        """Fills of one order at one price together; fills of an order have consecutive numbers."""
        groups: list[list[Fill]] = []
        for one in happenings:
            if type(one) is not Fill or one.instrument not in self._wanted["trades"]:
                continue
            last = groups[-1][-1] if groups else None
            if last is not None and _same_order(last, one):
                groups[-1].append(one)
            else:
                groups.append([one])
        return groups

    def _note(self, happening: Happening) -> None:
        instrument = happening.instrument
        if type(happening) is BookChange:
            for channel in BOOKS:
                if instrument in self._wanted[channel]:
                    self._due[channel][instrument] = happening
            return
        if instrument in self._wanted["tickers"]:
            self._due["tickers"][instrument] = None
        self._bars.grown[instrument] = None

    def _tell_due(self, channel: str) -> list[Frame]:
        now, pace, due = self._market.now_ms, PACE_MS[channel], self._due[channel]
        ready = [one for one in due if now - self._told_ms[channel, one] >= pace]
        frames: list[Frame] = []
        for instrument in ready:
            told = self._speak[channel](instrument, due.pop(instrument))
            if told:
                self._told_ms[channel, instrument] = now
            frames += told
        return frames

    def _change(self, instrument: Instrument, change: BookChange | None) -> list[Frame]:
        """Nothing where the new book is like the one before: its number is skipped."""
        found = None if change is None else self._depth.change(change)
        if found is None or not (found.bids or found.asks):
            return []
        previous, self._numbers[instrument] = self._numbers[instrument], found.sequence
        row = _row(found.bids, found.asks, found.at_ms, previous, found.sequence)
        return [push("books", instrument, [row], "update")]

    def _whole(self, channel: str, instrument: Instrument, change: BookChange | None, depth: int) -> list[Frame]:
        """All of a small book, unless it is what was told before."""
        at_ms = self._market.changed_ms(instrument) if change is None else change.at_ms
        book = self._market.book(instrument, at_ms, depth)
        if self._shown.get((channel, instrument)) == (book.bids, book.asks):
            return []
        self._shown[channel, instrument] = (book.bids, book.asks)
        return [self._small(channel, instrument, book)]

    def _small(self, channel: str, instrument: Instrument, book: Book) -> Frame:
        row: dict[str, object] = {"asks": levels(book.asks), "bids": levels(book.bids)}
        if channel == "books5":
            row["instId"] = code_of(instrument)
        return push(channel, instrument, [{**row, "ts": str(book.at_ms), "seqId": book.at_ms}])

    def _ticker(self, instrument: Instrument) -> Frame:
        top = self._market.book(instrument, None, 1)
        return push("tickers", instrument, [ticker(instrument, self._market.ticker(instrument), top)])

    # ---- once a second

    def _tell_quiet(self) -> list[Frame]:
        now = self._market.now_ms
        quiet = [
            (channel, instrument)
            for channel in BOOKS
            for instrument in self._wanted[channel]
            if now - self._told_ms[channel, instrument] >= QUIET_MS
        ]
        self._told_ms.update(dict.fromkeys(quiet, now))
        return [self._again(channel, instrument) for channel, instrument in quiet]

    def _again(self, channel: str, instrument: Instrument) -> Frame:
        """The number of a whole book stays; of changes there are none."""
        if channel == "books":
            number = self._numbers[instrument]
            return push(channel, instrument, [_row((), (), self._market.now_ms, number, number)], "update")
        depth = 1 if channel == "bbo-tbt" else FEW
        return self._small(channel, instrument, self._market.book(instrument, None, depth))


def _same_order(last: Fill, one: Fill) -> bool:
    """Whether the second fill goes on where the first one ended."""
    return (one.instrument, one.at_ms, one.side, one.price, one.number) == (
        last.instrument,
        last.at_ms,
        last.side,
        last.price,
        last.number + 1,
    )


def _row(bids: Iterable[Level], asks: Iterable[Level], at_ms: int, previous: int, number: int) -> dict[str, object]:
    """The checksum has been dead since 2026."""
    return {
        "asks": levels(asks),
        "bids": levels(bids),
        "ts": str(at_ms),
        "checksum": 0,
        "prevSeqId": previous,
        "seqId": number,
    }
