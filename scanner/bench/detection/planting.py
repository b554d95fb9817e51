"""A pump planted into quiet candles: a rule that never speaks there would have the best score of all."""

from __future__ import annotations

from bisect import bisect_left

from scanner.bench.detection.protocol import LATE_MS, WARM_UP_MS
from scanner.bench.detection.quiet import PRINTS, SPACING_MS
from scanner.bench.detection.recording import HOUR_MS, MINUTE_MS, Recording

AFTER_MS = WARM_UP_MS + HOUR_MS
"""Where it is planted, from the beginning of the series."""
CANDLES = (
    ((1.00, 1.00, 1.16, 1.14), 300.0),
    ((1.14, 1.13, 1.25, 1.22), 500.0),
    ((1.22, 1.24, 1.12, 1.14), 200.0),
    ((1.14, 1.15, 1.08, 1.10), 100.0),
)
"""Minute by minute, four prices against the one before the pump, and the volume against the mean minute's."""


def planted(recording: Recording) -> tuple[Recording, int] | None:
    """The beginning of a series and then a pump, with its onset in Unix milliseconds; None where it is too short."""
    onset = (recording.seen_ms[0] + AFTER_MS) // MINUTE_MS * MINUTE_MS if len(recording) else 0
    kept = bisect_left(recording.seen_ms, onset)
    if kept == len(recording):
        return None
    pumped = Recording(
        recording.name,
        recording.exchange,
        recording.instrument,
        recording.at_ms[:kept],
        recording.seen_ms[:kept],
        recording.prices[:kept],
        recording.sizes[:kept],
        recording.buys[:kept],
    )
    _grow(pumped, onset, minute=sum(pumped.sizes) / (AFTER_MS / MINUTE_MS))
    return pumped, onset


def is_heard(at_ms: int, onset_ms: int) -> bool:
    """Whether an alert is about it."""
    return onset_ms <= at_ms <= onset_ms + LATE_MS


def _grow(pumped: Recording, onset_ms: int, *, minute: float) -> None:
    usual = last = pumped.prices[-1]
    for number, (path, times) in enumerate(CANDLES):
        for place, relative in enumerate(path):
            price = usual * relative
            at = onset_ms + number * MINUTE_MS + place * SPACING_MS
            pumped.add(at, price, minute * times / PRINTS, buy=price >= last)
            last = price
