"""Past minutes of one market by REST; a minute without a trade is not among them.

    [{"market":"KRW-WAVE","candle_date_time_utc":"2026-09-21T14:13:00","candle_date_time_kst":"2026-09-21T23:13:00",
      "opening_price":810.0,"high_price":813.0,"low_price":809.0,"trade_price":812.0,"timestamp":1790000003697,
      "candle_acc_trade_price":62900.25,"candle_acc_trade_volume":77.5,"unit":1}]

Newest first. What takers bought is not told.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from scanner.exchanges.base import RemoteNonsense, Request
from scanner.exchanges.candles import minute, past
from scanner.exchanges.nonsense import bounded
from scanner.exchanges.numbers import Amount, Price
from scanner.exchanges.ticket.codes import code_of
from scanner.exchanges.ticket.dialect import Newest
from scanner.exchanges.ticket.rest import read_rows_of
from scanner.model.instrument import Instrument
from scanner.model.market import Candle


def candles_request(rest_url: str, candles: Newest, instrument: Instrument, count: int) -> Request:
    """Ask for that many minutes and the one that runs, as far as one answer holds them."""
    number = str(min(count + 1, candles.at_most))
    return Request(rest_url + candles.path, {"market": code_of(instrument), "count": number})


def read_candles(body: bytes, exchange: str, instrument: Instrument, seen: int) -> list[Candle]:
    """The minutes that are over, oldest first; rows that cannot be read are left out. RemoteNonsense when none can."""
    code = code_of(instrument)

    def candle(raw: msgspec.Raw) -> Candle:
        row = _CANDLE.decode(raw)
        if row.market != code:
            raise RemoteNonsense(f"a bar of {bounded(row.market)!r} among those of {code}")
        start = int(row.candle_date_time_utc.replace(tzinfo=UTC).timestamp())
        prices = (row.opening_price, row.high_price, row.low_price, row.trade_price)
        amounts = (row.candle_acc_trade_volume, row.candle_acc_trade_price)
        return minute(exchange, instrument, start, seen, prices, amounts)

    return past(read_rows_of(body, candle))


class _Candle(Struct):
    market: str
    candle_date_time_utc: Annotated[datetime, Meta(tz=False)]
    """In UTC, though it names no zone, at both venues: only Bithumb's tickers run ahead."""
    opening_price: Price
    high_price: Price
    low_price: Price
    trade_price: Price
    candle_acc_trade_volume: Amount
    candle_acc_trade_price: Amount
    unit: Literal[1] = 1
    """Minutes in a bar."""


_CANDLE = msgspec.json.Decoder(_Candle, strict=False)
