"""Bithumb's REST side: Upbit's paths, 200 markets to a ticker call, and a clock nine hours ahead."""

from __future__ import annotations

from scanner.exchanges.ticket.dialect import Listing, Newest, Rest, Tickers

REST = Rest(
    listing=Listing("/v1/market/all", {"isDetails": "true"}),
    tickers=Tickers(
        "/v1/ticker",
        param="markets",
        of="code",
        at_most=200,
        epoch_ahead_s=9 * 3600,  # Korean wall time sent as if it were UTC
    ),
    trades=Newest("/v1/trades/ticks", at_most=500),
    candles=Newest("/v1/candles/minutes/1", at_most=200),
)
