"""Past minutes in the form that Binance gave them, and others took over: a list of lists, mostly of decimal strings.

    [[1789999980000,"0.8100","0.8130","0.8090","0.8120","77.5",1790000039999,"62.90",14,"40.25","32.68","0"]]

Start, four prices, volume in coins, end, turnover, number of trades, then what of volume and turnover takers bought.
MEXC's rows end with the turnover.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from scanner.exchanges.candles import minute, past
from scanner.exchanges.numbers import Amount, Price, Stamp
from scanner.exchanges.rows import read_list
from scanner.model.instrument import Instrument
from scanner.model.market import Candle


def read_klines(body: bytes, exchange: str, instrument: Instrument, seen: int) -> list[Candle]:
    """The minutes that are over, oldest first; rows that cannot be read are left out.

    Where the turnover is missing it is estimated: all of the volume at the last price. RemoteNonsense when there are
    rows and not one of them can be read.
    """

    def kline(raw: msgspec.Raw) -> Candle:
        row = _KLINE.decode(raw)
        turnover = row.volume * row.close if row.turnover is None else row.turnover
        prices, amounts = (row.open, row.high, row.low, row.close), (row.volume, turnover)
        return minute(exchange, instrument, row.start, seen, prices, amounts, row.buy_turnover)

    return _sided(past(read_list(body, kline)))


class _Kline(Struct, array_like=True, gc=False):
    start: Stamp
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Amount
    end: Stamp
    """The next start, or a millisecond before it: nobody needs to know."""
    turnover: Amount | None = None
    trades: int | None = None
    buy_volume: Amount | None = None
    buy_turnover: Amount | None = None


_KLINE = msgspec.json.Decoder(_Kline, strict=False)


def _sided(candles: Iterable[Candle]) -> list[Candle]:
    """The same; where takers bought nothing in all of them, those columns are not filled: nobody tells."""
    told = list(candles)
    if any(candle.buy_turnover for candle in told):
        return told
    return [replace(candle, buy_turnover=None) for candle in told]
