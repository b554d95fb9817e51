"""MEXC (spot): where it is, and what it allows."""

from __future__ import annotations

from scanner.exchanges.base import Limits, Window
from scanner.exchanges.mexc.exchange import Mexc

LIMITS = Limits(
    connects=(Window(20, 1.0),),  # none is documented; one client library allows itself a hundred
    messages=(Window(100, 1.0),),  # beyond it the venue disconnects, and bans who goes on
    requests=(Window(500, 10.0),),  # by weight and for each path; taken for all of them together
    streams_per_connection=30,
    block_s=120.0,  # the shortest ban; the longest lasts three days, and its answer says how long
    lifetime_s=86_400.0,
    trades_top=300,  # ten connections of thirty; one stream has the tickers of all the others
)

MEXC = Mexc(
    rest_url="https://api.mexc.com",
    ws_url="wss://wbs-api.mexc.com/ws",
    quotes=frozenset({"USDT", "USDC", "BTC", "ETH"}),
    limits=LIMITS,
)
