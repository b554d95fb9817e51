"""What comes over the wire, as types: one struct per message, in both spellings of its keys.

The decoders do the checking: a price that is zero, negative, infinite or a word never becomes a value. They read
numbers written as strings, skip fields nobody asked about and do not miss deprecated ones, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

from scanner.exchanges.numbers import Amount, Price, Stamp
from scanner.model.market import Channel

StreamType = Literal["SNAPSHOT", "REALTIME"]


class TradeFrame(Struct, gc=False):
    """One execution; as a SNAPSHOT the latest past one."""

    code: str
    trade_timestamp: Stamp
    trade_price: Price
    trade_volume: Price
    ask_bid: Literal["ASK", "BID"]
    sequential_id: int | Annotated[str, Meta(min_length=1, max_length=64)]
    """Beyond 2^53, and written as a number or as a string."""
    stream_type: StreamType = "REALTIME"


class Unit(Struct, gc=False):
    """One row of a book: the n-th ask beside the n-th bid; zeros stand for a side that has no such level."""

    ask_price: Amount
    bid_price: Amount
    ask_size: Amount
    bid_size: Amount


class BookFrame(Struct, gc=False):
    """A whole book, never a change of one."""

    code: str
    timestamp: Stamp
    """Milliseconds or microseconds."""
    orderbook_units: list[Unit]


class TickerFrame(Struct, gc=False):
    """Last price and totals; all day-based fields are left where they are."""

    code: str
    trade_price: Price
    timestamp: Stamp
    acc_trade_price_24h: Amount
    acc_trade_volume_24h: Amount


class CandleFrame(Struct, gc=False):
    """A bar as far as it has grown; the same window comes again with each change."""

    interval_s: ClassVar[int] = 0

    code: str
    candle_date_time_utc: Annotated[datetime, Meta(tz=False)]
    """Start of the window, in UTC though it names no zone."""
    opening_price: Price
    high_price: Price
    low_price: Price
    trade_price: Price
    candle_acc_trade_volume: Amount
    candle_acc_trade_price: Amount


class Complaint(Struct):
    """The inside of an error reply."""

    name: str | int | float | None = None
    message: str | int | float | None = None


class Envelope(Struct):
    """Enough of any object to tell what it is."""

    type: str | None = None
    ty: str | None = None
    status: str | None = None
    method: str | None = None
    mthd: str | None = None
    error: Complaint | None = None


MarketFrame = TradeFrame | BookFrame | TickerFrame | CandleFrame

INTERVALS: dict[str, int] = {"candle.1s": 1} | {f"candle.{m}m": m * 60 for m in (1, 3, 5, 10, 15, 30, 60, 240)}
"""Candle streams and the seconds in one of their bars."""

SHORT_KEYS: dict[str, str] = {
    "type": "ty",
    "code": "cd",
    "timestamp": "tms",
    "stream_type": "st",
    "trade_timestamp": "ttms",
    "trade_price": "tp",
    "trade_volume": "tv",
    "ask_bid": "ab",
    "sequential_id": "sid",
    "orderbook_units": "obu",
    "ask_price": "ap",
    "bid_price": "bp",
    "ask_size": "as",
    "bid_size": "bs",
    "acc_trade_price_24h": "atp24h",
    "acc_trade_volume_24h": "atv24h",
    "candle_date_time_utc": "cdttmu",
    "opening_price": "op",
    "high_price": "hp",
    "low_price": "lp",
    "candle_acc_trade_volume": "catv",
    "candle_acc_trade_price": "catp",
}
"""Long key → the short one that SIMPLE formats write."""
LONG_KEYS: dict[str, str] = {}
"""Our fields are named as the venues name them: nothing to rename."""


def _spelled(frame: type[Struct], keys: dict[str, str], tag: str | None = None, **types: Any) -> type[Struct]:
    """`frame` with its keys renamed; with `tag`, the message of that type. `types` replaces those of single fields."""
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(frame):
        of = types.get(field.name, field.type)
        fields.append((field.name, of) if field.required else (field.name, of, field.default))
    tag_field = keys.get("type", "type") if tag else None
    return msgspec.defstruct(
        frame.__name__,
        fields,
        bases=(frame,),
        rename=keys,
        tag=tag,
        tag_field=tag_field,
        gc=False,
        namespace={"interval_s": INTERVALS.get(tag or "", 0)},
    )


def _messages(keys: dict[str, str]) -> dict[type[Struct], Channel]:
    """Every market message in one spelling, and the channel it belongs to."""
    units = GenericAlias(list, _spelled(Unit, keys))
    candles = [_spelled(CandleFrame, keys, tag) for tag in INTERVALS]
    return {
        _spelled(TradeFrame, keys, "trade"): "trade",
        _spelled(BookFrame, keys, "orderbook", orderbook_units=units): "orderbook",
        _spelled(TickerFrame, keys, "ticker"): "ticker",
        **dict.fromkeys(candles, "candle"),
    }


def _decoder(messages: Iterable[type[Struct]]) -> msgspec.json.Decoder[MarketFrame | list[MarketFrame]]:
    """Reads any of these, alone or in an array."""
    one: Any = reduce(or_, messages)
    return msgspec.json.Decoder(one | GenericAlias(list, one), strict=False)


_LONG, _SHORT = _messages(LONG_KEYS), _messages(SHORT_KEYS)
CHANNEL_OF: dict[type[Struct], Channel] = _LONG | _SHORT
"""What `LONG` and `SHORT` decode to, by type."""
LONG = _decoder(_LONG)
SHORT = _decoder(_SHORT)
ENVELOPE = msgspec.json.Decoder(Envelope)
