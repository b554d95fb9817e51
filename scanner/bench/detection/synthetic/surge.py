"""Sudden moves and the crowds that make them, as large and as hasty as the literature measured them.

The medians of an ordinary pump are the published ones: 17.5, 22 and 27 % within 5, 15 and 60 s of the onset, 34 s from
onset to peak, 2,456 usual minutes of turnover in the first, 101 rush orders of buyers, 22 % below the peak an hour
later. Of the spread around them nothing was published; it is log-normal and wide. No event is copied.
"""

from __future__ import annotations

from math import log1p
from random import Random

from msgspec import Struct

from scanner.bench.detection.synthetic.chance import around
from scanner.bench.detection.synthetic.coins import Coin
from scanner.bench.detection.synthetic.course import Move
from scanner.bench.detection.synthetic.orders import Crowd, first_minute
from scanner.model.market import Side

HASTE = 0.226
"""A pump reaches 65 % of its gain in the first 5 of 34 s: 5/34 to this power."""
FORGETS_S = 15.0
"""Half of the gain is gone about 35 s after the peak."""
FADE_S = 30.0
"""Half of the crowd is gone so long after the onset."""
LEADING, RUSH = 0.62, 0.23
"""Of a first minute's orders: what the leading side sends, and what takes several fills."""
JITTER = 0.02
"""How far off the market a crowd prints, as a share of the move: standard deviation."""
SETTLES = (-0.02, 0.05)
"""How far from its old price a coin is an hour later, beside what is left of the gain: mean and standard deviation."""


class Size(Struct, frozen=True):
    """How large a pump or a dump is, and how long it takes."""

    gain: float
    """From the old price to the peak, as a fraction; a dump undoes such a gain."""
    lasts_s: float
    """From onset to peak."""
    rush: float
    """Rush orders of the leading side in the first minute."""
    ratio: float
    """Turnover of the first minute, in usual ones."""
    haste: float = HASTE
    """See `Move`; 1 for one that is in no hurry."""


class Surge(Struct, frozen=True):
    """A move and those who make it."""

    move: Move
    crowd: Crowd


def ordinary(random: Random) -> Size:
    """That of a pump like those that were published; what bounce and noise add to the gain is left out beforehand."""
    return Size(
        gain=around(0.245, 0.8, 0.08, 3.0, random),
        lasts_s=around(36, 0.9, 4, 280, random),
        rush=around(93, 0.75, 15, 600, random),
        ratio=around(2_700, 0.8, 250, 25_000, random),
    )


def surge(size: Size, coin: Coin, onset_s: float, random: Random, lead: Side = "buy") -> Surge:
    """The crowd that makes a move of this size, and the move."""
    gain = log1p(size.gain) if lead == "buy" else -log1p(size.gain)
    fade_s = FADE_S if size.haste < 1 else max(FADE_S, size.lasts_s)
    orders = size.rush / (LEADING * RUSH)
    crowd = Crowd(
        onset_s=onset_s,
        orders_per_s=orders / first_minute(fade_s),
        ticket=size.ratio * coin.usual / orders,
        lead=lead,
        fade_s=fade_s,
        rush=RUSH,
        jitter=JITTER * abs(gain),
    )
    return Surge(Move(onset_s, gain, size.lasts_s, size.haste, FORGETS_S, random.gauss(*SETTLES)), crowd)
