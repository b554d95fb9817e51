"""WEEX: where its two houses are, and what they allow."""

from __future__ import annotations

from msgspec.structs import replace

from scanner.exchanges.base import Limits, Window
from scanner.exchanges.sites import Call
from scanner.exchanges.weex.dialect import Dialect, Rest
from scanner.exchanges.weex.exchange import WeexExchange
from scanner.model.market import Channel

LIMITS = Limits(
    connects=(Window(300, 300.0),),
    messages=(),  # only those are counted that change what is subscribed
    requests=(Window(500, 10.0),),  # by weight
    streams_per_connection=100,
    block_s=10.0,
    operations=(Window(96, 3_600.0),),  # of 240, the rest being left to our PINGs, should they count
    connections=20,
    trades_top=500,  # five connections of twenty; most of the 3,500 markets are hardly traded
)

STREAMS: dict[Channel, str] = {
    "ticker": "ticker",
    "trade": "trade",
    "orderbook": "depth15",  # the other depth, 200, opens with 9 kB a book
    "booktop": "bookTicker",
    "candle": "kline_1m_LAST_PRICE",
}

WEEX = WeexExchange.of(
    Dialect(
        name="weex",
        title="WEEX",
        by_default=True,
        kind="spot",
        quotes=frozenset({"USDT", "BTC"}),
        rest_url="https://api-spot.weex.com",
        ws_url="wss://ws-spot.weex.com/v3/ws/public",
        page="https://www.weex.com/trade/{base}-{quote}",
        streams=STREAMS,
        rest=Rest(
            listing=Call("/api/v3/exchangeInfo", 20),
            tickers=Call("/api/v3/market/ticker/24hr", 2),
            trades=Call("/api/v3/market/trades", 25),
            candles=Call("/api/v3/market/klines", 2, {"interval": "1m"}),
            most_candles=0,  # no client sends a number here, and one that is not known might be refused
        ),
        limits=LIMITS,
    )
)

WEEX_CONTRACT = WeexExchange.of(
    Dialect(
        name="weex-contract",
        title="WEEX contracts",
        by_default=False,
        kind="perpetual",
        quotes=frozenset({"USDT"}),
        rest_url="https://api-contract.weex.com",
        ws_url="wss://ws-contract.weex.com/v3/ws/public",
        page="https://www.weex.com/futures/{base}-{quote}",
        streams={channel: stream for channel, stream in STREAMS.items() if channel != "booktop"},
        rest=Rest(
            listing=Call("/capi/v3/market/exchangeInfo", 1),
            tickers=Call("/capi/v3/market/ticker/24hr", 40),
            trades=Call("/capi/v3/market/trades", 5),
            candles=Call("/capi/v3/market/klines", 1, {"interval": "1m"}),
            most_candles=1_000,
        ),
        limits=replace(LIMITS, trades_top=0),  # a thousand fit on ten connections
    )
)
