"""Bars of a simulated market: the six hours before it began, drawn on demand, and what was traded since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from scanner.sim.books import quote
from scanner.sim.chance import between, mix, poisson, unit
from scanner.sim.listing import Listing

MINUTE_MS = 60_000
PAST_MINUTES = 360
"""Minutes of history before the market's first trade."""


class Bar(Struct, frozen=True):
    """One bar with at least one trade."""

    start_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float
    last_ms: int
    """When its last trade was."""
    bought: float
    """What of the turnover takers bought."""

    @property
    def bought_volume(self) -> float:
        """The same in coins, at the bar's mean price."""
        return round(self.volume * self.bought / self.turnover, 8)

    def then(self, later: Bar) -> Bar:
        """This bar with a later one of the same window added to it."""
        return Bar(
            self.start_ms,
            self.open,
            max(self.high, later.high),
            min(self.low, later.low),
            later.close,
            self.volume + later.volume,
            self.turnover + later.turnover,
            later.last_ms,
            self.bought + later.bought,
        )


def past_bars(listing: Listing, origin_ms: int) -> Iterator[Bar]:
    """Minutes before the origin's own minute, newest first; a minute without a trade does not exist."""
    newest = origin_ms // MINUTE_MS - 1
    for minute in range(newest, newest - PAST_MINUTES, -1):
        bar = _past_bar(listing, minute * MINUTE_MS, origin_ms)
        if bar is not None:
            yield bar


def grouped(bars: Iterable[Bar], unit_ms: int) -> Iterator[Bar]:
    """Bars of a longer window from shorter ones; newest first on both sides."""
    current: Bar | None = None
    for bar in bars:
        start = bar.start_ms - bar.start_ms % unit_ms
        moved = replace(bar, start_ms=start)
        if current is not None and current.start_ms == start:
            current = moved.then(current)
            continue
        if current is not None:
            yield current
        current = moved
    if current is not None:
        yield current


_PRINTS = 5
"""Trades that shape a past bar; all the others happened somewhere between them."""
_BUYERS = 0.3, 0.7
"""The share of a quiet minute that takers buy."""


def _past_bar(listing: Listing, start_ms: int, origin_ms: int) -> Bar | None:
    dice = mix(listing.seed, start_ms // MINUTE_MS)
    trades = poisson(listing.trades_per_s * 60, unit(dice, 0))
    if not trades:
        return None
    prints = min(trades, _PRINTS)
    offsets = [MINUTE_MS * (place + unit(dice, 1, place)) / prints for place in range(prints)]
    prices = [_print(listing, (start_ms - origin_ms + offset) / 1000, mix(dice, 2, int(offset))) for offset in offsets]
    turnover = trades * listing.ticket * between(0.75, 1.25, dice, 3)
    volume = turnover / (sum(prices) / prints)
    return Bar(
        start_ms,
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        round(volume, 8),
        round(turnover, 8),
        start_ms + int(offsets[-1]),
        round(turnover * between(*_BUYERS, dice, 4), 8),
    )


def _print(listing: Listing, second: float, dice: int) -> float:
    best = quote(listing, listing.path.mid(second))
    return best.tick.price(best.bid if dice % 2 else best.ask)
