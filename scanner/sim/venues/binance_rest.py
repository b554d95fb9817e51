"""The REST side of Binance: weights, and mistakes by number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from scanner.model.instrument import Instrument
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill
from scanner.sim.listing import Entry
from scanner.sim.venues.base import Answer, MarketView
from scanner.sim.venues.binance_houses import MOST_LEVELS, SPOT, Params, digits
from scanner.sim.venues.binance_telling import BOOK_LEVELS
from scanner.sim.venues.binance_words import (
    DAY_MS,
    INTERVALS,
    Payload,
    aggregate_row,
    aggregated,
    code_of,
    id_of,
    levels,
    text,
)

MOST_ROWS = 1_000


class Mistake(Exception):
    """The caller's: an HTTP status, the venue's number for it and its sentence."""

    def __init__(self, code: int, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status


class BinanceRest:
    """Answers from a market, in the manner of one of the houses."""

    house = SPOT

    def __init__(self, view: MarketView) -> None:
        self.view = view
        self._answers: dict[str, Callable[[Params], object]] = {
            "/ping": lambda _: {},
            "/time": lambda _: {"serverTime": self.now_ms()},
            "/exchangeInfo": self._markets,
            "/ticker/24hr": self._tickers,
            "/depth": self._depth,
            "/trades": self._trades,
            "/aggTrades": self._aggregates,
            "/klines": self._candles,
        }

    def group(self, path: str) -> str:
        """One purse for everything."""
        del path
        return "request_weight"

    def weight(self, path: str, params: Params) -> int:
        """What a call takes of it, by how much it asks for."""
        return self.house.weight(path.removeprefix(self.house.root), params)

    def answer(self, path: str, params: Params) -> Answer:
        """Answer a GET; mistakes of the caller get the venue's own error body."""
        known = path.startswith(self.house.root)
        reply = self._answers.get(path.removeprefix(self.house.root), _nowhere) if known else _nowhere
        try:
            return Answer(200, msgspec.json.encode(reply(params)))
        except Mistake as mistake:
            return Answer(mistake.status, msgspec.json.encode({"code": mistake.code, "msg": str(mistake)}))

    def over_limit(self) -> Answer:
        """The sentence names the limit, a header how long to wait."""
        sentence = f"Too many requests; current limit is {self.house.budget} request weight per 1 MINUTE."
        body = msgspec.json.encode({"code": -1003, "msg": sentence})
        return Answer(429, body, headers={"Retry-After": "60"})

    def remaining(self, group: str, left: int) -> dict[str, str]:
        """What was used, not what is left."""
        del group
        return {"X-MBX-USED-WEIGHT-1M": str(self.house.budget - left)}

    # ---- what is answered

    def _markets(self, params: Params) -> object:
        entries = self._named(params) or list(self.view.entries)
        sets = params.get("showPermissionSets", "true") == "true"
        rows = [self.market_row(entry, sets=sets) for entry in entries]
        wanted = params.get("symbolStatus", "")
        return {
            "timezone": "UTC",
            "serverTime": self.now_ms(),
            "rateLimits": [
                {
                    "rateLimitType": "REQUEST_WEIGHT",
                    "interval": "MINUTE",
                    "intervalNum": 1,
                    "limit": self.house.budget,
                }
            ],
            "exchangeFilters": [],
            "symbols": [row for row in rows if not wanted or row["status"] == wanted],
        }

    def _tickers(self, params: Params) -> object:
        kind = params.get("type", "FULL")
        if kind not in {"FULL", "MINI"}:
            raise Mistake(-1102, "Mandatory parameter 'type' was not sent, was empty/null, or malformed.")
        entries = self._named(params) or list(self.view.entries)
        rows = [self.ticker_row(entry.instrument, full=kind == "FULL") for entry in entries]
        return rows[0] if "symbol" in params else rows

    def _depth(self, params: Params) -> object:
        """The book of its last change, whose moment is its number."""
        instrument = self._one(params)
        depth = min(_number(params, "limit", 100, MOST_LEVELS), BOOK_LEVELS)
        book = self.view.book(instrument, self.view.changed_ms(instrument), depth)
        return {"lastUpdateId": book.at_ms, "bids": levels(book.bids), "asks": levels(book.asks)}

    def _trades(self, params: Params) -> object:
        return [_trade_row(fill) for fill in self._fills(params)]

    def _aggregates(self, params: Params) -> object:
        return [aggregate_row(taken, 1) for taken in aggregated(self._fills(params))]

    def _candles(self, params: Params) -> object:
        interval = params.get("interval", "")
        if interval not in INTERVALS:
            raise Mistake(-1120, "Invalid interval.")
        length = INTERVALS[interval]
        bars = self.view.candles(self._one(params), _number(params, "limit", 500, MOST_ROWS), None, length)
        return [_candle_row(bar, length) for bar in reversed(bars)]

    def market_row(self, entry: Entry, *, sets: bool) -> dict[str, Any]:
        """A line of the catalogue; the lists of who may trade it only where somebody asks for `sets`."""
        row: dict[str, Any] = {
            "symbol": code_of(entry.instrument),
            "status": "BREAK" if entry.suspended else "TRADING",
            "baseAsset": entry.instrument.base,
            "baseAssetPrecision": 8,
            "quoteAsset": entry.instrument.quote,
            "quoteAssetPrecision": 8,
            "orderTypes": ["LIMIT", "MARKET"],
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": [{"filterType": "NOTIONAL", "minNotional": "5.00000000"}],
            "permissions": [],
        }
        return row | {"permissionSets": [["SPOT"]]} if sets else row

    def ticker_row(self, instrument: Instrument, *, full: bool) -> Payload:
        """The last 24 hours of one market; `full` with the best prices."""
        summary, now_ms = self.view.ticker(instrument), self.now_ms()
        last = summary.last
        row: Payload = {"symbol": code_of(instrument)}
        if full:
            book = self.view.book(instrument, depth=1)
            moved = last.price - summary.open
            row |= {
                "priceChange": text(moved),
                "priceChangePercent": f"{100 * moved / summary.open:.3f}",
                "weightedAvgPrice": text(summary.mean_24h),
                "prevClosePrice": text(summary.previous_close),
                "lastQty": text(last.size),
                "bidPrice": text(book.bids[0][0]),
                "bidQty": text(book.bids[0][1]),
                "askPrice": text(book.asks[0][0]),
                "askQty": text(book.asks[0][1]),
            }
        return row | {
            "openPrice": text(summary.open),
            "highPrice": text(summary.high),
            "lowPrice": text(summary.low),
            "lastPrice": text(last.price),
            "volume": text(summary.volume_24h),
            "quoteVolume": text(summary.turnover_24h),
            "openTime": now_ms - DAY_MS,
            "closeTime": now_ms,
            "firstId": id_of(last),
            "lastId": id_of(last),
            "count": 1,
        }

    # ---- whom it is about

    def _named(self, params: Params) -> list[Entry]:
        """The markets that `symbol` or `symbols` name; none where neither is there."""
        if "symbols" in params:
            try:
                codes = msgspec.json.decode(params["symbols"], type=list[str])
            except (msgspec.DecodeError, UnicodeError):
                codes = []
            if not codes:
                raise Mistake(-1100, "Illegal characters found in parameter 'symbols'.")
        elif "symbol" in params:
            codes = [params["symbol"]]
        else:
            return []
        by_code = {code_of(entry.instrument): entry for entry in self.view.entries}
        if any(code not in by_code for code in codes):
            raise Mistake(-1121, "Invalid symbol.")
        return [by_code[code] for code in codes]

    def _one(self, params: Params) -> Instrument:
        if not params.get("symbol"):
            raise Mistake(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
        return self._named({"symbol": params["symbol"]})[0].instrument

    def _fills(self, params: Params) -> list[Fill]:
        fills = self.view.trades(self._one(params), _number(params, "limit", 500, MOST_ROWS))
        return fills[::-1]

    def now_ms(self) -> int:
        """The market's time, as far as it tells one."""
        return max((self.view.book(entry.instrument, depth=1).at_ms for entry in self.view.entries[:1]), default=0)


def _nowhere(_params: Params) -> object:
    raise Mistake(-1000, "no such path", 404)


def _trade_row(fill: Fill) -> Payload:
    return {
        "id": id_of(fill),
        "price": text(fill.price),
        "qty": text(fill.size),
        "quoteQty": text(fill.turnover),
        "time": fill.at_ms,
        "isBuyerMaker": fill.side == "sell",
        "isBestMatch": True,
    }


def _candle_row(bar: Bar, length: int) -> list[object]:
    prices = [text(price) for price in (bar.open, bar.high, bar.low, bar.close)]
    bought = text(bar.bought_volume), text(bar.bought)
    return [bar.start_ms, *prices, text(bar.volume), bar.start_ms + length - 1, text(bar.turnover), 1, *bought, "0"]


def _number(params: Params, name: str, default: int, most: int) -> int:
    """A number from 1; more than `most` is silently cut."""
    if name not in params:
        return default
    number = digits(params[name])
    if not number:
        raise Mistake(-1100, f"Illegal characters found in parameter '{name}'.")
    return min(number, most)
