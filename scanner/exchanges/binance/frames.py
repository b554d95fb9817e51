"""What comes over the wire, as types: one struct per payload, under names of the trade.

The decoders do the checking: a price that is zero, negative, infinite or a word never becomes a value. Numbers are
decimal strings, times are milliseconds or microseconds, and keys nobody asked about are skipped.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from scanner.exchanges.numbers import Amount, Change, Number, Price, Stamp


class TradeFrame(
    Struct,
    gc=False,
    tag="aggTrade",
    tag_field="e",
    rename={"code": "s", "id": "a", "price": "p", "size": "q", "at": "T", "sold": "m"},
):
    """What one taker's order took at one price."""

    code: str
    id: Number
    price: Price
    size: Price
    at: Stamp
    sold: bool
    """The buyer was the maker, so the taker sold."""


class TopFrame(
    Struct,
    gc=False,
    rename={"code": "s", "sequence": "u", "bid": "b", "bid_size": "B", "ask": "a", "ask_size": "A"},
):
    """The best of both sides, without type or time; an empty side is all zeros."""

    code: str
    sequence: Number
    bid: Amount
    bid_size: Amount
    ask: Amount
    ask_size: Amount


class DepthFrame(
    Struct,
    gc=False,
    tag="depthUpdate",
    tag_field="e",
    rename={"at": "E", "code": "s", "first": "U", "last": "u", "bids": "b", "asks": "a"},
):
    """What changed in a book: updates `first` to `last`, in one."""

    at: Stamp
    code: str
    first: Number
    last: Number
    bids: list[Change]
    asks: list[Change]


class Bar(
    Struct,
    gc=False,
    rename={
        "start": "t",
        "interval": "i",
        "open": "o",
        "high": "h",
        "low": "l",
        "close": "c",
        "volume": "v",
        "turnover": "q",
        "bought": "Q",
    },
):
    """A candle as far as it has grown; volumes in base and in quote."""

    start: Stamp
    interval: Literal["1m"]
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Amount
    turnover: Amount
    bought: Amount | None = None
    """What of the turnover takers bought."""


class CandleFrame(Struct, gc=False, tag="kline", tag_field="e", rename={"code": "s", "bar": "k"}):
    """The same minute comes again with each change."""

    code: str
    bar: Bar


class TickerFrame(
    Struct,
    gc=False,
    tag="24hrMiniTicker",
    tag_field="e",
    rename={"at": "E", "code": "s", "price": "c", "volume": "v", "turnover": "q"},
):
    """Last price and rolling 24 hours, which is zero in all parts while a market has never traded."""

    at: Stamp
    code: str
    price: Amount
    volume: Amount
    turnover: Amount


class Complaint(Struct):
    """What is wrong, in a number and a sentence."""

    code: int
    msg: str = ""


class Envelope(Struct):
    """Enough of any object to tell what it is."""

    stream: str = ""
    data: Raw = Raw(b"null")
    event: str = msgspec.field(name="e", default="")
    """Of a payload that comes bare, as it does where the address ends in `/ws`."""
    id: int | str | UnsetType | None = UNSET
    error: Complaint | None = None
    code: int | None = None
    msg: str = ""


class Snapshot(Struct, rename={"sequence": "lastUpdateId"}):
    """A whole book by REST."""

    sequence: Number
    bids: list[Change]
    asks: list[Change]


ENVELOPE = msgspec.json.Decoder(Envelope)
TRADE = msgspec.json.Decoder(TradeFrame, strict=False)
TOP = msgspec.json.Decoder(TopFrame, strict=False)
DEPTH = msgspec.json.Decoder(DepthFrame, strict=False)
CANDLE = msgspec.json.Decoder(CandleFrame, strict=False)
TICKER = msgspec.json.Decoder(TickerFrame, strict=False)
TICKERS = msgspec.json.Decoder(list[TickerFrame], strict=False)
SNAPSHOT = msgspec.json.Decoder(Snapshot, strict=False)
