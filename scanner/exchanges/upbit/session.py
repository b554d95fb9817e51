"""Upbit's socket: the ticket dialect as its author speaks it.

A trade, in SIMPLE format, as a binary frame:

    {"ty":"trade","cd":"KRW-XRP","tms":1790000000153,"td":"2026-09-21","ttm":"14:13:20","ttms":1790000000112,
     "tp":3120.0,"tv":52.75,"ab":"BID","pcp":3001.0,"c":"RISE","cp":119.0,"sid":17900000001120000,
     "bap":3121,"bas":88.1,"bbp":3120,"bbs":12.25,"st":"REALTIME"}
"""

from __future__ import annotations

from scanner.exchanges.ticket.dialect import Socket, Stream

SOCKET = Socket(
    streams={
        "ticker": Stream("ticker"),
        "trade": Stream("trade", options={"is_only_realtime": True}),  # the snapshot is a past trade, no news
        "orderbook": Stream("orderbook", suffix=".15"),  # half the bytes of the default, 30 levels
        "candle": Stream("candle.1m"),
    },
    formats=("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"),
    format="SIMPLE",  # two thirds of the bytes of DEFAULT
)
