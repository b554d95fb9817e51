"""MEXC's REST side for spot: fractions for percents, nulls for what it does not know, and errors with a `code`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from scanner.model.instrument import Instrument
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill
from scanner.sim.listing import Entry
from scanner.sim.venues.base import Answer, MarketView
from scanner.sim.venues.mexc_desk import code_of, codes
from scanner.sim.venues.mexc_streams import LEVELS, spell

Params = Mapping[str, str]

MOST_TRADES, MOST_BARS, MOST_LEVELS = 500, 500, 5_000
UNITS_MS = {"1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "60m": 3_600_000, "4h": 14_400_000}
_WEIGHTS = {"exchangeInfo": 10, "trades": 5}
_ALL_TICKERS = 40
_BAD_SYMBOL = -1121
_LONGEST_NUMBER = 10
_BOTH_SIDES, _SELL_ONLY = 1, 3


class Mistake(Exception):
    """The caller's: the venue's code and words for it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class MexcRest:
    """Answers from a market. Each path has a limit of its own."""

    def __init__(self, view: MarketView) -> None:
        self._view = view
        self._answers: dict[str, Callable[[Params], object]] = {
            "ping": lambda _: {},
            "exchangeInfo": self._listing,
            "defaultSymbols": lambda _: {"data": [*self._codes()], "code": 0, "msg": "success"},
            "ticker/24hr": self._tickers,
            "depth": self._depth,
            "trades": self._trades,
            "klines": self._bars,
        }

    def group(self, path: str) -> str:
        """Every path counts for itself."""
        return path

    def weight(self, path: str, params: Params) -> int:
        """All tickers at once weigh most."""
        word = path.removeprefix("/api/v3/")
        if word == "ticker/24hr":
            return 1 if "symbol" in params else _ALL_TICKERS
        return _WEIGHTS.get(word, 1)

    def answer(self, path: str, params: Params) -> Answer:
        """Answer a GET."""
        known = self._answers.get(path.removeprefix("/api/v3/")) if path.startswith("/api/v3/") else None
        if known is None:
            return Answer(404, b'{"code":404,"msg":"Not Found"}')
        try:
            return Answer(200, msgspec.json.encode(known(params)))
        except Mistake as mistake:
            return Answer(400, msgspec.json.encode({"code": mistake.code, "msg": str(mistake)}))

    def over_limit(self) -> Answer:
        """Too many requests."""
        return Answer(429, b'{"code":429,"msg":"Too Many Requests"}', headers={"Retry-After": "10"})

    def remaining(self, _group: str, _left: int) -> dict[str, str]:
        """Nobody counts aloud."""
        return {}

    def _codes(self) -> dict[str, Instrument]:
        return codes(entry.instrument for entry in self._view.entries)

    def _one(self, params: Params) -> Instrument:
        instrument = self._codes().get(params.get("symbol", ""))
        if instrument is None:
            raise Mistake(_BAD_SYMBOL, "Invalid symbol.")
        return instrument

    def _listing(self, _params: Params) -> object:
        return {
            "timezone": "CST",
            "rateLimits": [],
            "exchangeFilters": [],
            "symbols": [_line(entry) for entry in self._view.entries],
        }

    def _tickers(self, params: Params) -> object:
        if "symbol" in params:
            return self._ticker(self._one(params))
        return [self._ticker(entry.instrument) for entry in self._view.entries]

    def _ticker(self, instrument: Instrument) -> dict[str, object]:
        """Every third market has no turnover to tell."""
        summary, book = self._view.ticker(instrument), self._view.book(instrument, depth=1)
        change = summary.last.price - summary.previous_close
        return {
            "symbol": code_of(instrument),
            "priceChange": spell(change),
            "priceChangePercent": spell(change / summary.previous_close),
            "prevClosePrice": spell(summary.previous_close),
            "lastPrice": spell(summary.last.price),
            "bidPrice": spell(book.bids[0][0]),
            "bidQty": "",
            "askPrice": spell(book.asks[0][0]),
            "askQty": "",
            "openPrice": spell(summary.open),
            "highPrice": spell(summary.high),
            "lowPrice": spell(summary.low),
            "volume": spell(summary.volume_24h),
            "quoteVolume": None if len(instrument.base) == len("SOL") else spell(summary.turnover_24h),
            "openTime": summary.last.at_ms - 86_400_000,
            "closeTime": summary.last.at_ms,
            "count": None,
        }

    def _depth(self, params: Params) -> object:
        """A book as of its last change, and never deeper than the stream keeps it."""
        instrument = self._one(params)
        at_ms = self._view.changed_ms(instrument)
        book = self._view.book(instrument, at_ms, min(_count(params, 100, MOST_LEVELS), LEVELS))
        sides = {"bids": book.bids, "asks": book.asks}
        return {
            "lastUpdateId": at_ms,
            **{name: [[spell(price), spell(size)] for price, size in side] for name, side in sides.items()},
        }

    def _trades(self, params: Params) -> object:
        fills = self._view.trades(self._one(params), _count(params, 500, MOST_TRADES))
        return [_trade(fill) for fill in fills]

    def _bars(self, params: Params) -> object:
        unit_ms = UNITS_MS.get(params.get("interval", ""))
        if unit_ms is None:
            raise Mistake(_BAD_SYMBOL, "Invalid interval.")
        bars = self._view.candles(self._one(params), _count(params, 500, MOST_BARS), None, unit_ms)
        return [_bar(bar, unit_ms) for bar in reversed(bars)]


def _line(entry: Entry) -> dict[str, object]:
    return {
        "symbol": code_of(entry.instrument),
        "status": "2" if entry.suspended else "1",
        "baseAsset": entry.instrument.base,
        "baseAssetPrecision": 8,
        "quoteAsset": entry.instrument.quote,
        "quotePrecision": 8,
        "orderTypes": ["LIMIT", "MARKET", "LIMIT_MAKER"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "filters": [],
        "fullName": entry.name,
        "tradeSideType": _SELL_ONLY if entry.warning else _BOTH_SIDES,
    }


def _trade(fill: Fill) -> dict[str, object]:
    return {
        "id": None,
        "price": spell(fill.price),
        "qty": spell(fill.size),
        "quoteQty": spell(fill.turnover),
        "time": fill.at_ms,
        "isBuyerMaker": fill.side == "sell",
        "isBestMatch": True,
        "tradeType": "BID" if fill.side == "buy" else "ASK",
    }


def _bar(bar: Bar, unit_ms: int) -> list[object]:
    prices = [spell(price) for price in (bar.open, bar.high, bar.low, bar.close)]
    return [bar.start_ms, *prices, spell(bar.volume), bar.start_ms + unit_ms, spell(bar.turnover)]


def _count(params: Params, usual: int, most: int) -> int:
    text = params.get("limit", "")
    return (
        min(int(text), most)
        if text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER and int(text)
        else usual
    )
