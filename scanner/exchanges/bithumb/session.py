"""Bithumb's socket: the ticket dialect with fewer words. No candles, no arrays, no depths to choose from.

A book, in SIMPLE format; its timestamp is in microseconds, sometimes as a string, and rows with a size of zero occur:

    {"ty":"orderbook","cd":"KRW-XRP","tas":410.2,"tbs":77.0,"obu":[{"ap":3121,"bp":3119,"as":400.0,"bs":0.0000},
     {"ap":3122,"bp":3118,"as":10.2,"bs":77.0}],"lv":1,"tms":"1790000000153482","st":"REALTIME"}
"""

from __future__ import annotations

from scanner.exchanges.ticket.dialect import Socket, Stream

SOCKET = Socket(
    streams={
        "ticker": Stream("ticker"),
        "trade": Stream("trade"),  # which spelling of "only realtime" is obeyed, nobody knows: snapshots are told apart
        "orderbook": Stream("orderbook"),  # always 15 levels
    },
    formats=("DEFAULT", "SIMPLE"),
    format="SIMPLE",  # two thirds of the bytes of DEFAULT
)
