"""Every venue that can be simulated: a literal table."""

from __future__ import annotations

from scanner.sim.venues.base import Venue
from scanner.sim.venues.binance import Binance
from scanner.sim.venues.binance_futures import BinanceFutures
from scanner.sim.venues.bithumb import Bithumb
from scanner.sim.venues.coingecko import CoinGecko
from scanner.sim.venues.mexc import Mexc
from scanner.sim.venues.mexc_futures import MexcFutures
from scanner.sim.venues.okx import Okx
from scanner.sim.venues.upbit import Upbit
from scanner.sim.venues.weex_contract import WeexContract
from scanner.sim.venues.weex_house import Weex

VENUES: dict[str, Venue] = {
    "upbit": Upbit(),
    "bithumb": Bithumb(),
    "binance": Binance(),
    "mexc": Mexc(),
    "weex": Weex(),
    "okx": Okx(),
    "binance-futures": BinanceFutures(),
    "mexc-futures": MexcFutures(),
    "weex-contract": WeexContract(),
    "coingecko": CoinGecko(),
}
