"""One coin's part of a scene, as the scanner sees it: what is asked for at the start, then what happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import chain
from operator import attrgetter

from scanner.bench.detection.synthetic.act import Act
from scanner.bench.detection.synthetic.chance import dice
from scanner.bench.detection.synthetic.coins import Venue
from scanner.bench.detection.synthetic.course import Course
from scanner.bench.detection.synthetic.delivery import candles, delivered, opening_ticker, tickers, torn
from scanner.bench.detection.synthetic.orders import Source
from scanner.bench.detection.synthetic.place import Place
from scanner.bench.detection.synthetic.tape import tape
from scanner.model.market import Event, Trade

FETCH_S = 0.4
"""One coin's candles come so long after another's: venues limit how often they are asked."""


def stream(
    place: Place, venue: Venue, course: Course, act: Act, sources: Sequence[Source], until_s: float, rank: int
) -> Iterator[Event]:
    """In order of `seen`. Its candles are the `rank`th to be asked for, counted from 0."""
    trades = tape(place, course, sources, until_s)
    past, live = _parted(trades, place.origin)
    said: list[Event] = [opening_ticker(course.coin, past[-1], place.origin)] if past else []
    fetched = place.moment((rank + 1) * FETCH_S)
    said += candles(past, fetched, tells_sides=venue.tells_sides)
    return merge(said, _shown(live, place, course, act), key=attrgetter("seen"))


def _shown(live: Iterator[Trade], place: Place, course: Course, act: Act) -> Iterator[Event]:
    random = dice(place.name, course.coin.instrument, "delivery")
    if act.by_ticker:
        return tickers(live, course.coin, random)
    arriving = delivered(live, random)
    return arriving if act.hole is None else torn(arriving, place, course.coin, act.hole)


def _parted(trades: Iterator[Trade], at: int) -> tuple[list[Trade], Iterator[Trade]]:
    """What was traded before that moment, and the rest, which is not made yet."""
    past: list[Trade] = []
    for trade in trades:
        if trade.at >= at:
            return past, chain((trade,), trades)
        past.append(trade)
    return past, iter(())
