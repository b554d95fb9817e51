"""WEEX's REST side: paths, weights and mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from scanner.model.instrument import Instrument
from scanner.sim.candles import Bar
from scanner.sim.listing import Entry
from scanner.sim.venues.base import Answer, MarketView
from scanner.sim.venues.weex_desk import Manners
from scanner.sim.venues.weex_words import DAY_MS, INTERVALS, WINDOW_STEP_MS, code_of, count, rungs, text, trade_id

Params = Mapping[str, str]

MOST_TRADES = 1_000
TRADES = 100
"""As many are told unless so many are asked for."""
BARS = 100
DEPTHS = ("15", "200")


class Mistake(Exception):
    """The caller's mistake, with the venue's number for it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


Weights = Mapping[str, tuple[str, int]]
"""Call → its path, and what it weighs."""

SPOT: Weights = {
    "time": ("/api/v3/time", 1),
    "markets": ("/api/v3/exchangeInfo", 20),
    "tickers": ("/api/v3/market/ticker/24hr", 2),
    "tops": ("/api/v3/market/ticker/bookTicker", 4),
    "depth": ("/api/v3/market/depth", 5),
    "trades": ("/api/v3/market/trades", 25),
    "klines": ("/api/v3/market/klines", 2),
}


class WeexRest:
    """Answers from a market. Markets in `halted` are listed, and not traded."""

    calls = SPOT

    def __init__(self, view: MarketView, halted: frozenset[str], manners: Manners) -> None:
        self._view = view
        self._halted = halted
        self._manners = manners
        answers: dict[str, Callable[[Params], object]] = {
            "time": lambda _: {"serverTime": self._now_ms},
            "markets": self._listing,
            "tickers": self._tickers,
            "tops": lambda params: [self._top(each) for each in self._one_or_all(params)],
            "depth": self._depth,
            "trades": self._trades,
            "klines": self._klines,
        }
        self._paths = {path: (weight, answers[call]) for call, (path, weight) in self.calls.items()}

    def group(self, path: str) -> str:
        """All calls draw on one purse."""
        del path
        return "weight"

    def weight(self, path: str, params: Params) -> int:
        """By path alone."""
        del params
        return self._paths[path][0] if path in self._paths else 1

    def answer(self, path: str, params: Params) -> Answer:
        """Answer a GET; mistakes of the caller get the venue's own error body."""
        if path not in self._paths:
            return _json(404, {"timestamp": self._now_ms, "status": 404, "error": "Not Found", "path": path})
        try:
            return _json(200, self._paths[path][1](params))
        except Mistake as mistake:
            return _json(400, {"code": mistake.code, "msg": str(mistake)})

    def over_limit(self) -> Answer:
        """A bare 429: no source has seen a `Retry-After` with it."""
        return _json(429, {"code": 429, "msg": "Too many requests."})

    def remaining(self, group: str, left: int) -> dict[str, str]:
        """Only the house of contracts counts down in headers."""
        del group, left
        return {}

    # ---- what is answered

    def _listing(self, params: Params) -> object:
        del params
        rows = [self.market_row(entry) for entry in self._view.entries]
        return {"timezone": "UTC", "serverTime": self._now_ms, "symbols": rows}

    def market_row(self, entry: Entry) -> dict[str, object]:
        """A line of the catalogue."""
        instrument, code = entry.instrument, code_of(entry.instrument)
        return {
            "symbol": code,
            "status": "TRADING",
            "baseAsset": instrument.base,
            "baseAssetPrecision": 8,
            "quoteAsset": instrument.quote,
            "quoteAssetPrecision": 8,
            "enableTrade": code not in self._halted and not entry.suspended,
            "enableDisplay": True,
            "displayNew": False,
            "displayHot": False,
        }

    def _tickers(self, params: Params) -> object:
        end_ms = self._now_ms - self._now_ms % WINDOW_STEP_MS
        return [self.ticker_row(entry.instrument, end_ms) for entry in self._one_or_all(params)]

    def ticker_row(self, instrument: Instrument, end_ms: int) -> dict[str, object]:
        """The 24 hours until then."""
        summary = self._view.ticker(instrument)
        return {
            "symbol": code_of(instrument),
            "priceChange": text(round(summary.last.price - summary.open, 8)),
            "priceChangePercent": text(round(summary.last.price / summary.open - 1, 6)),
            "lastPrice": text(summary.last.price),
            **self._best(instrument),
            "openPrice": text(summary.open),
            "highPrice": text(summary.high),
            "lowPrice": text(summary.low),
            "volume": text(summary.volume_24h),
            "quoteVolume": text(summary.turnover_24h),
            "openTime": end_ms - DAY_MS,
            "closeTime": end_ms,
            "count": count(summary),
        }

    def _top(self, entry: Entry) -> dict[str, object]:
        return {"symbol": code_of(entry.instrument), **self._best(entry.instrument)}

    def _best(self, instrument: Instrument) -> dict[str, object]:
        """Zeros for a side without orders."""
        book = self._view.book(instrument, depth=1)
        ((bid, bid_size),) = rungs(book.bids) or [("0", "0")]
        ((ask, ask_size),) = rungs(book.asks) or [("0", "0")]
        return {"bidPrice": bid, "bidQty": bid_size, "askPrice": ask, "askQty": ask_size}

    def _depth(self, params: Params) -> object:
        instrument = self._one(params).instrument
        limit = params.get("limit", DEPTHS[0])
        if limit not in DEPTHS:
            raise Mistake(-1142, "Parameter 'limit' is invalid.")
        sequence = self._view.changed_ms(instrument)
        book = self._view.book(instrument, sequence, int(limit))
        return {"lastUpdateId": sequence, "bids": rungs(book.bids), "asks": rungs(book.asks)}

    def _trades(self, params: Params) -> object:
        instrument = self._one(params).instrument
        return [
            {
                "id": trade_id(fill),
                "price": text(fill.price),
                "qty": text(fill.size),
                "quoteQty": text(fill.turnover),
                "time": fill.at_ms,
                "isBuyerMaker": fill.side == "sell",
                "isBestMatch": True,
            }
            for fill in self._view.trades(instrument, _count(params, TRADES, MOST_TRADES))
        ]

    def _klines(self, params: Params) -> object:
        instrument = self._one(params).instrument
        unit_ms = INTERVALS.get(params.get("interval", ""))
        if unit_ms is None:
            raise Mistake(-1142, "Parameter 'interval' is invalid.")
        bars = self._view.candles(instrument, _count(params, BARS, MOST_TRADES), unit_ms=unit_ms)
        return [self._bar(bar, unit_ms) for bar in (bars if self._manners.newest_first else reversed(bars))]

    def _bar(self, bar: Bar, unit_ms: int) -> list[object]:
        """How many trades there were is not known any more."""
        prices = [text(price) for price in (bar.open, bar.high, bar.low, bar.close)]
        bought = [text(bar.bought_volume), text(bar.bought)] if self._manners.tells_buyers else ["0", "0"]
        return [bar.start_ms, *prices, text(bar.volume), bar.start_ms + unit_ms - 1, text(bar.turnover), 0, *bought]

    # ---- whom it is about

    def _one_or_all(self, params: Params) -> list[Entry]:
        return [self._one(params)] if "symbol" in params else list(self._view.entries)

    def _one(self, params: Params) -> Entry:
        code = params.get("symbol", "")
        if not code:
            raise Mistake(-1140, "Parameter 'symbol' is missing.")
        found = next((entry for entry in self._view.entries if code_of(entry.instrument) == code), None)
        if found is None:
            raise Mistake(-1142, "Parameter 'symbol' is invalid.")
        return found

    @property
    def _now_ms(self) -> int:
        """The market's time, as far as it tells one."""
        return max((self._view.ticker(entry.instrument).last.at_ms for entry in self._view.entries[:1]), default=0)


def _count(params: Params, default: int, most: int) -> int:
    """A number from 1 to `most`."""
    written = params.get("limit", "") or str(default)
    if not (written.isascii() and written.isdigit()) or not 0 < int(written[:20]) <= most:
        raise Mistake(-1142, "Parameter 'limit' is invalid.")
    return int(written)


def _json(status: int, body: object) -> Answer:
    return Answer(status, msgspec.json.encode(body), "application/json")
