"""What MEXC's futures socket sends, as types: one struct per channel, chosen by its name in one typed decode.

Trades, sizes in contracts:

    {"symbol":"WAVE_USDT","data":[{"p":0.5825,"v":49,"T":1,"O":3,"M":2,"t":1790000000112}],"channel":"push.deal",
     "ts":1790000000115}
"""

from __future__ import annotations

import zlib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.numbers import Amount, Number, Price, Stamp
from scanner.exchanges.rows import ROWS

MOST_UNZIPPED = 4 * 1024 * 1024
"""Bytes that a compressed frame may become: ten times the largest one, the first of all tickers."""
_GZIP = b"\x1f\x8b"
_WITH_HEADER = 16 + zlib.MAX_WBITS

Contracts = Annotated[float, Meta(ge=0, lt=1e100)]
"""And `Size`, coins in a contract: bounded so that their product is a number too."""
Size = Annotated[float, Meta(gt=1e-100, lt=1e100)]
Code = Annotated[str, Meta(min_length=1, max_length=60)]


class TickerRow(Struct, gc=False):
    """One contract. All of it may be missing or null, and a price of 0 is none."""

    symbol: str | None = None
    timestamp: int | None = None
    lastPrice: float | None = None  # noqa: N815 - the venue's spelling: renaming a thousand rows is not free
    amount24: float | None = None
    """Turnover in quote currency."""
    volume24: float | None = None
    """In contracts."""


class Tickers(Struct, tag_field="channel", tag="push.tickers", gc=False):
    """All contracts at first, then those that changed."""

    data: list[TickerRow]
    ts: Stamp | None = None


class Deal(Struct, gc=False):
    """One execution."""

    p: Price
    v: Size
    """In contracts."""
    T: Literal[1, 2]
    """The taker: 1 bought, 2 sold."""
    t: Stamp


class Deals(Struct, tag_field="channel", tag="push.deal", gc=False):
    """Executions of one contract; older pages show a single one in place of the list."""

    symbol: Code
    data: list[Deal] | Deal


class LevelRow(Struct, array_like=True, gc=False):
    """Price and contracts; how many orders that is stands behind."""

    price: Price
    contracts: Contracts


class Depth(Struct, gc=False):
    """The best levels of both sides."""

    asks: list[LevelRow]
    bids: list[LevelRow]
    version: Number
    cts: int | None = None
    """When the engine made it; since June 2026."""


class Book(Struct, tag_field="channel", tag="push.depth.full", gc=False):
    """A whole book as far as it is shown."""

    symbol: Code
    data: Depth
    ts: Stamp | None = None


class Bar(Struct, gc=False):
    """A bar as far as it has grown."""

    interval: str
    t: Stamp
    """Its start, in seconds."""
    o: Price
    h: Price
    l: Price  # noqa: E741 - the venue's letter for low
    c: Price
    a: Amount
    """Turnover in quote currency."""
    q: Contracts
    """In contracts."""


class Kline(Struct, tag_field="channel", tag="push.kline", gc=False):
    """The newest bar of one contract."""

    symbol: Code
    data: Bar


class Pong(Struct, tag_field="channel", tag="pong", gc=False):
    """The answer to a ping; two may answer one."""


class Failed(Struct, tag_field="channel", tag="rs.error", gc=False):
    """A refusal; only its text may say of what."""

    data: str


class Envelope(Struct):
    """Enough of any object to tell what it is, and to read its rows one by one where not all of them can be."""

    channel: str
    symbol: str | None = None
    data: Raw = Raw(b"null")

    @property
    def rows(self) -> list[Raw]:
        """The rows; one that stands alone is one."""
        return ROWS.decode(self.data) if bytes(self.data).startswith(b"[") else [self.data]


Message = Tickers | Deals | Book | Kline | Pong | Failed
MESSAGE: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message, strict=False)
"""Lax, for a number may be written with an exponent, and a time as a string."""
TICKER = msgspec.json.Decoder(TickerRow, strict=False)
DEAL = msgspec.json.Decoder(Deal, strict=False)
ENVELOPE = msgspec.json.Decoder(Envelope)
TAGS = frozenset({"push.tickers", "push.deal", "push.depth.full", "push.kline", "rs.error"})
"""Channels whose messages must be readable."""


def unzipped(frame: bytes) -> bytes:
    """What a binary frame holds; RemoteNonsense unless it is gzip, whole, and of bearable size."""
    if not frame.startswith(_GZIP):
        raise RemoteNonsense("a binary frame that is not compressed")
    stream = zlib.decompressobj(_WITH_HEADER)
    try:
        text = stream.decompress(frame, MOST_UNZIPPED)
    except zlib.error as error:
        raise RemoteNonsense(f"a broken gzip frame: {error}") from None
    if not stream.eof:
        raise RemoteNonsense(f"a gzip frame that is cut, or longer than {MOST_UNZIPPED} bytes")
    return text
