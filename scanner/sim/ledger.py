"""What one simulated market remembers of itself: its last trades, its bars, its day and its last 24 hours."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Side
from scanner.sim.candles import MINUTE_MS, PAST_MINUTES, Bar, past_bars
from scanner.sim.listing import DAY, Listing

RECENT = 500
"""Trades kept for those who ask for the last ones."""
_HOUR_MS = 3_600_000
_DAY_MS = DAY * 1_000


class Fill(Struct, frozen=True, gc=False):
    """One execution. `side` is the taker's."""

    instrument: Instrument
    at_ms: int
    """The venue's clock, Unix milliseconds UTC."""
    nth: int
    """Its place among the fills of this market in this millisecond, from 0."""
    number: int
    """Its place among all fills of the venue since the market began; 0 for the one before the beginning."""
    price: float
    size: float
    side: Side

    @property
    def turnover(self) -> float:
        """In quote currency."""
        return self.price * self.size


class Summary(Struct, frozen=True):
    """A market in one line. `day` is the venue's own day, `24h` is rolling."""

    last: Fill
    open: float
    high: float
    low: float
    previous_close: float
    volume_day: float
    turnover_day: float
    sold_day: float
    bought_day: float
    """Base volume of taker sells and buys."""
    volume_24h: float
    turnover_24h: float

    @property
    def mean_24h(self) -> float:
        """Price by volume; the last one where nothing was traded for so long."""
        return self.turnover_24h / self.volume_24h if self.volume_24h else self.last.price

    @property
    def highest_52_week(self) -> float:
        """Twice yesterday's close, unless today is higher still."""
        return max(self.high, self.previous_close * 2)

    @property
    def lowest_52_week(self) -> float:
        """Half of yesterday's close, unless today is lower still."""
        return min(self.low, self.previous_close / 2)


class Ledger:
    """One market's memory; `opening` is the last fill before the market began, `since` the prices of its day so far."""

    def __init__(self, listing: Listing, origin_ms: int, day_starts_s: int, opening: Fill, since: list[float]) -> None:
        self.listing = listing
        self.last = opening
        self.recent: deque[Fill] = deque((opening,), RECENT)
        self._origin_ms = origin_ms
        self._shift_ms = day_starts_s * 1_000
        self._bars: deque[Bar] = deque(maxlen=PAST_MINUTES)
        self._hours: deque[list[float]] = deque(maxlen=25)
        self._day = self._day_of(origin_ms)
        self.previous_close, self.open = since[:2]
        self.high, self.low = max(since[1:]), min(since[1:])
        elapsed_s = (origin_ms - self._shift_ms) % _DAY_MS / 1_000
        self._turnover = listing.turnover_per_s * elapsed_s
        self._sold = self._bought = self._turnover / listing.path.level / 2

    def take(self, fill: Fill) -> None:
        """Remember one more execution; fills come in time order."""
        if self._day_of(fill.at_ms) != self._day:
            self._begin_day(fill)
        self.last = fill
        self.recent.append(fill)
        self.high = max(self.high, fill.price)
        self.low = min(self.low, fill.price)
        self._turnover += fill.turnover
        if fill.side == "buy":
            self._bought += fill.size
        else:
            self._sold += fill.size
        self._count_hour(fill)
        self._extend_bars(fill)

    def summary(self, now_ms: int) -> Summary:
        """The market in one line, as of `now_ms`."""
        volume, turnover = self._rolling(now_ms)
        return Summary(
            last=self.last,
            open=self.open,
            high=self.high,
            low=self.low,
            previous_close=self.previous_close,
            volume_day=self._sold + self._bought,
            turnover_day=self._turnover,
            sold_day=self._sold,
            bought_day=self._bought,
            volume_24h=volume,
            turnover_24h=turnover,
        )

    def minutes(self) -> Iterator[Bar]:
        """One-minute bars, newest first, back to six hours before the market began."""
        yield from reversed(self._bars)
        yield from past_bars(self.listing, self._origin_ms)

    def seconds(self) -> Iterator[Bar]:
        """One bar for each of the last trades, newest first, to be grouped into whatever is short."""
        for fill in reversed(self.recent):
            yield _bar(fill, fill.at_ms)

    def _day_of(self, at_ms: int) -> int:
        return (at_ms - self._shift_ms) // _DAY_MS

    def _begin_day(self, first: Fill) -> None:
        self._day = self._day_of(first.at_ms)
        self.previous_close = self.last.price
        self.open = self.high = self.low = first.price
        self._turnover = self._sold = self._bought = 0.0

    def _count_hour(self, fill: Fill) -> None:
        hour = fill.at_ms // _HOUR_MS
        if not self._hours or self._hours[-1][0] != hour:
            self._hours.append([hour, 0.0, 0.0])
        self._hours[-1][1] += fill.size
        self._hours[-1][2] += fill.turnover

    def _extend_bars(self, fill: Fill) -> None:
        bar = _bar(fill, fill.at_ms - fill.at_ms % MINUTE_MS)
        if self._bars and self._bars[-1].start_ms == bar.start_ms:
            self._bars[-1] = self._bars[-1].then(bar)
        else:
            self._bars.append(bar)

    def _rolling(self, now_ms: int) -> tuple[float, float]:
        """What was traded since the origin, and the usual rate for what is left of 24 hours."""
        usual = self.listing.turnover_per_s * max(0, _DAY_MS - (now_ms - self._origin_ms)) / 1_000
        oldest = (now_ms - _DAY_MS) // _HOUR_MS
        counted = [hour for hour in self._hours if hour[0] > oldest]
        volume = usual / self.listing.path.level + sum(hour[1] for hour in counted)
        return volume, usual + sum(hour[2] for hour in counted)


def _bar(fill: Fill, start_ms: int) -> Bar:
    price = fill.price
    bought = fill.turnover if fill.side == "buy" else 0.0
    return Bar(start_ms, price, price, price, price, fill.size, fill.turnover, fill.at_ms, bought)
