"""WEEX's REST side: the catalogue, the tickers of all markets in one answer, and the newest trades of one."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct, field

from scanner.exchanges.base import RemoteNonsense, Request
from scanner.exchanges.codes import glued
from scanner.exchanges.numbers import Amount, Price, Stamp
from scanner.exchanges.rows import LISTING, answer, read_list, read_rows
from scanner.exchanges.times import nanoseconds
from scanner.exchanges.weex.dialect import Dialect
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Side, Ticker, Trade

TRADES = 500
"""Trades asked for at once; 1,000 can be had, at the same weight."""


def trades_request(rest_url: str, dialect: Dialect, instrument: Instrument) -> Request:
    """Ask for the newest trades of one market."""
    return dialect.rest.trades.at(rest_url, symbol=glued(instrument), limit=str(TRADES))


def candles_request(rest_url: str, dialect: Dialect, instrument: Instrument, count: int) -> Request:
    """Ask for that many minutes and the one that runs, where a number can be asked for."""
    number = min(count + 1, dialect.rest.most_candles)
    limit = {"limit": str(number)} if number else {}
    return dialect.rest.candles.at(rest_url, symbol=glued(instrument), **limit)


def read_markets(body: bytes, dialect: Dialect) -> list[Market]:
    """The catalogue; rows that cannot be read are left out. RemoteNonsense when not one of them can.

        {"symbols":[{"symbol":"WAVEUSDT","status":"TRADING","baseAsset":"WAVE","quoteAsset":"USDT","enableTrade":true}]}

    Contracts have no status: those that are delisted leave the list.
    """
    return read_rows(answer(LISTING, body).symbols, lambda row: _market(row, dialect))


def read_tickers(body: bytes, exchange: str, listed: Mapping[str, Instrument], seen: int) -> list[Ticker]:
    """Last prices of the markets in `listed`, by code, that have traded. RemoteNonsense when no row can be read.

        [{"symbol":"WAVEUSDT","lastPrice":"0.8125","volume":"120500.5","quoteVolume":"97906.7","closeTime":1790000040000}]

    Their time is ours: the only one here, the end of the 24 hours, lags behind by up to ten minutes.
    """

    def ticker(row: msgspec.Raw) -> Ticker | None:
        line = _TICKER.decode(row)
        instrument = listed.get(line.symbol)
        if instrument is None or not line.price:
            return None
        return Ticker(exchange, instrument, seen, seen, line.price, line.volume, line.turnover)

    return read_list(body, ticker)


def read_trades(body: bytes, dialect: Dialect, instrument: Instrument, seen: int) -> list[Trade]:
    """The newest trades, oldest first. Ids are UUIDs, as on the socket; that they are the same ones nobody has said.

    [{"id":"0b6f0c4e-52f1-4f0a-9a53-6d1f3c2f7a10","price":"0.8125","qty":"40.25","quoteQty":"32.703125",
      "time":1790000000112,"isBuyerMaker":false,"isBestMatch":true}]
    """

    def trade(row: msgspec.Raw) -> Trade:
        line = _TRADE.decode(row)
        side: Side = "sell" if line.buyer_was_maker else "buy"
        return Trade(dialect.name, instrument, nanoseconds(line.time), seen, line.id, line.price, line.size, side)

    return sorted(read_list(body, trade), key=lambda one: one.at)


# ---- rows


class _MarketLine(Struct, rename="camel"):
    symbol: str
    base_asset: str
    quote_asset: str
    status: str = "TRADING"
    enable_trade: bool = True
    contract_type: str = "PERPETUAL"
    """`TRADIFI_PERPETUAL` is a stock, not a coin."""


class _TickerLine(Struct):
    symbol: str
    price: Amount = field(name="lastPrice")
    volume: Amount
    turnover: Amount = field(name="quoteVolume")


class _TradeLine(Struct):
    id: str
    price: Price
    size: Price = field(name="qty")
    time: Stamp
    buyer_was_maker: bool = field(name="isBuyerMaker")


_MARKET = msgspec.json.Decoder(_MarketLine)
_TICKER = msgspec.json.Decoder(_TickerLine, strict=False)
_TRADE = msgspec.json.Decoder(_TradeLine, strict=False)


def _market(row: msgspec.Raw, dialect: Dialect) -> Market | None:
    """One line; None for what is no coin. A symbol that is not base and quote could never be asked for."""
    line = _MARKET.decode(row)
    instrument = Instrument(line.base_asset, line.quote_asset, dialect.kind)
    if line.contract_type != "PERPETUAL":
        return None
    if not (line.base_asset and line.quote_asset) or line.symbol != glued(instrument):
        raise RemoteNonsense("a symbol that is not its base and quote")
    return Market(instrument, line.symbol, suspended=line.status != "TRADING" or not line.enable_trade)
