"""What comes over the wire, as types: an envelope whose data waits, still bytes, until its channel is known.

Nearly every number is written as a string, and one that does not apply is the empty string. The decoders do the
checking: a price that is zero, negative, infinite or a word never becomes a value.

    {"arg":{"channel":"trades","instId":"WAVE-USDT"},"data":[{"instId":"WAVE-USDT","tradeId":"771204","px":"0.6125",
     "sz":"480.5","side":"buy","ts":"1790000000112","count":"2","source":"0","seqId":5531207}]}
"""

from __future__ import annotations

from collections.abc import Callable
from types import GenericAlias
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from scanner.exchanges.base import RemoteNonsense, Result
from scanner.exchanges.numbers import Amount, Price, Stamp
from scanner.exchanges.rows import ROWS, sift, sift_rows
from scanner.exchanges.times import LATEST
from scanner.model.market import Event, Side

Number = Annotated[int, Meta(ge=-1, le=LATEST)]
"""Of a book, or `SNAPSHOT` in place of one."""
Name = Annotated[str, Meta(min_length=1, max_length=64)]

SNAPSHOT = -1
"""What a whole book names as the number before its own."""


class Arg(Struct, gc=False, rename={"code": "instId"}):
    """The stream that a message belongs to; further keys may stand beside these."""

    channel: str = ""
    code: str = ""


class Envelope(Struct):
    """Any message but the text `pong`: data where `data` is, else word about the conversation."""

    arg: Arg | None = None
    action: str = ""
    data: Raw = Raw()
    event: str = ""
    id: str = ""
    code: str = ""
    msg: str = ""


class TickerRow(Struct, gc=False, rename={"volume": "vol24h", "turnover": "volCcy24h"}):
    """Last price and rolling totals; of a spot market the volume is in base and the turnover in quote currency."""

    last: Price
    volume: Amount
    turnover: Amount
    ts: Stamp


class TradeRow(Struct, gc=False, rename={"id": "tradeId", "price": "px", "size": "sz"}):
    """One execution, or several of one taker's order at one price: then the id is the last one's."""

    id: Name
    price: Price
    size: Price
    side: Side
    ts: Stamp
    source: str = ""
    """Which of the venue's two kinds of makers it was taken from; pieces of different kinds are not joined."""


class LevelRow(Struct, array_like=True, gc=False):
    """Price and size; a dead field and the number of orders follow. Size 0 takes the level away."""

    price: Price
    size: Amount


class BookRow(Struct, gc=False, rename={"sequence": "seqId", "previous": "prevSeqId"}):
    """A book or what changed of it. `checksum` is dead: it has been zero since 2026, so nobody looks at it.

    In 2022 there were no numbers yet, which reads as if all were the same: then nothing can be missed.
    """

    bids: list[LevelRow]
    asks: list[LevelRow]
    ts: Stamp
    sequence: Number = 0
    previous: Number = 0


class CandleRow(Struct, array_like=True, gc=False):
    """A bar as far as it has grown; whether it is final stands behind."""

    start: Stamp
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Amount
    """In base currency."""
    currency_volume: Amount
    """In quote currency for spot markets, as the next one always is."""
    turnover: Amount


Row = TypeVar("Row", bound=Struct)
Told = TypeVar("Told", bound=Event)


class Rows(Generic[Row]):
    """Reads `data`, an array of rows of one kind."""

    def __init__(self, row: type[Row]) -> None:
        self._fields = [field.encode_name for field in msgspec.structs.fields(row)]
        self._all: Any = msgspec.json.Decoder(GenericAlias(list, row), strict=False)
        self._one = msgspec.json.Decoder(row, strict=False)

    def told(self, data: Raw, tell: Callable[[Row], Told]) -> list[Result]:
        """What `tell` makes of each row; one that cannot be read hides no other, and is counted."""
        try:
            return [tell(row) for row in self._all.decode(data)]
        except (RemoteNonsense, msgspec.ValidationError):
            rows, torn = sift_rows(ROWS.decode(data), lambda row: None if self.is_blank(row) else self._one.decode(row))
            told, senseless = sift(rows, tell)
            return [*told, *torn, *senseless]

    def read(self, data: Raw) -> list[Row]:
        """All the rows; one in which a number that counts is "" has nothing to say yet, and is left out."""
        try:
            rows: list[Row] = self._all.decode(data)
        except msgspec.ValidationError:
            return [self._one.decode(row) for row in ROWS.decode(data) if not self.is_blank(row)]
        return rows

    def is_blank(self, row: Raw) -> bool:
        """Whether something that we would read does not apply."""
        fields = _ANYTHING.decode(row)
        if isinstance(fields, dict):
            return any(fields.get(name) == "" for name in self._fields)
        return isinstance(fields, list) and "" in fields[: len(self._fields)]

    def read_one(self, row: Raw) -> Row:
        """One row by itself."""
        return self._one.decode(row)


_ANYTHING = msgspec.json.Decoder()
ENVELOPE = msgspec.json.Decoder(Envelope)
TICKERS = Rows(TickerRow)
TRADES = Rows(TradeRow)
BOOKS = Rows(BookRow)
CANDLES = Rows(CandleRow)
