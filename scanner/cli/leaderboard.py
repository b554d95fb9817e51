"""What moves and what is traded, right now: the last five minutes of every instrument, kept in half-minute steps.

Pure: the time is the events' own `seen`, and is handed in when somebody asks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from heapq import nlargest

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Event, Ticker, Trade
from scanner.model.moments import SECOND

STEP = 30 * SECOND
"""Nanoseconds. Finer steps would cost memory and show nothing that a person can see."""
STEPS = 10
"""Full steps that are kept: with the running one, five to five and a half minutes."""
MOST_INSTRUMENTS = 10_000
"""All venues together list about half as many; what comes after is not ranked."""


class Leader(Struct, frozen=True):
    """One instrument on one venue."""

    exchange: str
    instrument: Instrument
    price: float
    change: float
    """Signed fraction of the price about five minutes ago, or when we first saw it."""
    turnover_5m: float
    """In quote currency, of the trades that we saw."""
    turnover_24h: float
    """In quote currency, by the venue; 0 while it has not said."""


class Leaderboard:
    """Sees every event once, cheaply; ranks when asked."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, Instrument], _Row] = {}

    def see(self, events: Iterable[Event]) -> None:
        """Take in a batch in stream order; only trades and tickers count."""
        rows = self._rows
        for event in events:
            if type(event) is Trade or type(event) is Ticker:
                key = (event.exchange, event.instrument)
                row = rows.get(key)
                if row is None:
                    if len(rows) >= MOST_INSTRUMENTS:
                        continue
                    row = rows[key] = _Row(event.price, event.seen // STEP)
                row.see(event)

    def movers(self, n: int, now: int) -> list[Leader]:
        """The `n` that moved furthest in five minutes, up or down; `now` is nanoseconds UTC."""
        step = now // STEP
        moved = nlargest(n, self._rows.items(), key=lambda item: abs(item[1].change(step)))
        return [_leader(key, row, step) for key, row in moved]

    def volumes(self, n: int, now: int) -> list[Leader]:
        """The `n` with the largest turnover in five minutes; `now` is nanoseconds UTC.

        Turnovers compare only within one quote currency: of several, the one with the larger numbers comes first.
        """
        step = now // STEP
        traded = nlargest(n, self._rows.items(), key=lambda item: item[1].recent_turnover(step))
        return [_leader(key, row, step) for key, row in traded]


def _leader(key: tuple[str, Instrument], row: _Row, step: int) -> Leader:
    return Leader(*key, row.price, row.change(step), row.recent_turnover(step), row.turnover_24h)


class _Row:
    """One instrument's recent past: closed steps of (number, price before it, turnover in it), and the running one."""

    __slots__ = ("before", "closed", "price", "recent", "step", "turnover", "turnover_24h")

    def __init__(self, price: float, step: int) -> None:
        self.price = price
        self.turnover_24h = 0.0
        self.step = step
        self.before = price
        self.turnover = 0.0
        self.closed: deque[tuple[int, float, float]] = deque()
        self.recent = 0.0
        """Turnover of the closed steps together."""

    def see(self, event: Trade | Ticker) -> None:
        step = event.seen // STEP
        if step > self.step:
            self._close(step)
        self.price = event.price
        if type(event) is Trade:
            self.turnover += event.price * event.size
        elif type(event) is Ticker:
            self.turnover_24h = event.turnover_24h

    def change(self, step: int) -> float:
        self._forget(step)
        before = self.closed[0][1] if self.closed else self.before if self.step >= step - STEPS else self.price
        return self.price / before - 1.0 if before else 0.0

    def recent_turnover(self, step: int) -> float:
        self._forget(step)
        return self.recent + (self.turnover if self.step >= step - STEPS else 0.0)

    def _close(self, step: int) -> None:
        self.closed.append((self.step, self.before, self.turnover))
        self.recent += self.turnover
        self.step, self.before, self.turnover = step, self.price, 0.0
        self._forget(step)

    def _forget(self, step: int) -> None:
        closed = self.closed
        while closed and closed[0][0] < step - STEPS:
            self.recent -= closed.popleft()[2]
        if not closed:
            self.recent = 0.0
