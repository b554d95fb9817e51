"""What a coin's tape shows: each order as the trades that fill it, at the venue, in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from math import exp, inf
from random import Random

from scanner.bench.detection.synthetic.chance import dice
from scanner.bench.detection.synthetic.course import Course
from scanner.bench.detection.synthetic.orders import Order, Source
from scanner.bench.detection.synthetic.place import Place
from scanner.model.market import Trade

FORGETS_S = 1800.0
"""A coin's own random walk returns to its level on this time scale."""
WALK = 0.3
"""Each further fill of an order prints so many half spreads further from the middle …"""
WALKS = 2.0
"""… but no further than so many half spreads in all."""


def tape(place: Place, course: Course, sources: Sequence[Source], until_s: float) -> Iterator[Trade]:
    """All trades of a coin that these sources' orders become.

    Here everything is `seen` when it happens; what becomes of it on the way to us is another matter.
    """
    name, coin = place.name, course.coin
    orders = [
        source.orders(coin, until_s, dice(name, coin.instrument, number)) for number, source in enumerate(sources)
    ]
    return printed(place, course, merge(*orders), dice(name, coin.instrument, "prints"))


def printed(place: Place, course: Course, orders: Iterable[Order], random: Random) -> Iterator[Trade]:
    """The trades that these orders become, which must come in order of time."""
    exchange, coin, number, walk, last_s = place.exchange, course.coin, 0, 0.0, -inf
    instrument, digits, least = coin.instrument, coin.digits, 10.0**-coin.digits
    for order in orders:
        at_s, side = order.at_s, order.side
        passed = min(at_s - last_s, FORGETS_S)
        walk = walk * exp(-passed / FORGETS_S) + order.push + random.gauss(0.0, coin.volatility * passed**0.5)
        last_s = at_s
        half = course.half_spread(at_s) if side == "buy" else -course.half_spread(at_s)
        middle = course.price(at_s) * exp(walk + order.slip)
        at = place.moment(at_s)
        for step, share in enumerate(_shares(order.fills, random)):
            walked = 0.0 if order.flat else min(WALK * step, WALKS)
            price = max(least, round(middle * (1 + half * (1 + walked)), digits))
            number += 1
            yield Trade(exchange, instrument, at, at, str(number), price, order.turnover * share / price, side)


def _shares(fills: int, random: Random) -> list[float]:
    """How an order is shared out among its fills."""
    if fills == 1:
        return [1.0]
    weights = [0.1 + random.random() for _ in range(fills)]
    whole = sum(weights)
    return [weight / whole for weight in weights]
