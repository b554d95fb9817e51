"""What no coin's price is to be blamed for, however loud it looks: each kind is a trap that some rule falls into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf, log1p
from random import Random

from msgspec import Struct

from scanner.bench.detection.synthetic.act import Act, Kind
from scanner.bench.detection.synthetic.chance import around
from scanner.bench.detection.synthetic.coins import Coin
from scanner.bench.detection.synthetic.course import Move
from scanner.bench.detection.synthetic.orders import Crowd, Order, fills, turnover
from scanner.model.market import Side

SIDES: tuple[Side, Side] = ("buy", "sell")
DRIFT_S = 1440.0


class Once(Struct, frozen=True):
    """One order, and nothing more."""

    order: Order

    def orders(self, coin: Coin, until_s: float, random: Random) -> Iterator[Order]:
        """It."""
        del coin, random
        if self.order.at_s <= until_s:
            yield self.order


class Flicker(Struct, frozen=True):
    """Small orders against a book that is almost empty: each prints near the middle or far from it, by chance."""

    begins_s: float
    ends_s: float
    wide: float
    """How far: difference of logarithms."""
    per_min: float
    size: float
    """Their mean turnover, as a share of an ordinary order's."""

    FAR = 0.4
    """The share that prints far from the middle."""

    def orders(self, coin: Coin, until_s: float, random: Random) -> Iterator[Order]:
        """A Poisson process of both sides."""
        at_s = self.begins_s
        while (at_s := at_s + random.expovariate(self.per_min / 60)) < min(until_s, self.ends_s):
            side = random.choice(SIDES)
            slip = self.wide if random.random() < self.FAR else 0.0
            size = turnover(coin.ticket * self.size, random)
            yield Order(at_s, side, size, slip=slip if side == "buy" else -slip)


def fat_finger(coin: Coin, at_s: float, random: Random) -> Act:
    """One print 15 to 40 % away from the market, which goes on as if nothing had been."""
    side = random.choice(SIDES)
    slip = log1p(random.uniform(0.15, 0.4))
    order = Order(at_s, side, coin.ticket * random.uniform(0.5, 20), slip=slip if side == "buy" else -slip)
    return Act("", (at_s,), (Once(order),))


def block(coin: Coin, at_s: float, random: Random) -> Act:
    """Hundreds of usual minutes in one order, in up to a dozen fills of one millisecond, at an unchanged price."""
    size = coin.usual * around(600, 0.7, 100, 4_000, random)
    order = Order(at_s, random.choice(SIDES), size, fills(0.6, 6.0, random), flat=True)
    return Act("", (at_s,), (Once(order),))


def listing_drift(coin: Coin, at_s: float, random: Random) -> Act:
    """A coin on its first day: lively trading from its first second on, and 20 % more within 24 minutes."""
    per_s = coin.orders_per_min * random.uniform(10, 25) / 60
    public = Crowd(at_s, per_s, coin.ticket, "buy", fade_s=inf, bias=0.05)
    drift = Move(at_s, log1p(random.uniform(0.17, 0.23)), DRIFT_S)
    return Act("", (at_s,), (public,), (drift,), late_s=DRIFT_S, new=True)


def gap_jump(coin: Coin, at_s: float, random: Random) -> Act:
    """We are blind for 1 to 4 minutes; when we see again the price is 8 to 20 % elsewhere, and trading is lively."""
    ends_s = at_s + random.uniform(60, 240)
    gain = log1p(random.uniform(0.08, 0.2)) * random.choice((1, -1))
    crowd = Crowd(at_s, 1.5, coin.ticket * 2, "buy" if gain > 0 else "sell", fade_s=90.0)
    jump = Move(at_s, gain, (ends_s - at_s) / 2)
    return Act("", (at_s,), (crowd,), (jump,), hole=(at_s, ends_s))


def flicker(coin: Coin, at_s: float, random: Random) -> Act:
    """For 2 to 5 minutes the best offers are 3 to 7 % away as often as not: prices jump, and nothing moves."""
    del coin
    takers = Flicker(
        begins_s=at_s,
        ends_s=at_s + random.uniform(120, 300),
        wide=random.uniform(0.03, 0.07),
        per_min=random.uniform(8, 24),
        size=random.uniform(0.15, 0.5),
    )
    return Act("", (at_s,), (takers,))


def volume_only(coin: Coin, at_s: float, random: Random) -> Act:
    """Forty to 400 usual minutes a minute for 1 to 4 minutes, both sides alike, and the price stays where it is."""
    per_s = random.uniform(0.5, 4.0)
    ticket = coin.usual * around(120, 0.6, 40, 400, random) / 60 / per_s
    ends_s = at_s + random.uniform(60, 240)
    return Act("", (at_s,), (Crowd(at_s, per_s, ticket, "buy", fade_s=inf, ends_s=ends_s, bias=0.0),))


HARD: Mapping[str, Kind] = {
    "fat_finger": Kind(fat_finger),
    "block": Kind(block),
    "listing_drift": Kind(listing_drift, lasts_s=DRIFT_S),
    "gap_jump": Kind(gap_jump),
    "flicker": Kind(flicker),
    "volume_only": Kind(volume_only),
}
"""A move of the whole market is the seventh; it is staged with all coins at once, in `swing`."""
