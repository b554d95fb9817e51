"""Bithumb from its own side: text frames, Korean dates, two formats, books of 15 with empty rows and microseconds.

{"ty":"orderbook","cd":"KRW-SUI","tas":812.4,"tbs":290.5,"obu":[{"ap":4522,"bp":4520,"as":310.5,"bs":0},
 {"ap":4523,"bp":4519,"as":501.9,"bs":290.5}],"lv":1,"tms":"1790000000912345","st":"REALTIME"}
"""

from __future__ import annotations

from collections.abc import Callable

from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.candles import Bar
from scanner.sim.chance import mix
from scanner.sim.ledger import Fill, Summary
from scanner.sim.listing import Entry
from scanner.sim.venues.base import MarketView, VenueLimits, Window
from scanner.sim.venues.rest import Mistake, Params, TicketRest
from scanner.sim.venues.spelling import KST_S, UNIT, Keys, ask_bid, change, code_of, date, whole
from scanner.sim.venues.ticket_venue import TicketVenue
from scanner.sim.venues.tickets import Rules, Stream

RULES = Rules(
    types=frozenset({"ticker", "trade", "orderbook"}),
    private=frozenset({"myOrder", "myAsset"}),
    formats=("DEFAULT", "SIMPLE"),
    methods=(),
    depths=(15,),
    level=1,
)

LIMITS = VenueLimits(
    connects=Window(10, 1.0),
    messages=(Window(5, 1.0),),  # none is published; a client that stays at Upbit's is polite enough
    requests=Window(150, 1.0),
    origin=None,
    idle_s=120.0,
)

TRADE = Keys.of(
    *("type ty", "code cd", "trade_price tp", "trade_volume tv", "ask_bid ab", "prev_closing_price pcp", "change c"),
    *("change_price cp", "trade_date tdt", "trade_time ttm", "trade_timestamp ttms", "sequential_id sid"),
    *("timestamp tms", "stream_type st"),
)
TICKER = Keys.of(
    *("type ty", "code cd", "opening_price op", "high_price hp", "low_price lp", "trade_price tp"),
    *("prev_closing_price pcp", "change c", "change_price cp", "signed_change_price scp", "change_rate cr"),
    *("signed_change_rate scr", "trade_volume tv", "acc_trade_volume atv", "acc_trade_volume_24h atv24h"),
    *("acc_trade_price atp", "acc_trade_price_24h atp24h", "trade_date tdt", "trade_time ttm"),
    *("trade_timestamp ttms", "ask_bid ab", "acc_ask_volume aav", "acc_bid_volume abv"),
    *("highest_52_week_price h52wp", "highest_52_week_date h52wdt", "lowest_52_week_price l52wp"),
    *("lowest_52_week_date l52wdt", "market_state ms", "is_trading_suspended its", "delisting_date dd"),
    *("market_warning mw", "timestamp tms", "stream_type st"),
)
ORDERBOOK = Keys.of(
    *("type ty", "code cd", "total_ask_size tas", "total_bid_size tbs", "orderbook_units obu", "level lv"),
    *("timestamp tms", "stream_type st"),
)

_EPOCH_MS = 1_566_000_000_000
"""Socket ids count milliseconds from somewhere in 2019, shifted by 22 bits, which makes 18 digits."""
_ALERTS = {
    "PRICE_FLUCTUATIONS": "PRICE_SUDDEN_FLUCTUATION",
    "TRADING_VOLUME_SOARING": "TRADING_VOLUME_SUDDEN_FLUCTUATION",
    "DEPOSIT_AMOUNT_SOARING": "DEPOSIT_AMOUNT_SUDDEN_FLUCTUATION",
    "GLOBAL_PRICE_DIFFERENCES": "PRICE_DIFFERENCE_HIGH",
    "CONCENTRATION_OF_SMALL_ACCOUNTS": "SPECIFIC_ACCOUNT_HIGH_TRANSACTION",
}
_STEPS = ("CAUTION", "WARNING", "DANGER")
_ALERT_LASTS_S = 86_400


def socket_id(fill: Fill) -> int:
    """The socket's id of an execution: another one than REST's."""
    return ((fill.at_ms - _EPOCH_MS) << 22) | (fill.number & 0x3FFFFF)


class BithumbWords:
    """How Bithumb says each thing. What the venue has been seen to write in two ways, this one writes in both."""

    def trade(self, fill: Fill, summary: Summary, _top: Book, kind: str, at_ms: int, form: str) -> dict[str, object]:
        """Date and time are Korean; the id is a number, or a string, and too big for a float."""
        now, number = change(summary, fill.price), socket_id(fill)
        day, time = date(fill.at_ms, KST_S), date(fill.at_ms, KST_S, "%H:%M:%S")
        values = (
            *("trade", code_of(fill.instrument), whole(fill.price), whole(fill.size), ask_bid(fill.side)),
            *(whole(summary.previous_close), now.word, whole(abs(now.price)), day, time, fill.at_ms),
            *(str(number) if fill.number % 2 else number, at_ms, kind),
        )
        return TRADE.spell(values, form)

    def ticker(self, instrument: Instrument, summary: Summary, kind: str, at_ms: int, form: str) -> dict[str, object]:
        """The day's figures count from 00:00 in Korea; rates have 8 decimals; no delisting is null or empty."""
        last, now = summary.last, change(summary, summary.last.price)
        rate = round(now.rate, 8)
        values = (
            *("ticker", code_of(instrument), whole(summary.open), whole(summary.high), whole(summary.low)),
            *(whole(last.price), whole(summary.previous_close), now.word, whole(abs(now.price)), whole(now.price)),
            *(abs(rate), rate, whole(last.size), summary.volume_day, summary.volume_24h, summary.turnover_day),
            *(summary.turnover_24h, date(last.at_ms, KST_S, "%Y%m%d"), date(last.at_ms, KST_S, "%H%M%S")),
            *(last.at_ms, ask_bid(last.side), summary.sold_day, summary.bought_day, summary.highest_52_week),
            *(date(at_ms, -120 * 86_400), summary.lowest_52_week, date(at_ms, -45 * 86_400), "ACTIVE", False),
            *(None if last.number % 2 else "", "NONE", at_ms, kind),
        )
        return TICKER.spell(values, form)

    def orderbook(
        self, instrument: Instrument, book: Book, stream: Stream, kind: str, form: str
    ) -> dict[str, object] | None:
        """Sizes have 4 decimals, and some rows are empty on one side; no grouping but 1 is documented."""
        if stream.level != 1:
            return None
        asks = [_thinned(level, 1) for level in book.asks]
        bids = [_thinned(level, 2) for level in book.bids]
        units = [UNIT.spell((ask[0], bid[0], ask[1], bid[1]), form) for ask, bid in zip(asks, bids, strict=False)]
        micros = book.at_ms * 1_000 + mix(book.at_ms) % 1_000
        asked, offered = sum(size for _, size in asks), sum(size for _, size in bids)
        values = (
            *("orderbook", code_of(instrument), round(asked, 4), round(offered, 4), units, 1),
            *(str(micros) if micros % 2 else micros, kind),
        )
        return ORDERBOOK.spell(values, form)

    def candle(self, instrument: Instrument, bar: Bar, stream: str, kind: str, form: str) -> dict[str, object]:
        """There is no such stream, and its desk refuses to be asked for one."""
        raise NotImplementedError(stream)


class BithumbRest(TicketRest):
    """The family's paths with tickers nine hours ahead, at most 200 codes a call, and alerts on their own page."""

    to_ahead_s = KST_S

    @property
    def paths(self) -> dict[str, tuple[str, Callable[[Params], object]]]:
        """The family's, and Bithumb's own."""
        return {**super().paths, "/v1/market/virtual_asset_warning": ("other", self.alerts)}

    def tickers(self, params: Params) -> object:
        """At most 200 markets."""
        if params.get("markets", "").count(",") >= _MOST_CODES:
            raise Mistake(400, f"Parameter 'markets' must be less than or equal to {_MOST_CODES} items.", "400")
        return super().tickers(params)

    def orderbooks(self, params: Params) -> object:
        """30 levels of a single market, 15 of several."""
        entries = self.named(params)
        return [self.orderbook_line(entry.instrument, 30 if len(entries) == 1 else 15) for entry in entries]

    def alerts(self, _params: Params) -> object:
        """One line for each automatic alert that is up."""
        return [
            {
                "market": code_of(entry.instrument),
                "warning_type": _ALERTS[caution],
                "warning_step": _STEPS[mix(place, len(entry.name)) % 3],
                "end_date": date(
                    self.view.ticker(entry.instrument).last.at_ms, KST_S + _ALERT_LASTS_S, "%Y-%m-%d %H:%M:%S"
                ),
            }
            for entry in self.view.entries
            for place, caution in enumerate(entry.cautions)
        ]

    def market_line(self, entry: Entry, *, details: bool) -> dict[str, object]:
        """With details, the manual warning."""
        line = super().market_line(entry, details=details)
        return {**line, "market_warning": "CAUTION" if entry.warning else "NONE"} if details else line

    def ticker_line(self, instrument: Instrument) -> dict[str, object]:
        """Both epochs are Korean wall time passed off as UTC; rates have 4 decimals."""
        summary = self.view.ticker(instrument)
        rate = round(change(summary, summary.last.price).rate, 4)
        ahead_ms = summary.last.at_ms + KST_S * 1_000
        return {
            **super().ticker_line(instrument),
            "trade_timestamp": ahead_ms,
            "timestamp": ahead_ms,
            "change_rate": abs(rate),
            "signed_change_rate": rate,
        }

    def trade_id(self, fill: Fill) -> int:
        """Equal for all trades of one millisecond, and not the socket's."""
        return fill.at_ms * 10_000


class Bithumb(TicketVenue):
    """The venue."""

    name = "bithumb"
    binary = False
    limits = LIMITS
    rules = RULES
    words = BithumbWords()

    def rest(self, view: MarketView) -> BithumbRest:
        """Its REST side over this market."""
        return BithumbRest(view)


_MOST_CODES = 200
_EMPTY_EVERY = 11


def _thinned(level: tuple[float, float], side: int) -> tuple[int | float, int | float]:
    price, size = level
    empty = mix(int(price * 1e8), side) % _EMPTY_EVERY == 0
    return whole(price), 0.0 if empty else whole(round(size, 4))
