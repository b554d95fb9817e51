"""Upbit from its own side: binary frames, UTC dates, four formats, books of 1 to 30 levels, candles on the socket.

{"ty":"trade","cd":"KRW-SUI","tms":1790000000950,"td":"2026-09-21","ttm":"13:33:20","ttms":1790000000912,"tp":4521.0,
 "tv":88.25,"ab":"BID","pcp":4480.0,"c":"RISE","cp":41.0,"sid":17900000009120000,"bap":4521.0,"bas":310.5,
 "bbp":4520.0,"bbs":95.1,"st":"REALTIME"}
"""

from __future__ import annotations

from collections.abc import Callable

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.books import Book
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill, Summary
from scanner.sim.listing import CAUTIONS, FLOORS, Entry
from scanner.sim.ticks import tick_for
from scanner.sim.venues.base import Answer, MarketView, VenueLimits, Window
from scanner.sim.venues.rest import Mistake, Params, TicketRest, whole_number
from scanner.sim.venues.spelling import KST_S, UNIT, Keys, ask_bid, change, code_of, date, whole
from scanner.sim.venues.telling import CANDLES
from scanner.sim.venues.ticket_venue import TicketVenue
from scanner.sim.venues.tickets import Rules, Stream

RULES = Rules(
    types=frozenset({"ticker", "trade", "orderbook", *CANDLES}),
    private=frozenset({"myOrder", "myAsset", "announcement"}),
    formats=("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"),
    methods=("LIST_SUBSCRIPTIONS",),
    depths=(1, 5, 15, 30),
    level=0,
)

LIMITS = VenueLimits(
    connects=Window(5, 1.0),
    messages=(Window(5, 1.0), Window(100, 60.0)),
    requests=Window(10, 1.0),
    origin=Window(1, 10.0),
    idle_s=120.0,
)

TRADE = Keys.of(
    *("type ty", "code cd", "timestamp tms", "trade_date td", "trade_time ttm", "trade_timestamp ttms"),
    *("trade_price tp", "trade_volume tv", "ask_bid ab", "prev_closing_price pcp", "change c", "change_price cp"),
    *("sequential_id sid", "best_ask_price bap", "best_ask_size bas", "best_bid_price bbp", "best_bid_size bbs"),
    "stream_type st",
)
TICKER = Keys.of(
    *("type ty", "code cd", "opening_price op", "high_price hp", "low_price lp", "trade_price tp"),
    *("prev_closing_price pcp", "acc_trade_price atp", "change c", "change_price cp", "signed_change_price scp"),
    *("change_rate cr", "signed_change_rate scr", "ask_bid ab", "trade_volume tv", "acc_trade_volume atv"),
    *("trade_date tdt", "trade_time ttm", "trade_timestamp ttms", "acc_ask_volume aav", "acc_bid_volume abv"),
    *("highest_52_week_price h52wp", "highest_52_week_date h52wdt", "lowest_52_week_price l52wp"),
    *("lowest_52_week_date l52wdt", "market_state ms", "is_trading_suspended its", "delisting_date dd"),
    *("market_warning mw", "timestamp tms", "acc_trade_price_24h atp24h", "acc_trade_volume_24h atv24h"),
    "stream_type st",
)
ORDERBOOK = Keys.of(
    *("type ty", "code cd", "timestamp tms", "total_ask_size tas", "total_bid_size tbs", "orderbook_units obu"),
    *("stream_type st", "level lv"),
)
CANDLE = Keys.of(
    *("type ty", "code cd", "candle_date_time_utc cdttmu", "candle_date_time_kst cdttmk", "opening_price op"),
    *("high_price hp", "low_price lp", "trade_price tp", "candle_acc_trade_volume catv"),
    *("candle_acc_trade_price catp", "timestamp tms", "stream_type st"),
)

GROUPINGS = (10, 100, 1_000)
"""Levels a KRW book can be grouped by, in ticks; other quotes know none."""


class UpbitWords:
    """How Upbit says each thing."""

    def trade(self, fill: Fill, summary: Summary, top: Book, kind: str, at_ms: int, form: str) -> dict[str, object]:
        """The id is the millisecond and the place within it: unique in one market only."""
        now = change(summary, fill.price)
        (ask, ask_size), (bid, bid_size) = top.asks[0], top.bids[0]
        day, time = date(fill.at_ms), date(fill.at_ms, form="%H:%M:%S")
        values = (
            *("trade", code_of(fill.instrument), at_ms, day, time, fill.at_ms, fill.price, fill.size),
            *(ask_bid(fill.side), summary.previous_close, now.word, abs(now.price), fill.at_ms * 10_000 + fill.nth),
            *(ask, ask_size, bid, bid_size, kind),
        )
        return TRADE.spell(values, form)

    def ticker(self, instrument: Instrument, summary: Summary, kind: str, at_ms: int, form: str) -> dict[str, object]:
        """The day's figures count from 00:00 UTC."""
        last, now = summary.last, change(summary, summary.last.price)
        values = (
            *("ticker", code_of(instrument), summary.open, summary.high, summary.low, last.price),
            *(summary.previous_close, summary.turnover_day, now.word, abs(now.price), now.price),
            *(abs(now.rate), now.rate, ask_bid(last.side), last.size, summary.volume_day),
            *(date(last.at_ms, form="%Y%m%d"), date(last.at_ms, form="%H%M%S"), last.at_ms),
            *(summary.sold_day, summary.bought_day, summary.highest_52_week, date(at_ms, -120 * 86_400)),
            *(summary.lowest_52_week, date(at_ms, -45 * 86_400), "ACTIVE", False, None, "NONE", at_ms),
            *(summary.turnover_24h, summary.volume_24h, kind),
        )
        return TICKER.spell(values, form)

    def orderbook(
        self, instrument: Instrument, book: Book, stream: Stream, kind: str, form: str
    ) -> dict[str, object] | None:
        """A grouping the market does not have is answered with silence."""
        asks, bids = book.asks, book.bids
        if stream.level:
            tick = tick_for(instrument.quote, bids[0][0]).size
            if instrument.quote != "KRW" or stream.level not in {tick * times for times in GROUPINGS}:
                return None
            asks, bids = _grouped(asks, stream.level, up=True), _grouped(bids, stream.level, up=False)
        units = [UNIT.spell((ask[0], bid[0], ask[1], bid[1]), form) for ask, bid in zip(asks, bids, strict=False)]
        asked, offered = sum(size for _, size in asks), sum(size for _, size in bids)
        values = (
            *("orderbook", code_of(instrument), book.at_ms, round(asked, 8), round(offered, 8), units),
            *(kind, whole(stream.level)),
        )
        return ORDERBOOK.spell(values, form)

    def candle(self, instrument: Instrument, bar: Bar, stream: str, kind: str, form: str) -> dict[str, object]:
        """The window's start in UTC and in Korean time, neither with a zone."""
        utc, kst = (date(bar.start_ms, ahead, "%Y-%m-%dT%H:%M:%S") for ahead in (0, KST_S))
        values = (
            *(stream, code_of(instrument), utc, kst, bar.open, bar.high, bar.low, bar.close),
            *(bar.volume, bar.turnover, bar.last_ms, kind),
        )
        return CANDLE.spell(values, form)


class UpbitRest(TicketRest):
    """The family's paths, all tickers in one call, and a header that counts down."""

    @property
    def paths(self) -> dict[str, tuple[str, Callable[[Params], object]]]:
        """The family's, and Upbit's own."""
        return {
            **super().paths,
            "/v1/ticker/all": ("ticker", self.all_tickers),
            "/v1/orderbook/instruments": ("orderbook", self.instruments),
        }

    def all_tickers(self, params: Params) -> object:
        """Every market of the quotes named, in either spelling of the parameter."""
        text = params.get("quote_currencies") or params.get("quoteCurrencies") or ""
        quotes = {quote for quote in text.split(",") if quote}
        if not quotes or quotes - set(FLOORS["upbit"].quotes):
            raise Mistake(400, "invalid parameter: quote_currencies")
        return [self.ticker_line(e.instrument) for e in self.view.entries if e.instrument.quote in quotes]

    def instruments(self, params: Params) -> object:
        """Tick size and groupings of each market named."""
        return [self._instrument_line(entry.instrument) for entry in self.named(params)]

    def orderbooks(self, params: Params) -> object:
        """Ungrouped books, with the level said."""
        depth = whole_number(params, "count", 30, 30)
        return [{**self.orderbook_line(entry.instrument, depth), "level": 0} for entry in self.named(params)]

    def market_line(self, entry: Entry, *, details: bool) -> dict[str, object]:
        """With details, the manual warning and the automatic flags."""
        line = super().market_line(entry, details=details)
        if details:
            caution = {name: name in entry.cautions for name in CAUTIONS}
            line["market_event"] = {"warning": entry.warning, "caution": caution}
        return line

    def remaining(self, group: str, left: int) -> dict[str, str]:
        """`sec` is what is left of this second; `min` is a number that means nothing."""
        return {"Remaining-Req": f"group={group}; min=600; sec={left}"}

    def over_limit(self) -> Answer:
        """Plain text, unlike every other error."""
        return Answer(429, b"Too many API requests.", "text/plain;charset=UTF-8")

    def _instrument_line(self, instrument: Instrument) -> dict[str, object]:
        tick = tick_for(instrument.quote, self.view.ticker(instrument).last.price).size
        groupings = [tick * times for times in GROUPINGS] if instrument.quote == "KRW" else []
        return {
            "market": code_of(instrument),
            "quote_currency": instrument.quote,
            "tick_size": str(whole(tick)),
            "supported_levels": [str(whole(level)) for level in (0, *groupings)],
        }


class Upbit(TicketVenue):
    """The venue."""

    name = "upbit"
    binary = True
    limits = LIMITS
    rules = RULES
    words = UpbitWords()

    def rest(self, view: MarketView) -> UpbitRest:
        """Its REST side over this market."""
        return UpbitRest(view)


def _grouped(levels: tuple[Level, ...], step: float, *, up: bool) -> tuple[Level, ...]:
    """Levels gathered at multiples of `step`: asks at the one above, bids at the one below."""
    gathered: dict[float, float] = {}
    for price, size in levels:
        steps = -(-price // step) if up else price // step
        gathered[steps * step] = gathered.get(steps * step, 0.0) + size
    return tuple((price, round(size, 8)) for price, size in gathered.items())
