"""Past minutes of one market by REST, in the envelope of every answer; rows are those of the socket, newest first.

    {"code":"0","msg":"","data":[["1789999980000","0.8100","0.8130","0.8090","0.8120","77.5","62.90","62.90","0"],
     ["1789999920000","0.8090","0.8110","0.8085","0.8100","41.25","33.40","33.40","1"]]}

Start, four prices, volume in coins, turnover twice, and whether the bar is final. What takers bought is not told.
"""

from __future__ import annotations

from msgspec import Raw

from scanner.exchanges.base import Request
from scanner.exchanges.candles import minute, past
from scanner.exchanges.okx.frames import CandleRow, Rows
from scanner.exchanges.okx.rest import read_data
from scanner.exchanges.okx.streams import code_of
from scanner.model.instrument import Instrument
from scanner.model.market import Candle

MOST_CANDLES = 300
"""In one answer."""
GROWING = "0"


def candles_request(rest_url: str, instrument: Instrument, count: int) -> Request:
    """Ask for that many minutes of one market and the one that runs, as far as one answer holds them."""
    params = {"instId": code_of(instrument), "bar": "1m", "limit": str(min(count + 1, MOST_CANDLES))}
    return Request(f"{rest_url}/api/v5/market/candles", params)


def read_candles(body: bytes, exchange: str, instrument: Instrument, seen: int) -> list[Candle]:
    """The minutes that are over, by the venue's word and by our clock, oldest first.

    Rows that cannot be read are left out; RemoteNonsense and TurnedAway as for all answers.
    """

    def candle(raw: Raw) -> Candle | None:
        if _BARS.is_blank(raw):
            return None
        row = _BARS.read_one(raw)
        if row.confirm == GROWING:
            return None
        prices = (row.open, row.high, row.low, row.close)
        return minute(exchange, instrument, row.start, seen, prices, (row.volume, row.turnover))

    return past(read_data(body, candle))


class _Bar(CandleRow, array_like=True, gc=False):
    confirm: str = "1"


_BARS = Rows(_Bar)
