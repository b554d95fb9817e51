"""What takers send to a coin's book: their ordinary trickle, and crowds that come at once."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, inf, log, sin, tau
from random import Random
from typing import NamedTuple, Protocol

from msgspec import Struct

from scanner.bench.detection.synthetic.coins import Coin
from scanner.model.market import Side


class Order(NamedTuple):
    """One taker's order. Times in a scene are seconds since the scanner began to listen, negative ones before that."""

    at_s: float
    side: Side
    turnover: float
    """Quote currency."""
    fills: int = 1
    """Trades it becomes, all in the same millisecond."""
    slip: float = 0.0
    """How far off the market this one prints: difference of logarithms."""
    push: float = 0.0
    """How far it moves the market, difference of logarithms; the market forgets it slowly."""
    flat: bool = False
    """Whether all its fills print at one price, as against one large resting order."""


class Source(Protocol):
    """Somebody who sends orders."""

    def orders(self, coin: Coin, until_s: float, random: Random) -> Iterator[Order]:
        """Theirs, in order of time, none later than `until_s`."""
        ...


HEAVY = 1.7
"""Sigma of the log-normal turnover of an order."""
LARGEST = 40.0
"""No ordinary order is larger, as a multiple of the mean one."""
WALKING = 0.14
"""The share of ordinary orders that take more than one fill, and so print as rush orders do."""


class Trickle(Struct, frozen=True):
    """Ordinary trading: a few orders together, then long nothing; more by day than by night; now and then a stir."""

    since_s: float
    hour: float
    """Hour of the day at second 0."""

    TOGETHER = 2.5
    """Orders in a bout, on average."""
    PAUSE_S = 6.0
    """Between two of them, where there are few."""
    STIRS = 0.02
    """The share of bouts that are one: many orders of one side, and a price that leans their way for a while."""
    STIRRED = 12.0
    """Orders in a stir, on average."""
    LEAN = 0.015
    """How far a stir moves the price, on average; never as far as twice that."""
    DAY = 0.5
    """How far the pace swings around its mean within a day."""

    def orders(self, coin: Coin, until_s: float, random: Random) -> Iterator[Order]:
        """Bouts of a Poisson process whose pace changes with the hour."""
        cycle_s = 60 * self.TOGETHER / coin.orders_per_min
        pause_s = min(self.PAUSE_S, cycle_s / 5)  # no bout is to be so long that the next comes late
        at_s = self.since_s
        while True:
            pace = 1 + self.DAY * sin(tau * (self.hour + at_s / 3600) / 24)
            at_s += random.expovariate(pace / (cycle_s - (self.TOGETHER - 1) * pause_s))
            for order in self._bout(at_s, pause_s, coin, random):
                at_s = order.at_s
                if at_s > until_s:
                    return
                yield order

    def _bout(self, at_s: float, pause_s: float, coin: Coin, random: Random) -> Iterator[Order]:
        stir = random.random() < self.STIRS
        orders = 1 + int(random.expovariate(1 / (self.STIRRED if stir else self.TOGETHER - 0.5)))
        lead: Side = "buy" if random.random() < 0.5 else "sell"  # noqa: PLR2004  # a coin's toss
        lean = min(random.expovariate(1 / self.LEAN), 2 * self.LEAN) / orders if stir else 0.0
        loyal = 0.9 if stir else 0.7
        for _ in range(orders):
            side = lead if random.random() < loyal else opposite(lead)
            push = lean if lead == "buy" else -lean
            yield Order(at_s, side, turnover(coin.ticket, random), fills(WALKING, 3.0, random), 0.0, push)
            at_s += random.expovariate(1 / pause_s)


class Crowd(Struct, frozen=True):
    """Many takers at once, mostly of one side, whose interest fades as 1 / (1 + t / fade)."""

    onset_s: float
    orders_per_s: float
    """At the onset."""
    ticket: float
    """Mean turnover of an order, quote currency."""
    lead: Side
    fade_s: float
    """After so long half of them are left; infinite for a crowd that stays until `ends_s`."""
    ends_s: float = inf
    bias: float = 0.22
    """By how much the share of the leading side exceeds one half at the onset."""
    rush: float = 0.23
    """The share of orders that several fills are needed for …"""
    rush_fills: float = 3.8
    """… and how many, on average."""
    jitter: float = 0.0
    """How far off the market they print, difference of logarithms: standard deviation."""

    def orders(self, coin: Coin, until_s: float, random: Random) -> Iterator[Order]:
        """A Poisson process, its time stretched as the interest fades."""
        del coin
        ends_s = min(until_s, self.ends_s)
        passed = 0.0
        while True:
            passed += random.expovariate(self.orders_per_s)
            at_s = self.onset_s + self._stretched(passed)
            if at_s > ends_s:
                return
            leading = random.random() < 0.5 + self.bias / (1 + (at_s - self.onset_s) / self.fade_s)
            side = self.lead if leading else opposite(self.lead)
            slip = random.gauss(0.0, self.jitter) if self.jitter else 0.0
            yield Order(at_s, side, turnover(self.ticket, random), fills(self.rush, self.rush_fills, random), slip)

    def _stretched(self, passed: float) -> float:
        return passed if self.fade_s == inf else self.fade_s * (exp(passed / self.fade_s) - 1)


def first_minute(fade_s: float) -> float:
    """The orders of a crowd's first minute as a multiple of its orders in a second at the onset."""
    return 60.0 if fade_s == inf else fade_s * log(1 + 60 / fade_s)


def turnover(mean: float, random: Random) -> float:
    """Of one order: heavy-tailed, so most are far below the mean."""
    return mean * min(exp(random.gauss(-(HEAVY**2) / 2, HEAVY)), LARGEST)


def fills(share: float, mean: float, random: Random) -> int:
    """One, or for that share of orders two and more, `mean` on average."""
    return 1 if random.random() >= share else 2 + int(random.expovariate(1 / (mean - 1.5)))


def opposite(side: Side) -> Side:
    """The other side."""
    return "sell" if side == "buy" else "buy"
