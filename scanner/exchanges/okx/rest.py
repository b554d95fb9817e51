"""OKX's REST side: one call lists all markets, one more knows all their prices; trades come one by one.

{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"WAVE-USDT","baseCcy":"WAVE","quoteCcy":"USDT",
 "state":"live","expTime":"","instCategory":"1","tickSz":"0.0001"}]}
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from math import fsum
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from scanner.exchanges.base import RemoteNonsense, Request
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense
from scanner.exchanges.okx.frames import TICKERS, TRADES, Name, TradeRow
from scanner.exchanges.okx.streams import code_of
from scanner.exchanges.refusal import TurnedAway
from scanner.exchanges.rows import read_rows
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Ticker, Trade

T = TypeVar("T")

MOST_TRADES = 500
"""In one answer."""
BUSY = frozenset({"50001", "50011", "50013"})
"""Not now: the service is away, it is asked too often, it has too much to do. All come under HTTP 200 as well."""
CRYPTO = "1"
"""The category of coins; stocks, metals, currencies and bonds have others."""
SPOT = {"instType": "SPOT"}


def markets_request(rest_url: str) -> Request:
    """Ask for all spot markets."""
    return Request(f"{rest_url}/api/v5/public/instruments", SPOT)


def read_markets(body: bytes) -> list[Market]:
    """All markets of coins; rows that cannot be read are left out. RemoteNonsense when not one of them can."""
    return read_data(body, _market)


def tickers_requests(rest_url: str, markets: Sequence[Market]) -> list[Request]:
    """Ask for all spot markets at once; not at all for none."""
    return [Request(f"{rest_url}/api/v5/market/tickers", SPOT)] if markets else []


def read_tickers(body: bytes, exchange: str, seen: int) -> list[Ticker]:
    """Last prices; markets without one are left out. An answer may be older than what the socket said: see `at`."""

    def ticker(raw: Raw) -> Ticker | None:
        if TICKERS.is_blank(raw):
            return None
        row, instrument = TICKERS.read_one(raw), _instrument(_CODED.decode(raw).code)
        return Ticker(exchange, instrument, nanoseconds(row.ts), seen, row.last, row.volume, row.turnover)

    return read_data(body, ticker)


def trades_request(rest_url: str, instrument: Instrument) -> Request:
    """Ask for the newest trades of one market."""
    return Request(f"{rest_url}/api/v5/market/trades", {"instId": code_of(instrument), "limit": str(MOST_TRADES)})


def read_trades(body: bytes, exchange: str, instrument: Instrument, seen: int) -> list[Trade]:
    """The newest trades, oldest first, joined as the socket joins them, so that ids and sizes are the same.

    The socket makes one trade of what one order took at one price, and this answer tells every piece by itself. Which
    order took a piece it does not tell: two orders of one millisecond, side and price become one trade here, under the
    id of the later one. Of the oldest trade the first pieces may lie beyond the end of the answer.
    """
    rows = read_data(body, lambda raw: None if TRADES.is_blank(raw) else TRADES.read_one(raw))[::-1]
    pieces = (list(group) for _, group in groupby(rows, key=lambda row: (row.ts, row.side, row.price, row.source)))
    return [_joined(group, exchange, instrument, seen) for group in pieces]


# ---- rows


class _Answer(Struct):
    """What every answer is wrapped in; errors come so under HTTP 200, too."""

    code: str
    msg: str = ""
    data: list[Raw] = []


class _MarketRow(
    Struct,
    rename={"id": "instId", "base": "baseCcy", "quote": "quoteCcy", "expires": "expTime", "category": "instCategory"},
):
    id: Name
    base: Name
    quote: Name
    state: str
    expires: Annotated[str, Meta(max_length=19)] = ""
    """Milliseconds; set as soon as the end is announced."""
    category: str = CRYPTO


class _Coded(Struct, rename={"code": "instId"}):
    code: Name


_ANSWER = msgspec.json.Decoder(_Answer)
_MARKET = msgspec.json.Decoder(_MarketRow)
_CODED = msgspec.json.Decoder(_Coded)


def read_data(body: bytes, read: Callable[[Raw], T | None]) -> list[T]:
    """What `read` makes of each row; RemoteNonsense for an error, and when there are rows and none can be read.

    TurnedAway for an error that asking again too soon makes worse.
    """
    try:
        answer = _ANSWER.decode(body)
    except UNREADABLE as error:
        raise nonsense(str(error), body) from None
    if answer.code in BUSY:
        raise TurnedAway(f"refused with {answer.code} {bounded(answer.msg)}")
    if answer.code != "0":
        raise nonsense(f"refused with {answer.code} {answer.msg}", body)
    return read_rows(answer.data, read)


def _market(raw: Raw) -> Market | None:
    row = _MARKET.decode(raw)
    instrument = Instrument(row.base, row.quote)
    if row.category not in {CRYPTO, ""}:
        return None
    if row.id != code_of(instrument):
        raise RemoteNonsense(f"a market of {row.base} and {row.quote} by another name")
    return Market(instrument, row.id, suspended=row.state != "live", delists_at=_moment(row.expires))


def _moment(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise RemoteNonsense("an end that is no time")
    return nanoseconds(int(text))


def _instrument(code: str) -> Instrument:
    """Answers about prices name a market by its code only; a dash stands between its currencies."""
    base, dash, quote = code.partition("-")
    if not (base and dash and quote) or "-" in quote:
        raise RemoteNonsense("a ticker of something that is no spot market")
    return Instrument(base, quote)


def _joined(pieces: Sequence[TradeRow], exchange: str, instrument: Instrument, seen: int) -> Trade:
    """15 digits are what survives in a float of the decimal numbers that the venue adds up."""
    last = pieces[-1]
    size = last.size if len(pieces) == 1 else float(f"{fsum(piece.size for piece in pieces):.15g}")
    return Trade(exchange, instrument, nanoseconds(last.ts), seen, last.id, last.price, size, last.side)
