"""What is going to happen: each scenario as a table of knots, so that the script and its description are one thing."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct

from scanner.sim.chance import seed_of
from scanner.sim.coins import COINS, Coin
from scanner.sim.ticks import tick_for

STARTS_AFTER_S = 10.0
"""Seconds from a venue's first subscription to the first scripted trade."""

QUOTES = ("KRW", "USDT")
"""The main quote currencies: on each venue the first of them that it has is where scripts happen."""

Knots = tuple[tuple[float, float], ...]
"""(Seconds after the start, value): straight lines between, the last value for ever after."""


class Script(Struct, frozen=True):
    """What happens to the price and the trades of one coin, or of a venue's every market in its main quote."""

    text: str
    whole_market: bool
    price: Knots
    """Change as a fraction of what the price would be without the script."""
    trades_per_s: Knots
    """At least so many trades a second, on top of the usual ones."""
    times_usual: Knots
    """Or so many times the usual rate, if that is more."""
    buys: float
    """Share of taker buys among the scripted trades."""
    fills: tuple[int, ...]
    """How many fills one order takes in one millisecond: each of these is as likely as the others."""

    @property
    def lasts_s(self) -> float:
        """When the last scripted trade is done and the price has found its new level."""
        return max(self.price[-1][0], self.trades_per_s[-1][0], self.times_usual[-1][0])


_NEVER: Knots = ((0.0, 0.0),)
_RUSH = (1, 2, 3, 3, 4, 5)
_ORDINARY = (1, 1, 1, 1, 2, 3)
_STEADY = (1, 1, 1, 1, 1, 2)

SCRIPTS: dict[str, Script] = {
    "pump": Script(
        text="one coin rises 15 % in 6 s on rush orders, holds, and gives a little back",
        whole_market=False,
        price=((0.0, 0.0), (1.5, 0.075), (6.0, 0.165), (20.0, 0.168), (60.0, 0.155), (300.0, 0.125)),
        trades_per_s=((0.0, 30.0), (20.0, 30.0), (50.0, 0.0)),
        times_usual=_NEVER,
        buys=0.9,
        fills=_RUSH,
    ),
    "dump": Script(
        text="one coin falls 15 % in 6 s on rush orders and stays low",
        whole_market=False,
        price=((0.0, 0.0), (1.5, -0.075), (6.0, -0.165), (20.0, -0.168), (60.0, -0.165), (300.0, -0.155)),
        trades_per_s=((0.0, 30.0), (20.0, 30.0), (50.0, 0.0)),
        times_usual=_NEVER,
        buys=0.1,
        fills=_RUSH,
    ),
    "volume": Script(
        text="one coin is traded 60 times as much as usual for 90 s at an almost steady price",
        whole_market=False,
        price=_NEVER,
        trades_per_s=_NEVER,
        times_usual=((0.0, 61.0), (90.0, 61.0), (95.0, 0.0)),
        buys=0.52,
        fills=_ORDINARY,
    ),
    "crash": Script(
        text="every KRW market, and elsewhere every USDT market, falls 12 % in 4 s and stays down",
        whole_market=True,
        price=((0.0, 0.0), (4.0, -0.123), (60.0, -0.125)),
        trades_per_s=((0.0, 3.5), (10.0, 3.5), (14.0, 0.0)),
        times_usual=((0.0, 15.0), (6.0, 15.0), (14.0, 0.0)),
        buys=0.15,
        fills=_STEADY,
    ),
}

SCENARIOS: tuple[str, ...] = ("quiet", *SCRIPTS)

_MID_CAPS = slice(40, 90)
_FINEST_TICK = 0.0015
_ROOM = 1.25
"""The scripted coin's price moves in small steps, so that a steady price looks steady, even after it has risen."""


def line(knots: Knots, second: float) -> float:
    """The value at `second`: 0 before the first knot."""
    place = bisect_right(knots, second, key=lambda knot: knot[0])
    if place == 0:
        return 0.0
    start, low = knots[place - 1]
    if place == len(knots):
        return low
    end, high = knots[place]
    return low + (high - low) * (second - start) / (end - start)


def scripted_coin(scenario: str, seed: int) -> str:
    """The coin a scenario happens to: one listed on every venue, neither famous nor forgotten."""
    candidates = [coin.code for coin in COINS[_MID_CAPS] if _moves_finely(coin)]
    return candidates[seed_of("script", scenario, seed) % len(candidates)]


def _moves_finely(coin: Coin) -> bool:
    return all(tick_for("KRW", price).size / price <= _FINEST_TICK for price in (coin.krw, coin.krw * _ROOM))


def symbol(scenario: str, seed: int) -> str | None:
    """Who it happens to where KRW is traded: `XYZ/KRW`, `*/KRW` for every KRW market, None for nobody."""
    return next(iter(symbols(scenario, seed)), None)


def symbols(scenario: str, seed: int) -> tuple[str, ...]:
    """Who it happens to, in each main quote currency; `*` stands for all of its markets."""
    if scenario not in SCRIPTS:
        return ()
    base = "*" if SCRIPTS[scenario].whole_market else scripted_coin(scenario, seed)
    return tuple(f"{base}/{quote}" for quote in QUOTES)


def describe(scenario: str, seed: int) -> dict[str, object]:
    """Everything the script has decided in advance, as plain data; KeyError for an unknown scenario."""
    if scenario == "quiet":
        return {
            "scenario": scenario,
            "seed": seed,
            "symbol": None,
            "symbols": (),
            "starts_after_s": None,
            "text": "nothing happens",
        }
    script = SCRIPTS[scenario]
    return {
        "scenario": scenario,
        "seed": seed,
        "symbol": symbol(scenario, seed),
        "symbols": symbols(scenario, seed),
        "starts_after_s": STARTS_AFTER_S,
        "text": script.text,
        "lasts_s": script.lasts_s,
        "price": script.price,
        "trades_per_s": script.trades_per_s,
        "times_usual": script.times_usual,
        "buys": script.buys,
    }
