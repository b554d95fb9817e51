"""What is staged with one coin: who sends orders, where the price goes, what is seen of it, what is right to say."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import Struct

from scanner.bench.detection.synthetic.coins import Coin
from scanner.bench.detection.synthetic.course import Move
from scanner.bench.detection.synthetic.labels import EARLY_S, LATE_S, Stage
from scanner.bench.detection.synthetic.orders import Source


class Act(Struct, frozen=True):
    """Seconds are those of the scene."""

    stage: Stage
    """What is to be told of it."""
    onsets: tuple[float, ...]
    """One label each."""
    sources: tuple[Source, ...]
    """Who trades, beside the coin's ordinary trickle."""
    moves: tuple[Move, ...] = ()
    early_s: float = EARLY_S
    late_s: float = LATE_S
    """The span of its labels, before and after each onset."""
    hole: tuple[float, float] | None = None
    """From when to when the scanner is blind for this coin."""
    new: bool = False
    """Whether nobody traded the coin before: it has no trickle and no past."""
    by_ticker: bool = False
    """Whether the venue shows tickers of this coin and no trades."""


Staging = Callable[[Coin, float, Random], Act]
"""Draws an act for this coin that begins at about that second."""


class Kind(Struct, frozen=True):
    """A line in the table of what can be staged."""

    stage: Staging
    lasts_s: float = 0.0
    """It has to begin so much earlier than others, to be over when they are."""
