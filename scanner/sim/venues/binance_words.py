"""How Binance says each thing: prices and sizes as text with eight decimals, times and ids as whole numbers.

{"e":"aggTrade","E":1790000000153,"s":"SUIUSDT","a":17900000001120000,"p":"3.18400000","q":"120.50000000",
 "f":17900000001120000,"l":17900000001120001,"T":1790000000112,"m":true,"M":true}
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.books import Book
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill, Summary
from scanner.sim.venues.depth import Change

Payload = dict[str, object]

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
INTERVALS = {
    "1s": 1_000,
    **{f"{minutes}m": minutes * MINUTE_MS for minutes in (1, 3, 5, 15, 30)},
    **{f"{hours}h": hours * HOUR_MS for hours in (1, 2, 4, 6, 8, 12)},
    **{f"{days}d": days * DAY_MS for days in (1, 3)},
}
"""Lengths of candles; weeks and months are acknowledged too, but nobody waits for one here."""


class Taken(Struct, frozen=True):
    """What one taker's order took at one price: an aggregate trade."""

    first: Fill
    last: Fill
    size: float


def aggregated(fills: Iterable[Fill]) -> list[Taken]:
    """Neighbours of one market, millisecond, side and price, as one; `fills` are oldest first."""
    taken: list[Taken] = []
    for fill in fills:
        before = taken[-1] if taken else None
        if before is not None and _kin(before.last) == _kin(fill):
            taken[-1] = Taken(before.first, fill, round(before.size + fill.size, 8))
        else:
            taken.append(Taken(fill, fill, fill.size))
    return taken


def code_of(instrument: Instrument) -> str:
    """`SUIUSDT`."""
    return instrument.base + instrument.quote


def text(number: float) -> str:
    """As the venue writes every price, size and sum."""
    return f"{number:.8f}"


def levels(side: Iterable[Level]) -> list[tuple[str, str]]:
    """Prices and sizes as text."""
    return [(text(price), text(size)) for price, size in side]


def id_of(fill: Fill) -> int:
    """Rising within a market, and never the same again after a restart."""
    return fill.at_ms * 10_000 + fill.nth


def aggregate_row(taken: Taken, unit: int) -> Payload:
    """What REST and the socket share."""
    return {
        "a": id_of(taken.first),
        "p": text(taken.first.price),
        "q": text(taken.size),
        "f": id_of(taken.first),
        "l": id_of(taken.last),
        "T": taken.first.at_ms * unit,
        "m": taken.first.side == "sell",
        "M": True,
    }


class BinanceWords:
    """Payloads of streams; `unit` is how many units of the times spoken are in a millisecond."""

    def __init__(self, unit: int) -> None:
        self.unit = unit

    def aggregate(self, taken: Taken, at_ms: int) -> Payload:
        """Sent at `at_ms`, as all of these are."""
        return self._head("aggTrade", at_ms, taken.first.instrument) | aggregate_row(taken, self.unit)

    def trade(self, fill: Fill, at_ms: int) -> Payload:
        """One fill."""
        row = {"t": id_of(fill), "p": text(fill.price), "q": text(fill.size), "T": fill.at_ms * self.unit}
        return self._head("trade", at_ms, fill.instrument) | row | {"m": fill.side == "sell", "M": True}

    def top(self, instrument: Instrument, book: Book) -> Payload:
        """No type and no time."""
        (bid, bid_size), (ask, ask_size) = book.bids[0], book.asks[0]
        sizes = {"b": text(bid), "B": text(bid_size), "a": text(ask), "A": text(ask_size)}
        return {"u": book.at_ms, "s": code_of(instrument)} | sizes

    def depth(self, change: Change, at_ms: int) -> Payload:
        """What changed; a size of zero takes a level away."""
        numbers = {"U": change.previous + 1, "u": change.sequence}
        sides = {"b": levels(change.bids), "a": levels(change.asks)}
        return self._head("depthUpdate", at_ms, change.instrument) | numbers | sides

    def partial(self, book: Book) -> Payload:
        """A whole book, without type, market or time."""
        return {"lastUpdateId": book.at_ms, "bids": levels(book.bids), "asks": levels(book.asks)}

    def mini_ticker(self, instrument: Instrument, summary: Summary, at_ms: int) -> Payload:
        """A market in one short line."""
        return self._head("24hrMiniTicker", at_ms, instrument) | {
            "c": text(summary.last.price),
            "o": text(summary.open),
            "h": text(summary.high),
            "l": text(summary.low),
            "v": text(summary.volume_24h),
            "q": text(summary.turnover_24h),
        }

    def candle(self, instrument: Instrument, bar: Bar, fills: list[Fill], interval: str, at_ms: int) -> Payload:
        """A bar as far as it has grown, with those of its fills that are remembered; `x` when it is over."""
        end_ms = bar.start_ms + INTERVALS[interval]
        bought = [fill for fill in fills if fill.side == "buy"]
        inside: Payload = {
            "t": bar.start_ms * self.unit,
            "T": end_ms * self.unit - 1,
            "s": code_of(instrument),
            "i": interval,
            "f": id_of(fills[0]) if fills else -1,
            "L": id_of(fills[-1]) if fills else -1,
            "o": text(bar.open),
            "c": text(bar.close),
            "h": text(bar.high),
            "l": text(bar.low),
            "v": text(bar.volume),
            "n": len(fills),
            "x": end_ms <= at_ms,
            "q": text(bar.turnover),
            "V": text(sum(fill.size for fill in bought)),
            "Q": text(sum(fill.turnover for fill in bought)),
            "B": "0",
        }
        return self._head("kline", at_ms, instrument) | {"k": inside}

    def _head(self, event: str, at_ms: int, instrument: Instrument) -> Payload:
        return {"e": event, "E": at_ms * self.unit, "s": code_of(instrument)}


def _kin(fill: Fill) -> tuple[Instrument, int, str, float]:
    return fill.instrument, fill.at_ms, fill.side, fill.price
