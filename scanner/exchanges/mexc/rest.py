"""MEXC's REST side for spot: the catalogue, all prices in one call, the newest trades, and snapshots of books.

A line of the catalogue, shortened:

    {"symbol":"WAVEUSDT","status":"1","baseAsset":"WAVE","quoteAsset":"USDT","fullName":"Wave","tradeSideType":1}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from scanner.exchanges.base import RemoteNonsense, Request
from scanner.exchanges.codes import glued
from scanner.exchanges.mexc.ids import made_id
from scanner.exchanges.mexc.values import amount
from scanner.exchanges.numbers import Change, Number, Price, Stamp
from scanner.exchanges.rows import LISTING, ROWS, answer, read_list, read_rows
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import Level, Market, Side, Ticker, Trade

MOST_TRADES = 1_000
MOST_CANDLES = 500
SNAPSHOT_LEVELS = 1_000
"""What the venue's own recipe for a book asks for."""

Name = Annotated[str, Meta(min_length=1, max_length=40)]

_ONLINE = frozenset({"1", "ENABLED"})
_OFFLINE = "3"
_CLOSED = 4
_CAUTIONS = {2: ("buy only",), 3: ("sell only",)}
"""`tradeSideType`, as far as it is one."""


def markets_request(rest_url: str) -> Request:
    """Ask for all markets."""
    return Request(f"{rest_url}/api/v3/exchangeInfo", weight=10)


def tickers_request(rest_url: str) -> Request:
    """Ask for the last 24 hours of all markets."""
    return Request(f"{rest_url}/api/v3/ticker/24hr", weight=40)


def trades_request(rest_url: str, code: str) -> Request:
    """Ask for the newest trades of one market."""
    return Request(f"{rest_url}/api/v3/trades", {"symbol": code, "limit": str(MOST_TRADES)}, weight=5)


def candles_request(rest_url: str, code: str, count: int) -> Request:
    """Ask for that many minutes of one market and the one that runs, as far as one answer holds them."""
    limit = str(min(count + 1, MOST_CANDLES))
    return Request(f"{rest_url}/api/v3/klines", {"symbol": code, "interval": "1m", "limit": limit})


def snapshot_request(rest_url: str, code: str) -> Request:
    """Ask for one book."""
    return Request(f"{rest_url}/api/v3/depth", {"symbol": code, "limit": str(SNAPSHOT_LEVELS)})


def read_markets(body: bytes) -> list[Market]:
    """The catalogue without what went offline; lines that cannot be read are left out."""
    return read_rows(answer(LISTING, body).symbols, _market)


def read_tickers(body: bytes, exchange: str, listed: Mapping[str, Instrument], seen: int) -> list[Ticker]:
    """Last prices of the markets in `listed`, by code; those that have none, having never traded, are left out.

    `volume` is base volume here, unlike on the socket. Where the turnover is missing it is estimated: all of the
    volume at the last price.
    """

    def ticker(row: msgspec.Raw) -> Ticker | None:
        line = _TICKER.decode(row)
        instrument = listed.get(line.symbol)
        price, volume = _figure(line.last_price), _figure(line.volume)
        if instrument is None or not price:
            return None
        turnover = _figure(line.quote_volume) or volume * price
        return Ticker(exchange, instrument, nanoseconds(line.close_time), seen, price, volume, turnover)

    return read_list(body, ticker)


def read_trades(body: bytes, exchange: str, instrument: Instrument, seen: int) -> list[Trade]:
    """The newest trades, oldest first. The venue names none of them, so their ids are made as the socket's are."""
    taken: dict[str, int] = {}

    def trade(row: msgspec.Raw) -> Trade:
        line = _TRADE.decode(row)
        side: Side = "sell" if line.is_buyer_maker else "buy"
        known = made_id(line.time, line.price, line.qty, side, taken)
        return Trade(exchange, instrument, nanoseconds(line.time), seen, known, line.price, line.qty, side)

    return read_rows(answer(ROWS, body)[::-1], trade)


def read_snapshot(body: bytes) -> tuple[int, list[Level], list[Level]]:
    """Version, bids and asks of a book."""
    book = answer(_SNAPSHOT, body)
    return book.last_update_id, book.bids, book.asks


# ---- rows


class _Line(Struct, rename="camel"):
    symbol: Name
    status: str | int
    base_asset: Name
    quote_asset: Name
    full_name: str | None = None
    trade_side_type: int | None = None


class _TickerLine(Struct, rename="camel"):
    symbol: str
    close_time: Stamp
    last_price: str | float | None = None
    volume: str | float | None = None
    quote_volume: str | float | None = None


class _TradeLine(Struct, rename="camel"):
    price: Price
    qty: Price
    time: Stamp
    is_buyer_maker: bool


class _Snapshot(Struct, rename="camel"):
    last_update_id: Number
    bids: list[Change]
    asks: list[Change]


_MARKET = msgspec.json.Decoder(_Line)
_TICKER = msgspec.json.Decoder(_TickerLine)
_TRADE = msgspec.json.Decoder(_TradeLine, strict=False)
_SNAPSHOT = msgspec.json.Decoder(_Snapshot, strict=False)


def _market(row: msgspec.Raw) -> Market | None:
    line = _MARKET.decode(row)
    status, instrument = str(line.status), Instrument(line.base_asset, line.quote_asset)
    if status == _OFFLINE:
        return None
    if line.symbol != glued(instrument):  # it would be asked for by another one's name
        raise RemoteNonsense("a symbol that is not its base and quote")
    return Market(
        instrument,
        line.symbol,
        line.full_name or "",
        cautions=_CAUTIONS.get(line.trade_side_type or 0, ()),
        suspended=status not in _ONLINE or line.trade_side_type == _CLOSED,
    )


def _figure(said: str | float | None) -> float:
    """Null and an empty string are how the venue writes that there is none."""
    return amount("" if said is None else str(said))
