"""What Binance's two houses count differently over REST, as data: paths, weights, and how many of those a minute."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

Params = Mapping[str, str]
Steps = tuple[tuple[int, int], ...]
"""(At most so many, weight), the fewest first; beyond the last it is the call's own weight."""

MOST_LEVELS = 5_000
_LEVELS = 100
"""Of a book, unless others are asked for."""
_BARS = 500
"""Unless others are asked for."""
_LONGEST_NUMBER = 18


class House(Struct, frozen=True):
    """One of them."""

    root: str
    budget: int
    """Weight a minute."""
    calls: Mapping[str, int]
    """Path below the root, and what it weighs at most."""
    depth_steps: Steps
    """By levels asked for."""
    ticker_steps: Steps
    """By markets named."""
    candle_steps: Steps = ()
    """By bars asked for."""

    def weight(self, call: str, params: Params) -> int:
        """What a call takes of the budget."""
        usual = self.calls.get(call, 1)
        if call == "/depth":
            return _step(self.depth_steps, digits(params.get("limit", "")) or _LEVELS, usual)
        if call == "/klines":
            return _step(self.candle_steps, digits(params.get("limit", "")) or _BARS, usual)
        if call == "/ticker/24hr" and ("symbol" in params or "symbols" in params):
            return _step(self.ticker_steps, params.get("symbols", "").count(",") + 1, usual)
        return usual


SPOT = House(
    "/api/v3",
    6_000,
    {
        "/ping": 1,
        "/time": 1,
        "/exchangeInfo": 20,
        "/ticker/24hr": 80,
        "/depth": 250,
        "/trades": 25,
        "/aggTrades": 4,
        "/klines": 2,
    },
    depth_steps=((100, 5), (500, 25), (1_000, 50), (MOST_LEVELS, 250)),
    ticker_steps=((20, 2), (100, 40)),
)
FUTURES = House(
    "/fapi/v1",
    2_400,
    {"/ping": 1, "/time": 1, "/exchangeInfo": 1, "/ticker/24hr": 40, "/depth": 20, "/aggTrades": 20, "/klines": 10},
    depth_steps=(),
    ticker_steps=((1, 1),),
    candle_steps=((99, 1), (499, 2), (1_000, 5)),
)
"""Only the budget and the weights of books and bars are documented; of the others the dearest that was seen."""


def digits(word: str) -> int:
    """A whole number; 0 for anything else."""
    return int(word) if word.isascii() and word.isdigit() and len(word) <= _LONGEST_NUMBER else 0


def _step(steps: Steps, count: int, beyond: int) -> int:
    return next((weight for most, weight in steps if count <= most), beyond)
