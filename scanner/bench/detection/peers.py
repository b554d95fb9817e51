"""Rules of others on the same trades, so that our numbers have something to stand beside.

Each is played as kindly as its authors could wish: it looks every second or at every trade, tells of rises only, and
keeps quiet for five minutes after it has spoken, as we do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from statistics import fmean

from scanner.bench.detection.recording import HOUR_MS, MINUTE_MS, SECOND_MS, Recording
from scanner.bench.detection.told import OPENED, Told

QUIET_MS = 5 * MINUTE_MS
"""After it has spoken."""

POLLED = {5: 0.05, 15: 0.06, 60: 0.10, 300: 0.10}
"""binance-pump-alerts: seconds → rise, the windows that its README recommends. It divides by the *new* price."""

HOURS = 12
HIGH_ABOVE = 1.10
VOLUME_ABOVE = 4.0
"""After Kamps and Kleinberg, *To the moon* (2018), balanced set: the hour's high is 10 % above the mean close, and
its volume 300 % above the mean volume, of the 12 hours before."""


def pump_alerts(recording: Recording) -> Iterator[int]:
    """When binance-pump-alerts would have spoken, Unix milliseconds: the last price, polled once a second."""
    seconds, prices = _polled(recording)
    for second in sorted({*seconds, *(heard + window for heard in seconds for window in POLLED)}):
        now = _price(seconds, prices, second)
        for window, rise in POLLED.items():
            old = _price(seconds, prices, second - window)
            if old and (now - old) / now >= rise:
                yield (second + 1) * SECOND_MS
                break


def kamps_kleinberg(recording: Recording) -> Iterator[int]:
    """When an hour becomes an anomaly, Unix milliseconds; they look at its end, here its every trade is looked at."""
    closes: deque[float] = deque(maxlen=HOURS)
    volumes: deque[float] = deque(maxlen=HOURS)
    hour, high, volume, close = recording.first_ms // HOUR_MS, 0.0, 0.0, 0.0
    for seen, price, size in zip(recording.seen_ms, recording.prices, recording.sizes, strict=True):
        while seen // HOUR_MS > hour:
            closes.append(close)
            volumes.append(volume)
            hour, high, volume = hour + 1, 0.0, 0.0
        high, volume, close = max(high, price), volume + size, price
        if len(closes) == HOURS and high > HIGH_ABOVE * fmean(closes) and volume > VOLUME_ABOVE * fmean(volumes):
            yield seen


PEERS: dict[str, Callable[[Recording], Iterator[int]]] = {
    "binance-pump-alerts": pump_alerts,
    "Kamps & Kleinberg": kamps_kleinberg,
}


def peer_told(name: str, recording: Recording) -> Iterator[Told]:
    """What one of them would have told."""
    return (Told(recording.name, at, name, OPENED, "pump", "warning", 0) for at in _with_pauses(PEERS[name](recording)))


def _with_pauses(moments: Iterable[int]) -> Iterator[int]:
    spoken = 0
    for at in moments:
        if at - spoken >= QUIET_MS:
            spoken = at
            yield at


def _polled(recording: Recording) -> tuple[list[int], list[float]]:
    """Seconds in which something was traded, and the last price of each."""
    last = {at // SECOND_MS: price for at, price in zip(recording.seen_ms, recording.prices, strict=True)}
    return list(last), list(last.values())


def _price(seconds: list[int], prices: list[float], second: int) -> float:
    """As it stood at the end of a second; 0 before the first."""
    place = bisect_right(seconds, second)
    return prices[place - 1] if place else 0.0
