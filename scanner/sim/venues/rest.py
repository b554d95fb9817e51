"""The REST side of the ticket family: paths, parameters and mistakes that both venues share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone

import msgspec

from scanner.model.instrument import Instrument
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill, Summary
from scanner.sim.listing import Entry
from scanner.sim.venues.base import Answer, MarketView
from scanner.sim.venues.spelling import KST_S, UNIT, ask_bid, change, code_of, date

Params = Mapping[str, str]

UNITS = (1, 3, 5, 10, 15, 30, 60, 240)
MOST_CANDLES = 200
MOST_TRADES = 500
MOST_LEVELS = 30
_LONGEST_NUMBER = 20
"""Digits of the largest id there is, and one more."""


class Mistake(Exception):
    """The caller's mistake: an HTTP status, the venue's name for it, and a sentence."""

    def __init__(self, status: int, text: str, name: int | str | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.name = status if name is None else name


class TicketRest:
    """Answers from a market. A venue says what it does differently by overriding; `paths` is its table of contents."""

    to_ahead_s = 0
    """A time without a zone is so many seconds ahead of UTC."""

    def __init__(self, view: MarketView) -> None:
        self.view = view

    @property
    def paths(self) -> dict[str, tuple[str, Callable[[Params], object]]]:
        """Path → (limit group, what answers it)."""
        return {
            "/v1/market/all": ("market", self.markets),
            "/v1/ticker": ("ticker", self.tickers),
            "/v1/orderbook": ("orderbook", self.orderbooks),
            "/v1/trades/ticks": ("trade", self.trades),
            **{f"/v1/candles/minutes/{unit}": ("candles", self._candles_of(unit)) for unit in UNITS},
        }

    def group(self, path: str) -> str:
        """Which of the venue's request limits a path counts against."""
        known = self.paths.get(path)
        return known[0] if known else "default"

    def weight(self, path: str, params: Params) -> int:
        """All calls count alike."""
        del path, params
        return 1

    def answer(self, path: str, params: Params) -> Answer:
        """Answer a GET; mistakes of the caller get the venue's own error body."""
        try:
            return Answer(200, msgspec.json.encode(self._handler(path)(params)))
        except Mistake as mistake:
            body = {"error": {"name": mistake.name, "message": str(mistake)}}
            return Answer(mistake.status, msgspec.json.encode(body))

    def remaining(self, _group: str, _left: int) -> dict[str, str]:
        """No header, unless the venue has one."""
        return {}

    def over_limit(self) -> Answer:
        """A body in the form of all the venue's errors, unless it has another."""
        return Answer(429, b'{"error":{"name":429,"message":"Too many API requests."}}')

    # ---- what is answered

    def markets(self, params: Params) -> object:
        """The catalogue."""
        details = "true" in {params.get("is_details"), params.get("isDetails")}
        return [self.market_line(entry, details=details) for entry in self.view.entries]

    def tickers(self, params: Params) -> object:
        """The markets named, in that order."""
        return [self.ticker_line(entry.instrument) for entry in self.named(params)]

    def orderbooks(self, params: Params) -> object:
        """Books as deep as the caller asks for."""
        depth = whole_number(params, "count", MOST_LEVELS, MOST_LEVELS)
        return [self.orderbook_line(entry.instrument, depth) for entry in self.named(params)]

    def trades(self, params: Params) -> object:
        """The last executions of one market, newest first; `cursor` is an id that all of them are below."""
        instrument = self._one(params).instrument
        cursor = whole_number(params, "cursor", 1 << 63, 1 << 63)
        fills = [fill for fill in self.view.trades(instrument, MOST_TRADES) if self.trade_id(fill) < cursor]
        count = whole_number(params, "count", 1, MOST_TRADES)
        summary = self.view.ticker(instrument)
        return [self._trade_line(fill, summary) for fill in fills[:count]]

    def trade_id(self, fill: Fill) -> int:
        """The venue's id of an execution."""
        return fill.at_ms * 10_000 + fill.nth

    def market_line(self, entry: Entry, *, details: bool) -> dict[str, object]:
        """One line of the catalogue; what `details` add is up to the venue."""
        del details
        return {
            "market": code_of(entry.instrument),
            "korean_name": entry.korean,
            "english_name": entry.name,
        }

    def ticker_line(self, instrument: Instrument) -> dict[str, object]:
        """One market, with the last trade's times in UTC and in Korean time."""
        summary = self.view.ticker(instrument)
        last, now = summary.last, change(summary, summary.last.price)
        return {
            "market": code_of(instrument),
            "trade_date": date(last.at_ms, form="%Y%m%d"),
            "trade_time": date(last.at_ms, form="%H%M%S"),
            "trade_date_kst": date(last.at_ms, KST_S, "%Y%m%d"),
            "trade_time_kst": date(last.at_ms, KST_S, "%H%M%S"),
            "trade_timestamp": last.at_ms,
            "opening_price": summary.open,
            "high_price": summary.high,
            "low_price": summary.low,
            "trade_price": last.price,
            "prev_closing_price": summary.previous_close,
            "change": now.word,
            "change_price": abs(now.price),
            "change_rate": abs(now.rate),
            "signed_change_price": now.price,
            "signed_change_rate": now.rate,
            "trade_volume": last.size,
            "acc_trade_price": summary.turnover_day,
            "acc_trade_price_24h": summary.turnover_24h,
            "acc_trade_volume": summary.volume_day,
            "acc_trade_volume_24h": summary.volume_24h,
            "highest_52_week_price": summary.highest_52_week,
            "highest_52_week_date": date(summary.last.at_ms, -120 * 86_400),
            "lowest_52_week_price": summary.lowest_52_week,
            "lowest_52_week_date": date(summary.last.at_ms, -45 * 86_400),
            "timestamp": last.at_ms,
        }

    def orderbook_line(self, instrument: Instrument, depth: int) -> dict[str, object]:
        """One book, in the same units as on the socket."""
        book = self.view.book(instrument, depth=depth)
        rows = [(ask[0], bid[0], ask[1], bid[1]) for ask, bid in zip(book.asks, book.bids, strict=False)]
        return {
            "market": code_of(instrument),
            "timestamp": book.at_ms,
            "total_ask_size": round(sum(row[2] for row in rows), 8),
            "total_bid_size": round(sum(row[3] for row in rows), 8),
            "orderbook_units": [UNIT.spell(row, "DEFAULT") for row in rows],
        }

    # ---- whom it is about

    def named(self, params: Params) -> list[Entry]:
        """The markets that `markets` names; a single unknown one spoils the whole call."""
        codes = [code for code in params.get("markets", "").split(",") if code]
        if not codes:
            raise Mistake(400, "Missing request parameter: markets")
        by_code = self._listed()
        if any(code not in by_code for code in codes):
            raise Mistake(404, "Code not found")
        return [by_code[code] for code in codes]

    def _one(self, params: Params) -> Entry:
        code = params.get("market", "")
        if not code:
            raise Mistake(400, "Missing request parameter: market")
        by_code = self._listed()
        if code not in by_code:
            raise Mistake(404, "Code not found")
        return by_code[code]

    def _listed(self) -> dict[str, Entry]:
        """By code, as it is now: markets come and go while a venue is open."""
        return {code_of(entry.instrument): entry for entry in self.view.entries}

    def _handler(self, path: str) -> Callable[[Params], object]:
        if path in self.paths:
            return self.paths[path][1]
        if path.startswith("/v1/candles/minutes/"):
            raise Mistake(400, "specified unit is not valid.")
        raise Mistake(404, "no such path")

    def _candles_of(self, unit: int) -> Callable[[Params], object]:
        def candles(params: Params) -> object:
            instrument = self._one(params).instrument
            count = whole_number(params, "count", 1, MOST_CANDLES)
            to_ms = _moment(params.get("to", ""), self.to_ahead_s)
            bars = self.view.candles(instrument, count, to_ms, unit * 60_000)
            return [_candle_line(instrument, bar, unit) for bar in bars]

        return candles

    def _trade_line(self, fill: Fill, summary: Summary) -> dict[str, object]:
        return {
            "market": code_of(fill.instrument),
            "trade_date_utc": date(fill.at_ms),
            "trade_time_utc": date(fill.at_ms, form="%H:%M:%S"),
            "timestamp": fill.at_ms,
            "trade_price": fill.price,
            "trade_volume": fill.size,
            "prev_closing_price": summary.previous_close,
            "change_price": change(summary, fill.price).price,  # signed, unlike anywhere else
            "ask_bid": ask_bid(fill.side),
            "sequential_id": self.trade_id(fill),
        }


def whole_number(params: Params, name: str, default: int, most: int) -> int:
    """A number from 1 to `most`; more is silently cut, anything else is a mistake."""
    text = params.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER or int(text) < 1:
        raise Mistake(400, f"invalid parameter: {name}")
    return min(int(text), most)


def _candle_line(instrument: Instrument, bar: Bar, unit: int) -> dict[str, object]:
    return {
        "market": code_of(instrument),
        "candle_date_time_utc": date(bar.start_ms, form="%Y-%m-%dT%H:%M:%S"),
        "candle_date_time_kst": date(bar.start_ms, KST_S, "%Y-%m-%dT%H:%M:%S"),
        "opening_price": bar.open,
        "high_price": bar.high,
        "low_price": bar.low,
        "trade_price": bar.close,
        "timestamp": bar.last_ms,
        "candle_acc_trade_price": bar.turnover,
        "candle_acc_trade_volume": bar.volume,
        "unit": unit,
    }


def _moment(text: str, ahead_s: int) -> int | None:
    """Unix milliseconds of an ISO time; one without a zone is `ahead_s` ahead of UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+", 1) if "T" in text else text)
    except ValueError:
        raise Mistake(400, "invalid parameter: to") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone(timedelta(seconds=ahead_s)))
    return int(moment.timestamp() * 1_000)
