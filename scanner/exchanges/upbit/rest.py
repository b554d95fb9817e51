"""Upbit's REST side: one call lists all markets, one more knows all their prices."""

from __future__ import annotations

from scanner.exchanges.ticket.dialect import Listing, Newest, Rest, Tickers

REST = Rest(
    listing=Listing("/v1/market/all", {"is_details": "true"}),
    tickers=Tickers(
        "/v1/ticker/all",
        param="quote_currencies",
        of="instrument.quote",
        at_most=20,  # never reached: a region has three quotes
        epoch_ahead_s=0,
    ),
    trades=Newest("/v1/trades/ticks", at_most=500),
    candles=Newest("/v1/candles/minutes/1", at_most=200),
)
