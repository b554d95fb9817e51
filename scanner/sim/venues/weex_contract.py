"""WEEX's house of contracts from the venue's side: the protocol of spot, other paths and weights, and no best prices.

The simulated coins are spot coins; whatever this house lists of them is taken for a perpetual.
"""

from __future__ import annotations

from scanner.model.instrument import Instrument
from scanner.sim.listing import Entry
from scanner.sim.venues import weex_words as words
from scanner.sim.venues.base import Frame, MarketView
from scanner.sim.venues.weex_desk import CONTRACT
from scanner.sim.venues.weex_house import LIMITS, Weex
from scanner.sim.venues.weex_rest import WeexRest, Weights
from scanner.sim.venues.weex_telling import WeexTeller

CALLS: Weights = {
    "time": ("/capi/v3/market/time", 1),
    "markets": ("/capi/v3/market/exchangeInfo", 1),
    "tickers": ("/capi/v3/market/ticker/24hr", 40),
    "tops": ("/capi/v3/market/ticker/bookTicker", 1),
    "depth": ("/capi/v3/market/depth", 1),
    "trades": ("/capi/v3/market/trades", 5),
    "klines": ("/capi/v3/market/klines", 1),
}
_NOT_TOLD = frozenset({"bidPrice", "bidQty", "askPrice", "askQty"})


class ContractTeller(WeexTeller):
    """Tickers know two prices more."""

    def ticker(self, instrument: Instrument) -> Frame:
        """With mark and index price, which are the last one here."""
        summary = self.market.ticker(instrument)
        price = words.text(summary.last.price)
        return words.ticker(instrument, summary, self.now_ms, {"m": price, "i": price})


class ContractRest(WeexRest):
    """Answers from a market."""

    calls = CALLS

    def remaining(self, group: str, left: int) -> dict[str, str]:
        """Counted down aloud."""
        del group
        count = LIMITS.requests.count
        return {"x-used-weight-10s": str(count - left), "x-remaining-weight-10s": str(left)}

    def market_row(self, entry: Entry) -> dict[str, object]:
        """It has no word for a contract that is not traded: what is gone leaves the list, and that is all."""
        instrument = entry.instrument
        return {
            "symbol": words.code_of(instrument),
            "baseAsset": instrument.base,
            "quoteAsset": instrument.quote,
            "marginAsset": instrument.quote,
            "contractVal": 0.001,
            "contractType": "PERPETUAL",
            "underlyingType": "COIN",
        }

    def ticker_row(self, instrument: Instrument, end_ms: int) -> dict[str, object]:
        """With mark and index price instead of the best ones."""
        row = super().ticker_row(instrument, end_ms)
        told = {key: value for key, value in row.items() if key not in _NOT_TOLD}
        return told | {"markPrice": row["lastPrice"], "indexPrice": row["lastPrice"]}


class WeexContract(Weex):
    """The venue."""

    name = "weex-contract"
    dialect = CONTRACT
    teller = ContractTeller

    def rest(self, view: MarketView) -> ContractRest:
        """Its REST side over this market."""
        return ContractRest(view, self.halted, self.manners)
