"""A script of pumps for a load server: one coin after another jumps, on taker buys with much behind them. Pure.

Each is a rise of 6 to 12 % within a third of a second on six usual minutes' turnover, in orders that take two fills
each: the default rules tell of it. Then the coin trades on calmly at its new price.

A venue's times are whole milliseconds, so a step is due at the beginning of one: else an alert would seem to be late by
half of one more than it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from random import Random

from scanner.bench.coin import Coin, Print
from scanner.model.moments import SECOND

STEPS = 12
"""Orders of a jump."""
FILLS = 2
"""Trades of an order, at one moment."""
STEP_NS = SECOND // 40
LEAST, MOST = 0.06, 0.12
"""How far a jump goes, as a fraction of the price."""
GRAIN_NS = SECOND // 1_000
"""Of a venue's clock."""
USUAL_MINUTES = 6.0
"""Turnover of a jump."""


class Moves:
    """Coins take turns; the k-th jump begins about k / `per_s` seconds after the first."""

    def __init__(self, coins: Sequence[Coin], usual_minute: float, per_s: float, seed: int) -> None:
        self._coins = coins
        self._turnover = usual_minute * USUAL_MINUTES / (STEPS * FILLS)
        self._every = max(1, round(SECOND / per_s / GRAIN_NS)) * GRAIN_NS
        self._dice = Random(seed)  # noqa: S311  # a script, no secret
        self._begun = 0
        self._next = -1
        self._steps: deque[tuple[int, Coin, float]] = deque()
        """When, whose, and the price then; in the order of time."""

    def due(self, now: int) -> Iterator[tuple[Coin, Print]]:
        """The trades whose moment has come, in nanoseconds UTC; the coin has moved when its trade is told."""
        if self._next < 0:
            self._next = -(-now // GRAIN_NS) * GRAIN_NS
        while self._next <= now:
            self._begin()
        while self._steps and self._steps[0][0] <= now:
            _, coin, price = self._steps.popleft()
            coin.move_to(price)
            for _ in range(FILLS):
                yield coin, Print(price, round(self._turnover / price, 8), "buy")

    def _begin(self) -> None:
        coin = self._coins[self._begun % len(self._coins)]
        jump = self._dice.uniform(LEAST, MOST)
        steps = [
            (self._next + step * STEP_NS, coin, float(round(coin.price * (1 + jump * step / STEPS))))
            for step in range(1, STEPS + 1)
        ]
        self._steps = deque(sorted([*self._steps, *steps], key=lambda step: step[0]))
        self._begun += 1
        self._next += self._every
