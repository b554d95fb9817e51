"""Binance spot: where it is, in each of its regions, and what it allows."""

from __future__ import annotations

from scanner.exchanges.base import Limits, Window
from scanner.exchanges.binance.exchange import BinanceExchange
from scanner.exchanges.binance.product import Product, Rest, Stream
from scanner.exchanges.binance.requests import NAMES
from scanner.exchanges.sites import Call, Region
from scanner.model.market import Channel

_HOME = frozenset(
    {
        *("USDT", "USDC", "FDUSD", "TUSD", "USD1", "DAI", "BTC", "ETH", "BNB", "XRP", "TRX", "DOGE", "SOL"),
        *("EUR", "TRY", "BRL", "JPY", "PLN", "MXN", "ARS", "COP", "ZAR", "UAH", "RON", "CZK", "IDR"),
    }
)

_PAGE = "https://www.binance.com/en/trade/{base}_{quote}?type=spot"

REGIONS = {
    "global": Region(
        "https://api.binance.com", "wss://stream.binance.com:9443/stream?timeUnit=MICROSECOND", _HOME, page=_PAGE
    ),
    "data": Region(
        "https://data-api.binance.vision",
        "wss://data-stream.binance.vision/stream?timeUnit=MICROSECOND",
        _HOME,
        page=_PAGE,
    ),  # the same books, public data only: open where the trading site is not
    "us": Region(
        "https://api.binance.us",
        "wss://stream.binance.us:9443/stream",
        frozenset({"USD", "USDT", "USDC", "BTC", "ETH"}),
        # Four fifths of 1,200 a minute, which is what Binance's houses began with. What this one allows now stands in
        # its exchangeInfo as REQUEST_WEIGHT; who needs more than this should look there first.
        (Window(960, 60.0),),
        "https://www.binance.us/spot-trade/{low_base}_{low_quote}",
    ),  # a house of its own, with books of its own; nobody says that it knows microseconds
}

STREAMS: dict[Channel, Stream] = {
    "ticker": Stream("!miniTicker@arr", whole=True),
    "trade": Stream("aggTrade"),
    "orderbook": Stream("depth@100ms"),
    "booktop": Stream("bookTicker"),
    "candle": Stream("kline_1m"),
}

REST = Rest(
    markets=Call("/api/v3/exchangeInfo", 20, {"showPermissionSets": "false"}),
    tickers=Call("/api/v3/ticker/24hr", 80, {"type": "MINI"}),
    tickers_of=((20, 2), (100, 40)),
    trades=Call("/api/v3/aggTrades", 4, {"limit": "1000"}),  # the weight is assumed: no source of ours names it
    candles=Call("/api/v3/klines", 2, {"interval": "1m"}),
    most_candles=1_000,
    depth=Call("/api/v3/depth", 50, {"limit": "1000"}),  # levels beyond it stay unknown, and a pump walks far
)

LIMITS = Limits(
    connects=(Window(300, 300.0),),
    messages=(Window(1, 0.35),),
    requests=(Window(4_800, 60.0),),
    streams_per_connection=NAMES,
    block_s=120.0,
    lifetime_s=86_400.0,
)
"""Messages: five in any second, pings and pongs among them. So three at most, and evenly: a burst at the end of one
second and one at the start of the next may arrive within one. With a ping and a pong of ours that makes five.
Requests: four fifths of 6,000 a minute, for others may share our address. Streams: as many as one message names, so
that a connection is whole with its first word, and little is blind without it. Whoever is shut out for their pace stays
so for two minutes, as those have found who were."""

BINANCE = BinanceExchange.of(
    Product(
        name="binance",
        title="Binance",
        kind="spot",
        by_default=True,
        regions=REGIONS,
        streams=STREAMS,
        rest=REST,
        limits=LIMITS,
        most_streams=1_024,
    )
)
