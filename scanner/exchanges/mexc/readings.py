"""What MEXC's protobuf messages mean that stand by themselves: everything but books that come as changes.

Trades of 100 ms, as the protobuf says it in JSON (an int64 shown as a number):

    {"channel":"spot@public.aggre.deals.v3.api.pb@100ms@WAVEUSDT","symbol":"WAVEUSDT","sendTime":1790000000153,
     "publicAggreDeals":{"deals":[{"price":"0.5825","quantity":"40.25","tradeType":1,"time":1790000000112}],
     "eventType":"spot@public.aggre.deals.v3.api.pb@100ms"}}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner.exchanges.base import RemoteNonsense, Result
from scanner.exchanges.books import whole
from scanner.exchanges.codes import Codes
from scanner.exchanges.mexc.ids import made_id
from scanner.exchanges.mexc.push_pb2 import PublicAggreDealsV3ApiItem, PublicMiniTickerV3Api, PushDataV3ApiWrapper
from scanner.exchanges.mexc.values import Row, amount, levels, number, top, version
from scanner.exchanges.rows import sift
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Channel, Level, OrderBook, Side, Ticker, Trade

LONGEST_ID = 64
"""Characters of a trade's id; the venue's other ids have 20."""
MINUTE_S = 60

Reader = Callable[[PushDataV3ApiWrapper, Instrument, int], list[Result]]
"""Takes a message, whom it is about, and our receive time; RemoteNonsense when it makes no sense."""

_SIDES: dict[int, Side] = {1: "buy", 2: "sell"}


class Readings:
    """Readers of a conversation whose wants `codes` knows. A row that cannot be read hides no other, and is counted."""

    def __init__(self, exchange: str, codes: Codes) -> None:
        self._exchange = exchange
        self._codes = codes
        self.readers: dict[Channel, Reader] = {
            "trade": self._trades,
            "ticker": self._tickers,
            "booktop": self._top,
            "candle": self._candle,
            "orderbook": self._book,
        }

    def _trades(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        deals = push.publicAggreDeals.deals
        if not deals:
            raise RemoteNonsense("trades without a trade")
        taken: dict[str, int] = {}
        trades, torn = sift(deals, lambda deal: self._trade(deal, instrument, seen, taken))
        return [*trades, *torn]

    def _trade(
        self, deal: PublicAggreDealsV3ApiItem, instrument: Instrument, seen: int, taken: dict[str, int]
    ) -> Trade:
        ms, trade_id, side = deal.time, deal.tradeId, _SIDES.get(deal.tradeType)
        if side is None or len(trade_id) > LONGEST_ID:
            raise RemoteNonsense(f"tradeType {deal.tradeType}, tradeId of {len(trade_id)} characters")
        at, price, size = nanoseconds(ms), number(deal.price), number(deal.quantity)
        trade_id = trade_id or made_id(ms, price, size, side, taken)
        return Trade(self._exchange, instrument, at, seen, trade_id, price, size, side)

    def _tickers(self, push: PushDataV3ApiWrapper, _instrument: Instrument, seen: int) -> list[Result]:
        """Rows of wanted markets; one without a price has never traded."""
        if not push.HasField("publicMiniTickers"):
            raise RemoteNonsense("a message of another kind on the channel of all tickers")
        at, find = time_of(push), self._codes.get
        rows = (
            (row, instrument)
            for row in push.publicMiniTickers.items
            if (instrument := find("ticker", row.symbol)) is not None and row.price
        )
        tickers, torn = sift(rows, lambda pair: self._ticker(*pair, at, seen))
        return [*tickers, *torn]

    def _ticker(self, row: PublicMiniTickerV3Api, instrument: Instrument, at: int, seen: int) -> Ticker:
        """The venue's `volume` is the turnover here, and its `quantity` the volume."""
        return Ticker(self._exchange, instrument, at, seen, number(row.price), amount(row.quantity), amount(row.volume))

    def _top(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        """Nothing while one side is empty; crossed prices are blamed."""
        said = push.publicAggreBookTicker
        bid, ask = top(said.bidPrice, said.bidQuantity), top(said.askPrice, said.askQuantity)
        if bid is None or ask is None:
            if bid is ask:
                raise RemoteNonsense("a book top without bid and ask")
            return []
        if bid[0] >= ask[0]:
            raise RemoteNonsense("crossed book")
        return [BookTop(self._exchange, instrument, time_of(push), seen, bid, ask)]

    def _candle(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        """A bar as far as it has grown: nothing says when it is done, but that the next one begins."""
        bar = push.publicSpotKline
        if bar.interval != "Min1":
            raise RemoteNonsense(f"a bar of {bar.interval!r}")
        start = nanoseconds(bar.windowStart)
        return [
            Candle(
                self._exchange,
                instrument,
                start,
                seen,
                MINUTE_S,
                number(bar.openingPrice),
                number(bar.highestPrice),
                number(bar.lowestPrice),
                number(bar.closingPrice),
                amount(bar.volume),
                amount(bar.amount),
            )
        ]

    def _book(self, push: PushDataV3ApiWrapper, instrument: Instrument, seen: int) -> list[Result]:
        """Each push stands for itself, so one that is lost is made good by the next."""
        said = push.publicLimitDepths
        bids, asks = whole(_sized(said.bids), _sized(said.asks))
        return [OrderBook(self._exchange, instrument, time_of(push), seen, bids, asks, version(said.version))]


def time_of(push: PushDataV3ApiWrapper) -> int:
    """When the venue sent it, in nanoseconds."""
    return nanoseconds(push.sendTime or push.createTime)


def _sized(rows: Iterable[Row]) -> list[Level]:
    """Levels without the empty ones."""
    return [level for level in levels(rows) if level[1]]
