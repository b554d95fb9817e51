"""Binance's REST side: the catalogue, last prices, past trades and snapshots of books.

A market in the catalogue, shortened:

    {"symbol":"WAVEBNB","status":"TRADING","baseAsset":"WAVE","quoteAsset":"BNB","isSpotTradingAllowed":true}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from scanner.exchanges.base import Fetch, RemoteNonsense, Request
from scanner.exchanges.binance.product import Rest
from scanner.exchanges.codes import glued
from scanner.exchanges.numbers import Amount, Number, Price, Stamp
from scanner.exchanges.rows import LISTING, answer, read_list, read_rows
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument, Kind
from scanner.model.market import Market, Side, Ticker, Trade


def depth_fetch(rest_url: str, rest: Rest, code: str) -> Fetch:
    """Ask for a book; the tag is the code."""
    return Fetch(rest.depth.at(rest_url, symbol=code), code)


def read_markets(body: bytes, kind: Kind) -> list[Market]:
    """The catalogue, with base and quote as its own fields name them; rows that cannot be read are left out.

    So is a market whose symbol is not just base and quote, for its streams would be asked for by a wrong name.
    """

    def market(row: msgspec.Raw) -> Market | None:
        line = _MARKET.decode(row)
        if kind == "perpetual" and line.contract != "PERPETUAL":
            return None
        instrument = Instrument(line.base, line.quote, kind)
        if glued(instrument) != line.symbol:
            raise RemoteNonsense(f"a market of {line.base} and {line.quote} by the name of {line.symbol}")
        return Market(instrument, line.symbol, suspended=line.status != "TRADING" or not line.is_spot)

    return read_rows(answer(LISTING, body).symbols, market)


def tickers_requests(rest_url: str, rest: Rest, markets: Sequence[Market]) -> list[Request]:
    """One call: of these markets where they are few, of all markets where that is no dearer."""
    if not markets:
        return []
    for at_most, weight in rest.tickers_of:
        if len(markets) <= at_most:
            call = msgspec.structs.replace(rest.tickers, weight=weight)
            codes = msgspec.json.encode([market.code for market in markets]).decode()
            return [call.at(rest_url, symbols=codes)]
    return [rest.tickers.at(rest_url)]


def read_tickers(body: bytes, exchange: str, codes: Mapping[str, Instrument], seen: int) -> list[Ticker]:
    """Last prices of the markets in `codes`; those without a price are left out."""

    def ticker(row: msgspec.Raw) -> Ticker | None:
        line = _TICKER.decode(row)
        instrument = codes.get(line.symbol)
        if instrument is None or not line.price:
            return None
        at = nanoseconds(line.at)
        return Ticker(exchange, instrument, at, seen, line.price, line.volume, line.turnover)

    return read_list(body, ticker)


def trades_request(rest_url: str, rest: Rest, instrument: Instrument) -> Request:
    """Ask for as many of the newest aggregate trades as one answer holds."""
    return rest.trades.at(rest_url, symbol=glued(instrument))


def read_trades(body: bytes, exchange: str, instrument: Instrument, seen: int) -> list[Trade]:
    """Aggregate trades as on the socket, by the same ids, oldest first as the venue sends them."""

    def trade(row: msgspec.Raw) -> Trade:
        line = _TRADE.decode(row)
        side: Side = "sell" if line.sold else "buy"
        return Trade(exchange, instrument, nanoseconds(line.at), seen, str(line.id), line.price, line.size, side)

    return read_list(body, trade)


def candles_request(rest_url: str, rest: Rest, instrument: Instrument, count: int) -> Request:
    """Ask for that many minutes and the one that runs, as far as one answer holds them."""
    return rest.candles.at(rest_url, symbol=glued(instrument), limit=str(min(count + 1, rest.most_candles)))


# ---- rows


class _MarketLine(
    Struct,
    rename={"base": "baseAsset", "quote": "quoteAsset", "is_spot": "isSpotTradingAllowed", "contract": "contractType"},
):
    symbol: str
    status: str
    base: str
    quote: str
    is_spot: bool = True
    """False for tokens of funds, which have markets of another kind; perpetuals do not say."""
    contract: str = ""


class _TickerLine(
    Struct, rename={"price": "lastPrice", "volume": "volume", "turnover": "quoteVolume", "at": "closeTime"}
):
    symbol: str
    price: Amount
    """Zero while a market has never traded."""
    volume: Amount
    turnover: Amount
    at: Stamp


class _TradeLine(Struct, rename={"id": "a", "price": "p", "size": "q", "at": "T", "sold": "m"}):
    id: Number
    price: Price
    size: Price
    at: Stamp
    sold: bool


_MARKET = msgspec.json.Decoder(_MarketLine, strict=False)
_TICKER = msgspec.json.Decoder(_TickerLine, strict=False)
_TRADE = msgspec.json.Decoder(_TradeLine, strict=False)
