"""How OKX writes things: nearly every number as a decimal string, and data under the stream that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.books import Book
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill, Summary
from scanner.sim.venues.base import Frame

FIRST_TRADE = 500_000_000
"""Ids of trades count from here."""
_ORDERS = "2"
"""Orders at each level."""


def code_of(instrument: Instrument) -> str:
    """`BTC-USDT`."""
    return f"{instrument.base}-{instrument.quote}"


def text(number: float) -> str:
    """Exactly this number as a decimal, without an exponent and without an idle point."""
    short = repr(number)
    return format(Decimal(short), "f") if "e" in short else short.removesuffix(".0")


def added(numbers: Iterable[float]) -> float:
    """Sizes added as decimals."""
    return float(sum(Decimal(repr(number)) for number in numbers))


def frame(message: object) -> Frame:
    """As text, which all of it is."""
    return msgspec.json.encode(message).decode()


def push(channel: str, instrument: Instrument, data: Sequence[object], action: str = "") -> Frame:
    """Data of one stream."""
    arg = {"channel": channel, "instId": code_of(instrument)}
    return frame({"arg": arg, "action": action, "data": data} if action else {"arg": arg, "data": data})


def trade_id(fill: Fill) -> int:
    """The venue's id of an execution."""
    return FIRST_TRADE + fill.number


def ticker(instrument: Instrument, summary: Summary, top: Book) -> dict[str, object]:
    """One market in one line, on the socket as by REST."""
    (ask, ask_size), (bid, bid_size) = _best(top.asks), _best(top.bids)
    last = summary.last
    return {
        "instType": "SPOT",
        "instId": code_of(instrument),
        "last": text(last.price),
        "lastSz": text(last.size),
        "askPx": ask,
        "askSz": ask_size,
        "bidPx": bid,
        "bidSz": bid_size,
        "open24h": text(summary.open),
        "high24h": text(summary.high),
        "low24h": text(summary.low),
        "sodUtc0": text(summary.open),
        "sodUtc8": text(summary.previous_close),
        "volCcy24h": text(summary.turnover_24h),
        "vol24h": text(summary.volume_24h),
        "ts": str(last.at_ms),
    }


def joined(fills: Sequence[Fill]) -> dict[str, object]:
    """What one order took at one price, as the socket tells it."""
    last = fills[-1]
    size = text(added(fill.size for fill in fills))
    return {**_trade(last), "sz": size, "count": str(len(fills)), "source": "0", "seqId": last.at_ms}


def single(fill: Fill) -> dict[str, object]:
    """One match, as REST tells it."""
    return {**_trade(fill), "source": "0"}


def levels(side: Iterable[Level]) -> list[list[str]]:
    """Price, size, a dead field, and the number of orders."""
    return [[text(price), text(size), "0", _ORDERS if size else "0"] for price, size in side]


def candle(bar: Bar, *, final: bool) -> list[str]:
    """A bar; both of its turnovers are in quote currency."""
    turnover = text(bar.turnover)
    prices = (bar.open, bar.high, bar.low, bar.close)
    return [str(bar.start_ms), *map(text, prices), text(bar.volume), turnover, turnover, str(int(final))]


def _best(side: Sequence[Level]) -> tuple[str, str]:
    """Price and size; both are empty where the side is."""
    return (text(side[0][0]), text(side[0][1])) if side else ("", "")


def _trade(fill: Fill) -> dict[str, object]:
    return {
        "instId": code_of(fill.instrument),
        "tradeId": str(trade_id(fill)),
        "px": text(fill.price),
        "sz": text(fill.size),
        "side": fill.side,
        "ts": str(fill.at_ms),
    }
