"""What became of a venue's list since it was last believed, as notices; a list that lost most of itself waits.

Pure: readings in, notices out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from scanner.model.instrument import Instrument
from scanner.model.market import Market, Notice
from scanner.model.moments import rfc3339

Kind = Literal["listing", "delisting", "caution", "suspension"]

MOST_LOST = 0.5
"""The share of its markets that a venue may lose from one reading to the next. When more is missing, the answer is more
likely to be a part of the list than the end of the venue; it counts when the next reading misses as much again."""


class Listing:
    """The list of one venue as far as it is believed."""

    def __init__(self, exchange: str, markets: Iterable[Market]) -> None:
        self._exchange = exchange
        self._markets = _by_instrument(markets)
        self._missing: frozenset[Instrument] = frozenset()
        """What the last reading lacked, if it was not believed."""

    def read(self, markets: Sequence[Market], now: int) -> list[Notice] | None:
        """The news in this reading, told as of `now` (nanoseconds UTC); None while the reading is not believed."""
        after = _by_instrument(markets)
        missing = frozenset(self._markets.keys() - after.keys())
        if self._are_most(missing) and not self._are_most(missing & self._missing):
            self._missing = missing
            return None
        before, self._markets, self._missing = self._markets, after, frozenset()
        return [
            Notice(self._exchange, instrument, now, now, kind, _printable(text))
            for instrument in sorted(before.keys() | after.keys())
            for kind, text in _news(before.get(instrument), after.get(instrument))
        ]

    def _are_most(self, missing: frozenset[Instrument]) -> bool:
        return len(missing) > MOST_LOST * len(self._markets)


def _by_instrument(markets: Iterable[Market]) -> dict[Instrument, Market]:
    return {market.instrument: market for market in markets}


def _news(before: Market | None, after: Market | None) -> Iterator[tuple[Kind, str]]:
    """What happened to one market; a new one's flags and end are news, too."""
    if after is None:
        yield "delisting", "no longer listed"
        return
    if before is None:
        yield "listing", _introduced(after)
        before = Market(after.instrument, after.code, suspended=after.suspended)
    yield from ((kind, text) for kind, told in _CHANGES if (text := told(before, after)))


def _printable(text: str) -> str:
    """Names and flags are the venue's words, and no escape of theirs shall reach a terminal."""
    return "".join(character for character in text if character.isprintable())


def _introduced(market: Market) -> str:
    named = f" ({market.name})" if market.name else ""
    return f"listed as {market.code}{named}" + (", not traded yet" if market.suspended else "")


def _end(before: Market, after: Market) -> str:
    if before.delists_at == after.delists_at:
        return ""
    return f"will be delisted at {rfc3339(after.delists_at)}" if after.delists_at else "will not be delisted after all"


def _flags(before: Market, after: Market) -> str:
    """Those that went up, and those that were lifted: who heard of a warning wants to hear that it is over."""
    old, new = _up(before), _up(after)
    changes = (("up", new - old), ("lifted", old - new))
    return "; ".join(f"{what}: {', '.join(sorted(names))}" for what, names in changes if names)


def _up(market: Market) -> frozenset[str]:
    return frozenset(("warning",) * market.warning + market.cautions)


def _pause(before: Market, after: Market) -> str:
    if before.suspended == after.suspended:
        return ""
    return "trading is suspended" if after.suspended else "trading goes on"


_CHANGES: tuple[tuple[Kind, Callable[[Market, Market], str]], ...] = (
    ("delisting", _end),
    ("caution", _flags),
    ("suspension", _pause),
)
