"""A move of the whole market: BTC goes, everything follows, and no coin is special."""

from __future__ import annotations

from math import log1p
from random import Random

from scanner.bench.detection.synthetic.coins import Coin
from scanner.bench.detection.synthetic.course import Move
from scanner.bench.detection.synthetic.orders import Crowd

MARKET_MOVE = "market_move"
"""The kind of its label."""
LIVELY = 15.0
"""How many times as many orders there are while it goes."""
FADE_S = 120.0


def swing(at_s: float, random: Random) -> Move:
    """Four to nine per cent up or down within half a minute to three, to stay."""
    gain = log1p(random.uniform(0.04, 0.09)) * random.choice((1, -1))
    return Move(at_s, gain, random.uniform(30, 180), haste=0.8)


def followers(coin: Coin, swing_: Move) -> Crowd:
    """Those who trade a coin because of it."""
    return Crowd(
        onset_s=swing_.onset_s + coin.lag_s,
        orders_per_s=LIVELY * coin.orders_per_min / 60,
        ticket=coin.ticket,
        lead="buy" if swing_.gain > 0 else "sell",
        fade_s=FADE_S,
    )
