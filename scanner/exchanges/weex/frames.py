"""What comes over the wire, as types. A market message names itself in `e`; all else is about the conversation.

Numbers come as decimal strings, ids and times as numbers. `d` holds the data of most messages, but in a book it is a
word. The decoders do the checking: a price that is zero, negative, infinite or a word never becomes a value.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct, field

from scanner.exchanges.numbers import Amount, Change, Number, Price, Stamp


class TickerRow(Struct, gc=False):
    """Last price and rolling totals. The window's edges come in steps of minutes and are no times of the event."""

    price: Price = field(name="c")
    volume: Amount = field(name="v")
    turnover: Amount = field(name="q")


class TickerFrame(Struct, gc=False, tag_field="e", tag="ticker"):
    """One market in one line; contracts add mark and index prices, which nobody here asks about."""

    at: Stamp = field(name="E")
    symbol: str = field(name="s")
    rows: Annotated[list[TickerRow], Meta(min_length=1)] = field(name="d")


class TopFrame(Struct, gc=False, tag_field="e", tag="bookTicker"):
    """Best bid and ask; a side without orders has zeros."""

    at: Stamp = field(name="E")
    symbol: str = field(name="s")
    bid: Amount = field(name="b")
    bid_size: Amount = field(name="B")
    ask: Amount = field(name="a")
    ask_size: Amount = field(name="A")


class TradeRow(Struct, gc=False):
    """One execution."""

    at: Stamp = field(name="T")
    id: Annotated[str, Meta(min_length=1, max_length=64)] = field(name="t")
    price: Price = field(name="p")
    size: Price = field(name="q")
    buyer_was_maker: bool = field(name="m")


class TradesFrame(Struct, gc=False, tag_field="e", tag="trade"):
    """What was traded, several at once, in no order of time."""

    symbol: str = field(name="s")
    rows: list[TradeRow] = field(name="d")


class PastTradesFrame(TradesFrame, gc=False, tag_field="e", tag="tradeSnapshot"):
    """What was traded before we came."""


class TornTradesFrame(Struct, gc=False):
    """`TradesFrame` with rows that are still bytes, for not all of them can be read."""

    symbol: str = field(name="s")
    rows: list[Raw] = field(name="d")


class BookFrame(Struct, gc=False, tag_field="e", tag="depth"):
    """Levels that changed between the ids `first` and `last`, both of them told: `first` was the last one before.

    Sizes are in base coins on both houses.
    """

    at: Stamp = field(name="E")
    symbol: str = field(name="s")
    first: Number = field(name="U")
    last: Number = field(name="u")
    bids: list[Change] = field(name="b")
    asks: list[Change] = field(name="a")


class WholeBookFrame(BookFrame, gc=False, tag_field="e", tag="depthSnapshot"):
    """A whole book; empty, with id 0, for a market that is no more."""


class CandleRow(Struct, gc=False):
    """A bar as far as it has grown."""

    start: Stamp = field(name="t")
    interval: str = field(name="i")
    open: Price = field(name="o")
    high: Price = field(name="h")
    low: Price = field(name="l")
    close: Price = field(name="c")
    volume: Amount = field(name="v")
    turnover: Amount = field(name="q")
    bought: Amount | None = field(name="Q", default=None)
    """What of the turnover takers bought."""


class CandlesFrame(Struct, gc=False, tag_field="e", tag="kline"):
    """Bars of one market and one kind of price."""

    symbol: str = field(name="s")
    rows: list[CandleRow] = field(name="d")
    of: str = field(name="p", default="LAST_PRICE")


class FirstCandlesFrame(CandlesFrame, gc=False, tag_field="e", tag="klineSnapshot"):
    """The bars as they were when we came."""


class Word(Struct):
    """Anything without market data: greeting, ping, answer or error."""

    e: str | None = None
    event: str | None = None
    type: str | None = None
    """The private socket's word for `event`; either may come on either."""
    method: str | None = None
    result: bool | None = None
    id: int | str | None = None
    msg: str = ""


MarketFrame = (
    TickerFrame
    | TopFrame
    | TradesFrame
    | PastTradesFrame
    | BookFrame
    | WholeBookFrame
    | CandlesFrame
    | FirstCandlesFrame
)

INTERVALS: dict[str, int] = {
    **{f"{minutes}m": minutes * 60 for minutes in (1, 5, 15, 30)},
    **{f"{hours}h": hours * 3_600 for hours in (1, 2, 4, 6, 8, 12)},
    "1d": 86_400,
    "1w": 7 * 86_400,
}
"""Names of bars that are equally long; months are not."""

MARKET: msgspec.json.Decoder[MarketFrame] = msgspec.json.Decoder(MarketFrame, strict=False)
TORN_TRADES = msgspec.json.Decoder(TornTradesFrame)
TRADE = msgspec.json.Decoder(TradeRow, strict=False)
WORD = msgspec.json.Decoder(Word)
