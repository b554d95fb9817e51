"""A worker's share: a pure choice from what is listed, what is traded most, what was asked for, and who else works."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import partial
from itertools import takewhile
from zlib import crc32

from msgspec import Struct

from scanner.exchanges.base import Window
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Market, Subscription, Ticker


class Wish(Struct, frozen=True):
    """What the operator wants of one worker."""

    channels: tuple[Channel, ...]
    """For every instrument."""
    symbols: tuple[str, ...]
    """Only these, as `BTC/KRW` or by the venue's own code, where any are named; each gets an order book too."""
    books_top: int
    """Order books for this many instruments by 24 h turnover."""
    shard: int = 0
    shards: int = 1


class Choice(Struct, frozen=True):
    """What this worker will watch."""

    instruments: tuple[Instrument, ...]
    subscriptions: tuple[Subscription, ...]
    unknown: dict[str, str]
    """Asked for by name, but not listed here → the nearest that is, or nothing."""


def share_of(window: Window, shards: int) -> Window:
    """One shard's part of a limit that the venue counts for our address, whichever of our processes comes."""
    if window.count >= shards:
        return Window(window.count // shards, window.seconds)
    return Window(1, window.seconds * shards / window.count)


def choose(wish: Wish, markets: Sequence[Market], tickers: Iterable[Ticker], offered: frozenset[Channel]) -> Choice:
    """Every wanted instrument's channels, and the books of the watched and the most traded.

    A channel that the venue's socket does not carry is left out: `scanner exchanges` says which those are.
    """
    listed = {market.instrument for market in markets}
    names = {name: market.instrument for market in markets for name in (str(market.instrument), market.code)}
    watched = {names[symbol] for symbol in wish.symbols if symbol in names}
    wanted = watched if wish.symbols else listed
    mine = sorted(i for i in wanted if _shard_of(i, wish.shards) == wish.shard)
    booked = set(mine) & (watched | set(most_traded(tickers, wanted, wish.books_top)))
    subscriptions = {Subscription(channel, i) for channel in wish.channels if channel in offered for i in mine}
    if "orderbook" in offered:
        subscriptions |= {Subscription("orderbook", i) for i in booked}
    return Choice(
        instruments=tuple(mine),
        subscriptions=tuple(sorted(subscriptions)),
        unknown={symbol: _nearest(symbol, names) for symbol in wish.symbols if symbol not in names},
    )


def most_traded(tickers: Iterable[Ticker], among: Iterable[Instrument], count: int) -> list[Instrument]:
    """The `count` instruments of highest 24 h turnover, largest first; names break ties.

    Turnovers of different quote currencies do not compare, so each quote has its own list of `count`.
    """
    turnover = {ticker.instrument: ticker.turnover_24h for ticker in tickers}
    by_quote: dict[str, list[Instrument]] = {}
    for instrument in among:
        by_quote.setdefault(instrument.quote, []).append(instrument)
    return [
        instrument
        for quote in sorted(by_quote)
        for instrument in sorted(by_quote[quote], key=lambda i: (-turnover.get(i, 0.0), i))[:count]
    ]


def _nearest(symbol: str, names: Iterable[str]) -> str:
    """Of the similar ones, that which begins alike for longest: people mistype ends."""
    return max(get_close_matches(symbol, names, n=5), key=partial(_begins_alike, symbol), default="")


def _begins_alike(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _shard_of(instrument: Instrument, shards: int) -> int:
    """Stable over processes and restarts, unlike hash()."""
    return crc32(str(instrument).encode()) % shards
