"""A market that never was, for measures: trades as venues tell them, the same ones for the same seed.

Prices walk at random on a grid of ticks, and buyers pay one side of it, sellers get the other. Sizes have heavy tails,
a few coins are traded far more than the rest, one order is often told as several trades of one moment, and some coins
are pumped for real, so that rules have something to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from math import ceil, exp, floor, log10, sqrt
from operator import attrgetter
from random import Random

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Side, Ticker, Trade
from scanner.model.moments import SECOND

START = 1_790_000_000 * SECOND
"""When this market opens, nanoseconds UTC."""
RANKS = 200
"""Coins of one ladder, from the busiest to the quietest: the k-th has a k-th of the first one's trades. A larger market
is several ladders, so that each of its coins is traded as often as in a smaller one."""
RATE_PER_S = 2.5
"""Trades of one coin, on average: 2,000 coins make 5,000 trades a second."""
FILLS = 1.5
"""Trades that one order is told as, on average."""
DAILY_MOVE = 0.06
"""How far a coin walks in a day, as a standard deviation of the logarithm of its price."""
SPREAD_OF_SIZES = 1.5
"""Of the logarithm of an order's turnover: one in a hundred is thirty times the middle one."""
DELAY_NS = 8_000_000
"""From a venue's clock to our eyes."""

PUMPED_EVERY = 100
"""One coin of so many is pumped …"""
PUMP_S = 12.0
"""… for so long …"""
PUMP = 0.09
"""… and so far, as a logarithm …"""
FRENZY = 12.0
"""… on so many times its usual orders …"""
GREED = 6.0
"""… each so many times as large."""

QUOTES: dict[str, tuple[str, float]] = {"upbit": ("KRW", 150_000.0), "bithumb": ("KRW", 150_000.0)}
"""Venue → quote currency, and the turnover of an order in the middle."""
ELSEWHERE = ("USDT", 120.0)


class Coin(Struct, frozen=True):
    """One instrument on one venue, and how it is traded."""

    exchange: str
    instrument: Instrument
    price: float
    """When the market opens."""
    rate_per_s: float
    turnover: float
    """Of an order in the middle, in quote currency."""
    pumped_at: float | None
    """Seconds after the opening; None for most."""

    @property
    def turnover_24h(self) -> float:
        """What such trading comes to in a day."""
        return 86_400 * self.rate_per_s / FILLS * self.turnover * exp(SPREAD_OF_SIZES**2 / 2)


def coins(count: int, exchanges: Sequence[str], pumps_s: tuple[float, float]) -> list[Coin]:
    """So many, in turn on these venues; those that are pumped begin between these seconds after the opening."""
    busiest = RATE_PER_S * RANKS / sum(1 / rank for rank in range(1, RANKS + 1))
    first, last = pumps_s
    made = []
    for number in range(count):
        exchange = exchanges[number // RANKS % len(exchanges)]
        quote, turnover = QUOTES.get(exchange, ELSEWHERE)
        pumped = number % PUMPED_EVERY == PUMPED_EVERY // 2
        made.append(
            Coin(
                exchange=exchange,
                instrument=Instrument(f"C{number:04}", quote),
                price=10.0 ** (number % 7 - 1) * (1.3 + number % 5),
                rate_per_s=busiest / (1 + number % RANKS),
                turnover=turnover,
                pumped_at=first + (last - first) * number / count if pumped else None,
            )
        )
    return made


def tickers(of: Sequence[Coin]) -> list[Ticker]:
    """What each venue tells of a day before the market opens."""
    return [
        Ticker(coin.exchange, coin.instrument, START, START, coin.price, day / coin.price, day)
        for coin in of
        if (day := coin.turnover_24h)
    ]


def trades(of: Sequence[Coin], seconds: float, seed: int) -> list[Trade]:
    """All trades of so many seconds, by the venues' clocks."""
    told = (_trades(coin, seconds, Random(f"{seed} {coin.instrument}")) for coin in of)  # noqa: S311  # a game of dice
    return sorted(chain.from_iterable(told), key=attrgetter("at"))


def _trades(coin: Coin, seconds: float, dice: Random) -> Iterator[Trade]:
    """One coin's."""
    tick = 10.0 ** (floor(log10(coin.price)) - 3)
    number = dice.getrandbits(50)
    for at, middle, side, greed in _orders(coin, seconds, dice):
        price = round(tick * (ceil(middle / tick) if side == "buy" else floor(middle / tick)), 8)
        turnover = greed * coin.turnover * dice.lognormvariate(0.0, SPREAD_OF_SIZES)
        fills = 1 if dice.random() < 2 - FILLS else 2
        for _ in range(fills):
            number += 1
            size = round(turnover / fills / price, 8)
            yield Trade(coin.exchange, coin.instrument, at, at + DELAY_NS, str(number), price, size, side)


def _orders(coin: Coin, seconds: float, dice: Random) -> Iterator[tuple[int, float, Side, float]]:
    """Venue time, fair price, taker side and greed of every order."""
    step = DAILY_MOVE / sqrt(86_400 * coin.rate_per_s)
    usual = coin.rate_per_s / FILLS
    frenzied = usual * FRENZY
    now, walked = dice.expovariate(usual), 0.0
    while now < seconds:
        pumped = coin.pumped_at is not None and coin.pumped_at <= now < coin.pumped_at + PUMP_S
        walked += dice.gauss(PUMP / (frenzied * PUMP_S) if pumped else 0.0, step)
        side: Side = "buy" if dice.random() < (0.85 if pumped else 0.5) else "sell"
        yield START + round(now * SECOND), coin.price * exp(walked), side, GREED if pumped else 1.0
        now += dice.expovariate(frenzied if pumped else usual)
