"""A recording as a venue tells it: every trade, or once a second a ticker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate

from scanner.bench.detection.recording import DAY_MS, SECOND_MS, Recording
from scanner.model.market import Event, Ticker, Trade

MS = 1_000_000
"""Nanoseconds."""
SIDES = ("sell", "buy")


def trades(recording: Recording) -> Iterator[Trade]:
    """Every trade, heard the moment it is made, or as soon as those before it were."""
    exchange, instrument = recording.exchange, recording.instrument
    rows = zip(recording.at_ms, recording.seen_ms, recording.prices, recording.sizes, recording.buys, strict=True)
    for number, (at, seen, price, size, buy) in enumerate(rows):
        yield Trade(exchange, instrument, at * MS, seen * MS, str(number), price, size, SIDES[buy])  # type: ignore[arg-type]  # two words


def tickers(recording: Recording) -> Iterator[Ticker]:
    """At the end of each second with a trade, the last price and the totals of the 24 hours before; no trades.

    A recording begins in the middle of a market's life. Of the 24 hours before it is assumed that as much was traded
    in them as in its own first 24, evenly; this share fades as the first day passes.
    """
    volumes = list(accumulate(recording.sizes, initial=0.0))
    turnovers = list(accumulate((p * s for p, s in zip(recording.prices, recording.sizes, strict=True)), initial=0.0))
    seen, oldest = recording.seen_ms, 0
    first_day = next((place for place, at in enumerate(seen) if at - seen[0] >= DAY_MS), len(seen))
    for place in _last_of_each_second(recording):
        now = (seen[place] // SECOND_MS + 1) * SECOND_MS
        while seen[oldest] <= now - DAY_MS:
            oldest += 1
        assumed = max(0.0, 1.0 - (now - seen[0]) / DAY_MS)
        yield Ticker(
            recording.exchange,
            recording.instrument,
            now * MS,
            now * MS,
            recording.prices[place],
            volumes[place + 1] - volumes[oldest] + assumed * volumes[first_day],
            turnovers[place + 1] - turnovers[oldest] + assumed * turnovers[first_day],
        )


def _last_of_each_second(recording: Recording) -> Iterator[int]:
    seen = recording.seen_ms
    final = len(seen) - 1
    for place, at in enumerate(seen):
        if place == final or seen[place + 1] // SECOND_MS != at // SECOND_MS:
            yield place


FEEDS: dict[str, Callable[[Recording], Iterator[Event]]] = {"trades": trades, "tickers": tickers}
"""What detectors may be given to live on."""
