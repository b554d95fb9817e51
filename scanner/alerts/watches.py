"""Coins that show early signs: kept and shown for a while, never told."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.alerts.story import Coin
from scanner.detectors.base import Signal
from scanner.model.moments import SECOND

WATCHED_S = 120
"""An early sign that nothing came of is forgotten after this long."""


class Watches:
    """The newest sign of each coin."""

    def __init__(self) -> None:
        self._signs: dict[Coin, tuple[int, Signal]] = {}

    def __len__(self) -> int:
        return len(self._signs)

    def __iter__(self) -> Iterator[Signal]:
        """The newest first."""
        return (signal for _, signal in reversed(list(self._signs.values())))

    def add(self, coin: Coin, signal: Signal, seen: int) -> None:
        """It shows a sign, or another one."""
        self._signs.pop(coin, None)
        self._signs[coin] = seen, signal

    def end(self, coin: Coin) -> None:
        """Something came of it."""
        self._signs.pop(coin, None)

    def forget(self, now: int) -> None:
        """Let go of those that are over."""
        while self._signs:
            coin, (seen, _) = next(iter(self._signs.items()))
            if abs(now - seen) < WATCHED_S * SECOND:
                return
            del self._signs[coin]
