"""Binance from its own side: combined streams, five messages a second, a PING every 20 s and a day for a connection.

{"stream":"suiusdt@bookTicker","data":{"u":1790000000912,"s":"SUIUSDT","b":"3.18300000","B":"310.50000000",
 "a":"3.18400000","A":"95.10000000"}}
"""

from __future__ import annotations

from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.base import MarketView, VenueLimits, Window
from scanner.sim.venues.binance_desk import BinanceDesk
from scanner.sim.venues.binance_houses import SPOT
from scanner.sim.venues.binance_rest import BinanceRest
from scanner.sim.venues.binance_telling import BinanceTeller

LIMITS = VenueLimits(
    connects=Window(300, 300.0),
    messages=(Window(5, 1.0),),
    requests=Window(SPOT.budget, 60.0),
    origin=None,
    idle_s=86_400.0,  # nobody minds, as long as PINGs are answered
    excess_code=1008,
    lifetime_s=86_400.0,
    notice_s=60.0,  # no lead time is promised; ten minutes were, for a while
    ping_s=20.0,
    pong_s=60.0,
)


class Binance:
    """The venue. Errors are flat unless `nested`; without `notice` it closes connections that have grown old unsaid."""

    name = "binance"
    ws_path = "/stream"
    binary = False
    limits = LIMITS

    def __init__(self, *, nested: bool = False, notice: bool = True) -> None:
        self._nested = nested
        self._notice = notice

    def desk(self, path: str = "/stream") -> BinanceDesk:
        """For one new connection to a recording."""
        return BinanceDesk(path, nested=self._nested, notice=self._notice)

    def converse(self, market: SimulatedMarket, path: str = "/stream") -> tuple[BinanceDesk, BinanceTeller]:
        """For one new connection to a simulated market."""
        desk = BinanceDesk(path, lambda: market.now_ms, nested=self._nested, notice=self._notice)
        return desk, BinanceTeller(market, desk)

    def rest(self, view: MarketView) -> BinanceRest:
        """Its REST side over this market."""
        return BinanceRest(view)
