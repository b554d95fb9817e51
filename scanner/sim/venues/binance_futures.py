"""Binance's USD-M perpetuals from their own side: the manners of spot, with a route for each kind of stream.

What is asked for on the wrong route is acknowledged, and never heard of again. The simulated coins are spot coins;
whatever this house lists of them is taken for a perpetual.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.listing import Entry
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.base import MarketView, VenueLimits, Window
from scanner.sim.venues.binance_desk import BinanceDesk
from scanner.sim.venues.binance_houses import FUTURES
from scanner.sim.venues.binance_rest import BinanceRest
from scanner.sim.venues.binance_telling import CANDLES, DEPTHS, PARTIALS, BinanceTeller
from scanner.sim.venues.binance_words import BinanceWords, Payload, Taken, code_of
from scanner.sim.venues.depth import Change

LIMITS = VenueLimits(
    connects=Window(300, 300.0),
    messages=(Window(10, 1.0),),
    requests=Window(FUTURES.budget, 60.0),
    origin=None,
    idle_s=86_400.0,  # nobody minds, as long as PINGs are answered
    excess_code=1008,
    lifetime_s=86_400.0,
    ping_s=180.0,
    pong_s=600.0,
)

BOOKS = frozenset({"bookTicker", *DEPTHS, *PARTIALS})
ROUTES = {
    "/public": BOOKS | {"trade"},
    "/market": frozenset({"aggTrade", "miniTicker", "!miniTicker@arr", *CANDLES}),
}
"""What flows where; without a route, only books do."""

_NOT_TOLD = frozenset({"prevClosePrice", "bidPrice", "bidQty", "askPrice", "askQty"})


class FuturesWords(BinanceWords):
    """A few keys more, and one less."""

    def aggregate(self, taken: Taken, at_ms: int) -> Payload:
        """Without the idle flag of spot."""
        payload = super().aggregate(taken, at_ms)
        del payload["M"]
        return payload

    def top(self, instrument: Instrument, book: Book) -> Payload:
        """With a type and the time."""
        times = {"e": "bookTicker", "E": book.at_ms * self.unit, "T": book.at_ms * self.unit}
        return times | super().top(instrument, book)

    def depth(self, change: Change, at_ms: int) -> Payload:
        """It names the change before it; numbers between the two may never have been."""
        numbers = {"T": change.at_ms * self.unit, "pu": change.previous}
        return super().depth(change, at_ms) | numbers


class FuturesRest(BinanceRest):
    """Answers from a market."""

    house = FUTURES

    def market_row(self, entry: Entry, *, sets: bool) -> dict[str, Any]:
        """A contract; nobody asks who may trade it."""
        del sets
        code, instrument = code_of(entry.instrument), entry.instrument
        return {
            "symbol": code,
            "pair": code,
            "contractType": "PERPETUAL",
            "status": "BREAK" if entry.suspended else "TRADING",
            "baseAsset": instrument.base,
            "quoteAsset": instrument.quote,
            "marginAsset": instrument.quote,
        }

    def ticker_row(self, instrument: Instrument, *, full: bool) -> Payload:
        """Without the best prices, however much is asked for."""
        row = super().ticker_row(instrument, full=full)
        return {key: value for key, value in row.items() if key not in _NOT_TOLD}


class BinanceFutures:
    """The venue. It closes connections that have grown old unsaid."""

    name = "binance-futures"
    ws_path = ""
    binary = False
    limits = LIMITS

    def desk(self, path: str = "/market/stream") -> BinanceDesk:
        """For one new connection to a recording."""
        return BinanceDesk(path.removeprefix(_route(path)), nested=False, notice=False)

    def converse(self, market: SimulatedMarket, path: str = "/market/stream") -> tuple[BinanceDesk, BinanceTeller]:
        """For one new connection to a simulated market."""
        desk = self.desk(path)
        return desk, BinanceTeller(market, desk, FuturesWords(desk.unit), ROUTES.get(_route(path), BOOKS).__contains__)

    def rest(self, view: MarketView) -> FuturesRest:
        """Its REST side over this market."""
        return FuturesRest(view)


def _route(path: str) -> str:
    """`/market` of `/market/stream?streams=…`; empty where there is none."""
    return next((route for route in ROUTES if urlsplit(path).path.startswith(f"{route}/")), "")
