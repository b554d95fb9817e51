"""How WEEX says each thing on the socket. Numbers of the market are decimal text; ids and times are numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.books import Book
from scanner.sim.candles import Bar
from scanner.sim.chance import mix, seed_of
from scanner.sim.ledger import Fill, Summary

WINDOW_STEP_MS = 300_000
"""The window of 24 hours moves in such steps, so that its end lags behind."""
DAY_MS = 86_400_000
INTERVALS: dict[str, int] = {
    **{f"{minutes}m": minutes * 60_000 for minutes in (1, 5, 15, 30)},
    **{f"{hours}h": hours * 3_600_000 for hours in (1, 2, 4, 6, 8, 12)},
    "1d": DAY_MS,
    "1w": 7 * DAY_MS,
    "1M": 30 * DAY_MS,
}
"""Bars by name, in milliseconds; a month is made to be thirty days."""


def code_of(instrument: Instrument) -> str:
    """`BTCUSDT`."""
    return f"{instrument.base}{instrument.quote}"


def text(number: float) -> str:
    """Decimal, never with an exponent, and exactly this number when it is read again."""
    written = repr(float(number))
    return format(Decimal(written), "f") if "e" in written else written


def trade_id(fill: Fill) -> str:
    """A UUID, which tells nothing of order."""
    return str(UUID(int=seed_of("weex", fill.instrument, fill.number) << 64 | mix(fill.at_ms, fill.number), version=4))


def count(summary: Summary) -> int:
    """Trades of 24 hours, as if all had been like the last one."""
    return int(summary.turnover_24h / summary.last.turnover) + 1


def trades(event: str, instrument: Instrument, fills: Iterable[Fill], at_ms: int) -> str:
    """Several at once, in the order of their ids, which is none."""
    rows = [
        {
            "T": fill.at_ms,
            "t": trade_id(fill),
            "p": text(fill.price),
            "q": text(fill.size),
            "v": text(fill.turnover),
            "m": fill.side == "sell",
        }
        for fill in sorted(fills, key=trade_id)
    ]
    return _encode(event, at_ms, instrument, {"d": rows})


def ticker(instrument: Instrument, summary: Summary, at_ms: int, more: dict[str, object] | None = None) -> str:
    """One market in one line, with what else a house says of it."""
    last = summary.last.price
    end_ms = at_ms - at_ms % WINDOW_STEP_MS
    row = {
        "p": text(round(last - summary.open, 8)),
        "P": text(round(last / summary.open - 1, 6)),
        "w": text(round(summary.mean_24h, 8)),
        "c": text(last),
        "o": text(summary.open),
        "h": text(summary.high),
        "l": text(summary.low),
        "v": text(summary.volume_24h),
        "q": text(summary.turnover_24h),
        "O": end_ms - DAY_MS,
        "C": end_ms,
        "n": count(summary),
    }
    return _encode("ticker", at_ms, instrument, {"d": [row | (more or {})]})


def top(instrument: Instrument, book: Book, at_ms: int) -> str:
    """Best bid and ask; the only message about a market that is flat."""
    (bid, bid_size), (ask, ask_size) = book.bids[0], book.asks[0]
    prices = {"u": book.at_ms, "b": text(bid), "B": text(bid_size), "a": text(ask), "A": text(ask_size)}
    return _encode("bookTicker", at_ms, instrument, prices)


def depth(
    instrument: Instrument,
    ids: tuple[int, int],
    levels: int,
    sides: tuple[Sequence[Level], Sequence[Level]],
    at_ms: int,
) -> str:
    """What changed between two ids."""
    return _encode("depth", at_ms, instrument, _levels(ids, levels, "CHANGED", sides))


def depth_snapshot(
    code: str, ids: tuple[int, int], levels: int, sides: tuple[Sequence[Level], Sequence[Level]], at_ms: int
) -> str:
    """The whole book; empty, with ids 0, for a market that is no more."""
    message = {"e": "depthSnapshot", "E": at_ms, "s": code, **_levels(ids, levels, "SNAPSHOT", sides)}
    return msgspec.json.encode(message).decode()


def klines(event: str, instrument: Instrument, interval: str, bar: Bar, fills: Sequence[Fill], at_ms: int) -> str:
    """A bar as far as it has grown; `fills` are those of its trades that are still known."""
    bought = [fill for fill in fills if fill.side == "buy"]
    row = {
        "t": bar.start_ms,
        "T": bar.start_ms + INTERVALS[interval],
        "s": code_of(instrument),
        "i": interval,
        "o": text(bar.open),
        "c": text(bar.close),
        "h": text(bar.high),
        "l": text(bar.low),
        "v": text(bar.volume),
        "n": len(fills),
        "q": text(bar.turnover),
        "V": text(round(sum(fill.size for fill in bought), 8)),
        "Q": text(round(sum(fill.turnover for fill in bought), 8)),
    }
    return _encode(event, at_ms, instrument, {"p": "LAST_PRICE", "d": [row]})


def rungs(levels: Iterable[Level]) -> list[tuple[str, str]]:
    """Price and size as text; a level that is gone has the size `0`."""
    return [(text(price), text(size) if size else "0") for price, size in levels]


def _levels(
    ids: tuple[int, int], levels: int, kind: str, sides: tuple[Sequence[Level], Sequence[Level]]
) -> dict[str, object]:
    """`d` is a word here, and an array everywhere else."""
    return {"U": ids[0], "u": ids[1], "l": levels, "d": kind, "b": rungs(sides[0]), "a": rungs(sides[1])}


def _encode(event: str, at_ms: int, instrument: Instrument, more: dict[str, object]) -> str:
    return msgspec.json.encode({"e": event, "E": at_ms, "s": code_of(instrument), **more}).decode()
