"""Binance's USD-M perpetuals: another house with the same manners, and a route of its own for each kind of stream.

A stream that is asked for on the wrong route is acknowledged, and stays silent for ever.
"""

from __future__ import annotations

from scanner.exchanges.base import Limits, Window
from scanner.exchanges.binance.exchange import BinanceExchange
from scanner.exchanges.binance.product import Product, Rest, Stream
from scanner.exchanges.sites import Call, Region
from scanner.model.market import Channel

REGIONS = {
    "global": Region(
        "https://fapi.binance.com",
        "wss://fstream.binance.com",
        frozenset({"USDT", "USDC"}),
        page="https://www.binance.com/en/futures/{base}{quote}",
    ),
}

_MARKET, _PUBLIC = "/market/stream", "/public/stream"

STREAMS: dict[Channel, Stream] = {
    "ticker": Stream("!miniTicker@arr", _MARKET, whole=True),
    "trade": Stream("aggTrade", _MARKET),
    "booktop": Stream("bookTicker", _PUBLIC),
    "candle": Stream("kline_1m", _MARKET),
}
"""Books are left out: their numbers follow another rule than those of spot."""

REST = Rest(
    markets=Call("/fapi/v1/exchangeInfo", 1),
    tickers=Call("/fapi/v1/ticker/24hr", 40),
    tickers_of=(),
    trades=Call("/fapi/v1/aggTrades", 20, {"limit": "1000"}),
    candles=Call("/fapi/v1/klines", 2, {"interval": "1m"}),
    most_candles=499,
    depth=Call("/fapi/v1/depth", 20, {"limit": "1000"}),
)
"""The weights of catalogue, tickers and trades are assumed: the dearest that any version of the documents named. Bars
weigh by their number: 1 below 100, 2 below 500, then 5."""

LIMITS = Limits(
    connects=(Window(300, 300.0),),
    messages=(Window(1, 0.15),),
    requests=(Window(1_920, 60.0),),
    streams_per_connection=150,
    block_s=120.0,
    lifetime_s=86_400.0,
)
"""Ten messages a second with pings and pongs among them, spread as for spot; four fifths of 2,400 requests a minute.
Texts differ between 200 and 1,024 streams a connection, so it is fewer than either."""

BINANCE_FUTURES = BinanceExchange.of(
    Product(
        name="binance-futures",
        title="Binance USD-M",
        kind="perpetual",
        by_default=False,
        regions=REGIONS,
        streams=STREAMS,
        rest=REST,
        limits=LIMITS,
        most_streams=200,
    )
)
