"""What to subscribe to: a pure choice from what is listed, what is traded most, and what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

from msgspec import Struct

from scanner.exchanges.base import Subscription
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Market, Ticker


class Wish(Struct, frozen=True):
    """What the operator wants of one worker."""

    channels: tuple[Channel, ...]
    """For every instrument."""
    symbols: tuple[Instrument, ...]
    """Only these, where any are named; each gets an order book too."""
    books_top: int
    """Order books for this many instruments by 24 h turnover."""
    shard: int = 0
    shards: int = 1


class Choice(Struct, frozen=True):
    """What this worker will watch."""

    instruments: tuple[Instrument, ...]
    subscriptions: tuple[Subscription, ...]
    unknown: tuple[Instrument, ...]
    """Asked for by name, but not listed here."""


def choose(wish: Wish, markets: Sequence[Market], tickers: Iterable[Ticker], offered: frozenset[Channel]) -> Choice:
    """Every wanted instrument's channels, and the books of the watched and the most traded.

    A channel that the venue's socket does not carry is left out: `scanner exchanges` says which those are.
    """
    listed = {market.instrument for market in markets}
    wanted = listed & set(wish.symbols) if wish.symbols else listed
    mine = sorted(i for i in wanted if _shard_of(i, wish.shards) == wish.shard)
    booked = set(mine) & (set(wish.symbols) | set(most_traded(tickers, wanted, wish.books_top)))
    subscriptions = {Subscription(channel, i) for channel in wish.channels if channel in offered for i in mine}
    if "orderbook" in offered:
        subscriptions |= {Subscription("orderbook", i) for i in booked}
    return Choice(
        instruments=tuple(mine),
        subscriptions=tuple(sorted(subscriptions)),
        unknown=tuple(i for i in wish.symbols if i not in listed),
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


def _shard_of(instrument: Instrument, shards: int) -> int:
    """Stable over processes and restarts, unlike hash()."""
    return crc32(str(instrument).encode()) % shards
