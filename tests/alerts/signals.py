"""Signals and alerts made by hand."""

from typing import Any

from scanner.alerts.story import Story
from scanner.detectors.base import Signal
from scanner.model.alert import Alert
from scanner.model.instrument import Instrument

SECOND = 1_000_000_000
START = 1_790_000_040 * SECOND
ABC = Instrument("ABC", "KRW")


def signal(at: int = START, **changes: Any) -> Signal:
    """A pump of ABC on Upbit, unless told otherwise."""
    values: dict[str, Any] = {
        "rule": "pump",
        "stage": "pump",
        "exchange": "upbit",
        "instrument": ABC,
        "price": 106.0,
        "change": 0.06,
        "window_s": 1.0,
        "volume_ratio": 17.0,
        "severity": "warning",
        "score": 68,
        "headline": "ABC/KRW +6.0 % in 1 s",
        "facts": {"trades": 4},
    }
    return Signal(at=at, **(values | changes))


def alerts(count: int) -> list[Alert]:
    """Different ones, a second apart."""
    return [alert(START + number * SECOND) for number in range(count)]


def alert(at: int = START, **changes: Any) -> Alert:
    """What such a signal opens where it is the first of its story."""
    return Story.begin(signal(at, **changes), at).open(at)
