"""What each stream of MEXC's spot socket carries: it notes what happens and says it when its time has come.

Classes of the protobuf messages are the ones that the scanner uses too: they are made from one schema, and hold no
opinion about what a field means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner.exchanges.mexc.push_pb2 import (
    PublicBookTickerV3Api,
    PublicMiniTickersV3Api,
    PublicMiniTickerV3Api,
    PushDataV3ApiWrapper,
)
from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.ledger import Fill
from scanner.sim.market import BookChange, Happening, SimulatedMarket
from scanner.sim.venues.depth import Depth
from scanner.sim.venues.mexc_desk import INTERVALS_MS, Stream, code_of

LEVELS = 40
"""How deep the books of the simulated venue are, on the socket and over REST alike."""
_FAST_MS, _BAR_MS, _TICKER_MS = 100, 1_000, 3_000


class Push:
    """One stream of one connection. It speaks at most once in `every_ms`, and only when there is something to say."""

    every_ms = _FAST_MS
    books = False
    """Whether it wants to hear of book changes."""

    def __init__(self, market: SimulatedMarket, stream: Stream, instrument: Instrument | None) -> None:
        self.market = market
        self.stream = stream
        self._instrument = instrument
        self._slot = -1
        self.stirred = False
        """Something was noted since it spoke."""

    @property
    def instrument(self) -> Instrument:
        """Whom it is about."""
        if self._instrument is None:
            raise KeyError(self.stream.name)
        return self._instrument

    def note(self, happening: Happening) -> None:
        """This happened to its market."""
        del happening
        self.stirred = True

    def due(self) -> bytes | None:
        """A frame, if it is time for one."""
        slot = self.market.now_ms // self.every_ms
        if not self.stirred or slot == self._slot:
            return None
        push = self.say(PushDataV3ApiWrapper(channel=self.stream.name))
        self._slot, self.stirred = slot, False
        return None if push is None else push.SerializeToString()

    def say(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper | None:
        """Fill the message; None when there is nothing in it."""
        raise NotImplementedError

    def address(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper:
        """Put code and time on it."""
        push.symbol = code_of(self.instrument)
        push.sendTime = self.market.now_ms
        return push


class Deals(Push):
    """Trades, gathered. `ids`: whether they bear any, as the schema of 2026 allows."""

    ids = False

    def __init__(self, market: SimulatedMarket, stream: Stream, instrument: Instrument | None) -> None:
        super().__init__(market, stream, instrument)
        self._fills: list[Fill] = []

    def note(self, happening: Happening) -> None:
        """Only trades count."""
        if isinstance(happening, Fill):
            self._fills.append(happening)
            self.stirred = True

    def say(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper:
        """All since the last time."""
        for fill in self._fills:
            push.publicAggreDeals.deals.add(
                price=spell(fill.price),
                quantity=spell(fill.size),
                tradeType=1 if fill.side == "buy" else 2,
                time=fill.at_ms,
                tradeId=f"{fill.at_ms}{fill.nth:05d}X1" if self.ids else "",
            )
        self._fills.clear()
        push.publicAggreDeals.eventType = self.stream.stem
        return self.address(push)


class NamedDeals(Deals):
    """Trades with ids."""

    ids = True


class Changes(Push):
    """A book as differences, numbered by milliseconds."""

    books = True

    def __init__(self, market: SimulatedMarket, stream: Stream, instrument: Instrument | None) -> None:
        super().__init__(market, stream, instrument)
        self._depth = Depth(market, LEVELS)
        self._depth.snapshot(self.instrument)
        self._last: BookChange | None = None

    def note(self, happening: Happening) -> None:
        """The last change tells all before it."""
        if isinstance(happening, BookChange):
            self._last = happening
            self.stirred = True

    def say(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper | None:
        """What differs from what was said last."""
        change = None if self._last is None else self._depth.change(self._last)
        if change is None:
            return None
        said = push.publicAggreDepths
        for price, size in change.asks:
            said.asks.add(price=spell(price), quantity=spell(size))
        for price, size in change.bids:
            said.bids.add(price=spell(price), quantity=spell(size))
        said.fromVersion, said.toVersion = str(change.previous + 1), str(change.sequence)
        said.eventType = self.stream.stem
        return self.address(push)


class Whole(Push):
    """The best levels of a book, all of them each time."""

    books = True

    def note(self, happening: Happening) -> None:
        """Only books count."""
        self.stirred = self.stirred or isinstance(happening, BookChange)

    def book(self) -> Book:
        """As of its last change."""
        depth = int(self.stream.option) if self.stream.kind == "limit.depth" else 1
        return self.market.book(self.instrument, self.market.changed_ms(self.instrument), depth)

    def say(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper | None:
        """So many levels of each side."""
        book, said = self.book(), push.publicLimitDepths
        for price, size in book.asks:
            said.asks.add(price=spell(price), quantity=spell(size))
        for price, size in book.bids:
            said.bids.add(price=spell(price), quantity=spell(size))
        said.version, said.eventType = str(book.at_ms), self.stream.stem
        return self.address(push)


class Top(Whole):
    """Best bid and ask, when they have changed."""

    def __init__(self, market: SimulatedMarket, stream: Stream, instrument: Instrument | None) -> None:
        super().__init__(market, stream, instrument)
        self._said: dict[str, str] = {}

    def say(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper | None:
        """Alone, or as a batch of one."""
        book = self.book()
        (bid, bid_size), (ask, ask_size) = book.bids[0], book.asks[0]
        keys = ("bidPrice", "bidQuantity", "askPrice", "askQuantity")
        values = dict(zip(keys, map(spell, (bid, bid_size, ask, ask_size)), strict=True))
        if values == self._said:
            return None
        self._said = values
        if self.stream.kind == "bookTicker.batch":
            push.publicBookTickerBatch.items.append(PublicBookTickerV3Api(**values))
        else:
            said = push.publicAggreBookTicker
            said.bidPrice, said.bidQuantity, said.askPrice, said.askQuantity = values.values()
        return self.address(push)


class Bars(Push):
    """The bar that grows, in seconds where all else is in milliseconds."""

    every_ms = _BAR_MS

    def say(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper | None:
        """The newest one."""
        unit_ms = INTERVALS_MS[self.stream.option]
        bars = self.market.candles(self.instrument, 1, unit_ms=unit_ms)
        if not bars:
            return None
        (bar,) = bars
        said = push.publicSpotKline
        said.interval, said.windowStart = self.stream.option, bar.start_ms // 1_000
        said.windowEnd = (bar.start_ms + unit_ms) // 1_000
        said.openingPrice, said.closingPrice = spell(bar.open), spell(bar.close)
        said.highestPrice, said.lowestPrice = spell(bar.high), spell(bar.low)
        said.volume, said.amount = spell(bar.volume), spell(bar.turnover)
        push.symbol, push.symbolId = code_of(self.instrument), code_of(self.instrument).encode().hex().zfill(32)[-32:]
        push.createTime = self.market.now_ms
        return push


class Mini(Push):
    """One market in a line."""

    every_ms = _TICKER_MS

    def say(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper:
        """As of now."""
        push.publicMiniTicker.CopyFrom(row(self.market, self.instrument))
        return self.address(push)


class Minis(Push):
    """All markets, or those that traded, in a line each; no symbol stands on the message."""

    every_ms = _TICKER_MS
    whole = True

    def __init__(self, market: SimulatedMarket, stream: Stream, instrument: Instrument | None) -> None:
        super().__init__(market, stream, instrument)
        self.stirred = True
        self._traded: dict[Instrument, None] = {}

    def note(self, happening: Happening) -> None:
        """Only trades count."""
        self._traded[happening.instrument] = None
        self.stirred = True

    def say(self, push: PushDataV3ApiWrapper) -> PushDataV3ApiWrapper:
        """The first message always has all of them."""
        everything = self.whole or self._slot < 0
        about: Iterable[Instrument] = (
            [entry.instrument for entry in self.market.entries] if everything else self._traded
        )
        push.publicMiniTickers.CopyFrom(PublicMiniTickersV3Api(items=[row(self.market, each) for each in about]))
        push.sendTime = self.market.now_ms
        self._traded.clear()
        return push


class ChangedMinis(Minis):
    """Those that traded only: which of the two it is has not been documented."""

    whole = False


PUSHES: dict[str, Callable[[SimulatedMarket, Stream, Instrument | None], Push]] = {
    "aggre.deals": Deals,
    "aggre.depth": Changes,
    "aggre.bookTicker": Top,
    "bookTicker.batch": Top,
    "limit.depth": Whole,
    "kline": Bars,
    "miniTicker": Mini,
    "miniTickers": Minis,
}


def row(market: SimulatedMarket, instrument: Instrument) -> PublicMiniTickerV3Api:
    """One market: `volume` is in quote currency here, and `quantity` in base."""
    summary = market.ticker(instrument)
    rate = spell(round(summary.last.price / summary.previous_close - 1, 4))
    return PublicMiniTickerV3Api(
        symbol=code_of(instrument),
        price=spell(summary.last.price),
        rate=rate,
        zonedRate=rate,
        high=spell(summary.high),
        low=spell(summary.low),
        volume=spell(summary.turnover_24h),
        quantity=spell(summary.volume_24h),
        lastCloseRate=rate,
        lastCloseZonedRate=rate,
        lastCloseHigh=spell(summary.high),
        lastCloseLow=spell(summary.low),
    )


def spell(value: float) -> str:
    """A decimal without an exponent and without idle zeros."""
    return f"{value:.8f}".rstrip("0").rstrip(".")
