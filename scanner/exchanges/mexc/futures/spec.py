"""MEXC (perpetuals): where they are, and what is allowed there, most of which is not published."""

from __future__ import annotations

from scanner.exchanges.base import Limits, Window
from scanner.exchanges.mexc.futures.exchange import MexcFutures

LIMITS = Limits(
    connects=(Window(20, 1.0),),  # none is documented
    messages=(Window(50, 1.0),),  # none is documented; spot allows twice as many
    requests=(Window(25, 5.0),),  # by weights of ours: eight ordinary calls, where ten in two seconds are allowed
    streams_per_connection=100,  # 150 have been seen to work
    block_s=120.0,  # as on the spot side
    trades_top=100,  # one connection; one stream has the tickers of all
)

MEXC_FUTURES = MexcFutures(
    rest_url="https://api.mexc.com",
    ws_url="wss://contract.mexc.com/edge",
    quotes=frozenset({"USDT", "USDC", "USD1"}),
    limits=LIMITS,
)
