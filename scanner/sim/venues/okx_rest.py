"""OKX's REST side: every answer in one envelope, whose code tells an error even under HTTP 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from scanner.sim.listing import Entry
from scanner.sim.venues.base import Answer, MarketView
from scanner.sim.venues.okx_desk import CANDLES
from scanner.sim.venues.okx_words import candle, code_of, levels, single, ticker

Params = Mapping[str, str]

MOST_TRADES, MOST_LEVELS, MOST_BARS = 500, 400, 300
_LISTED_MS = 1_606_468_572_000
_LONGEST_NUMBER = 10

NOT_A_COIN = {"instId": "ACMEX-USDT", "baseCcy": "ACMEX", "quoteCcy": "USDT", "instCategory": "3"}
"""A share among the coins."""


class Mistake(Exception):
    """The caller's mistake: the venue's code for it, and a sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class OkxRest:
    """Answers from a market."""

    def __init__(self, view: MarketView) -> None:
        self.view = view
        self._paths: dict[str, tuple[int, Callable[[Params], list[object]]]] = {
            "/api/v5/public/time": (2, self._time),
            "/api/v5/public/instruments": (1, self._instruments),
            "/api/v5/market/tickers": (1, self._tickers),
            "/api/v5/market/ticker": (1, self._ticker),
            "/api/v5/market/books": (1, self._book),
            "/api/v5/market/candles": (1, self._candles),
            "/api/v5/market/trades": (1, self._trades),
        }
        """Path → weight against 20 per 2 s, what answers it. Some may be asked more often, but not by much."""

    def group(self, path: str) -> str:
        """Each path has a limit of its own."""
        return path if path in self._paths else ""

    def weight(self, path: str, params: Params) -> int:
        """The time may be asked half as often as all the rest."""
        del params
        return self._paths[path][0] if path in self._paths else 1

    def answer(self, path: str, params: Params) -> Answer:
        """Answer a GET; mistakes of the caller get the venue's own error body."""
        if path not in self._paths:
            return _answer(404, "404", "Not Found", [])
        try:
            return _answer(200, "0", "", self._paths[path][1](params))
        except Mistake as mistake:
            return _answer(200, mistake.code, str(mistake), [])

    def over_limit(self) -> Answer:
        """Without a word of how long to wait."""
        return _answer(429, "50011", "Too Many Requests", [])

    def remaining(self, group: str, left: int) -> dict[str, str]:
        """No header tells."""
        del group, left
        return {}

    def _time(self, _params: Params) -> list[object]:
        return [{"ts": str(max((self.view.ticker(e.instrument).last.at_ms for e in self.view.entries), default=0))}]

    def _instruments(self, params: Params) -> list[object]:
        _spot(params)
        return [*map(_line, self.view.entries), {**_TERMS, **NOT_A_COIN, "state": "live"}]

    def _tickers(self, params: Params) -> list[object]:
        _spot(params)
        return [self._price(entry) for entry in self.view.entries]

    def _ticker(self, params: Params) -> list[object]:
        return [self._price(self._named(params))]

    def _book(self, params: Params) -> list[object]:
        book = self.view.book(self._named(params).instrument, None, _count(params, "sz", 1, MOST_LEVELS))
        return [{"asks": levels(book.asks), "bids": levels(book.bids), "ts": str(book.at_ms)}]

    def _candles(self, params: Params) -> list[object]:
        """Newest first; of those, only the first may still grow."""
        length = CANDLES.get(f"candle{params.get('bar', '1m')}")
        if length is None:
            raise Mistake("51000", "Parameter bar error")
        count = _count(params, "limit", 100, MOST_BARS)
        bars = self.view.candles(self._named(params).instrument, count, unit_ms=length)
        return [candle(bar, final=place > 0) for place, bar in enumerate(bars)]

    def _trades(self, params: Params) -> list[object]:
        """Newest first, each match by itself."""
        fills = self.view.trades(self._named(params).instrument, _count(params, "limit", 100, MOST_TRADES))
        return [single(fill) for fill in fills]

    def _price(self, entry: Entry) -> object:
        return ticker(entry.instrument, self.view.ticker(entry.instrument), self.view.book(entry.instrument, None, 1))

    def _named(self, params: Params) -> Entry:
        code = params.get("instId", "")
        if not code:
            raise Mistake("50014", "Parameter instId can not be empty.")
        found = next((entry for entry in self.view.entries if code_of(entry.instrument) == code), None)
        if found is None:
            raise Mistake("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
        return found


_TERMS: dict[str, object] = {
    "alias": "",
    "category": "1",
    "ctMult": "",
    "ctType": "",
    "ctVal": "",
    "ctValCcy": "",
    "expTime": "",
    "instFamily": "",
    "instType": "SPOT",
    "lever": "5",
    "listTime": str(_LISTED_MS),
    "lotSz": "0.00000001",
    "minSz": "0.001",
    "optType": "",
    "quoteCcy": "",
    "settleCcy": "",
    "ruleType": "normal",
    "stk": "",
    "tickSz": "0.00000001",
    "uly": "",
    "instIdCode": 1_000_000,
    "instCategory": "1",
}
"""What is the same for all of its spot markets here."""


def _line(entry: Entry) -> object:
    instrument = entry.instrument
    named = {"instId": code_of(instrument), "baseCcy": instrument.base, "quoteCcy": instrument.quote}
    return {**_TERMS, **named, "state": "suspend" if entry.suspended else "live"}


def _answer(status: int, code: str, text: str, data: list[object]) -> Answer:
    return Answer(status, msgspec.json.encode({"code": code, "msg": text, "data": data}), "application/json")


def _spot(params: Params) -> None:
    kind = params.get("instType", "")
    if not kind:
        raise Mistake("50014", "Parameter instType can not be empty.")
    if kind != "SPOT":
        raise Mistake("51000", "Parameter instType error")


def _count(params: Params, name: str, default: int, most: int) -> int:
    """A number from 1 to `most`; more is silently cut."""
    text = params.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER or int(text) < 1:
        raise Mistake("51000", f"Parameter {name} error")
    return min(int(text), most)
