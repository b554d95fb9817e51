"""A worker's share: a pure choice from what is listed, what is traded most, what was asked for, and who else works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from itertools import takewhile
from zlib import crc32

from msgspec import Struct

from scanner.exchanges.base import Exchange, Window
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Market, Notice, Subscription, Ticker
from scanner.worker.exclusions import Exclusion, excluded
from scanner.worker.ranking import each, most_traded, shared


class Wish(Struct, frozen=True):
    """What the operator wants of one worker."""

    channels: tuple[Channel, ...]
    """For every instrument."""
    symbols: tuple[str, ...]
    """Only these, as `BTC/KRW` or by the venue's own code, where any are named; each gets an order book too."""
    books_top: int
    """Order books for this many instruments of each quote currency by 24 h turnover."""
    trades_top: int = 0
    """`channels` for this many instruments and tickers for the rest; 0 leaves it to the venue's own `Limits`."""
    exclude: tuple[Exclusion, ...] = ()
    """Kinds of markets that are left out unless they are named."""
    shard: int = 0
    shards: int = 1


class Choice(Struct, frozen=True):
    """What this worker will watch."""

    instruments: tuple[Instrument, ...]
    subscriptions: tuple[Subscription, ...]
    unknown: dict[str, str]
    """Asked for by name, but not listed here → the nearest that is, or nothing."""
    listed: frozenset[Instrument] = frozenset()
    """What it would watch if none of it were suspended: what `concerning` lets through."""
    traded: frozenset[Instrument] = frozenset()
    """Those of the whole venue, whichever shard has them, that get more than a ticker."""
    booked: frozenset[Instrument] = frozenset()
    """Those of the whole venue that get an order book."""
    excluded: int = 0
    """Markets of the whole venue that are left out by their kind."""
    suspended: int = 0
    """Markets of the whole venue that wait until they are traded again."""


NOTHING = Choice((), (), {})


def share_of(window: Window, shards: int) -> Window:
    """One shard's part of a limit that the venue counts for our address, whichever of our processes comes."""
    if window.count >= shards:
        return Window(window.count // shards, window.seconds)
    return Window(1, window.seconds * shards / window.count)


def mine(subscriptions: Iterable[Subscription], shard: int, shards: int) -> list[Subscription]:
    """Those that fall to this shard: all shards together have everything, and none has another's."""
    return [one for one in subscriptions if _shard_of(one.instrument, shards) == shard]


def choose(
    wish: Wish, markets: Sequence[Market], tickers: Iterable[Ticker], exchange: Exchange, before: Choice | None = None
) -> Choice:
    """Every wanted instrument's channels, and the books of the watched and the most traded.

    A channel that the venue does not offer is left out: `scanner exchanges` says which those are. With the choice
    `before` this one, who is in a ranking stays until clearly fallen out of it. Rankings are of the whole venue, so
    that its shards agree.
    """
    names = {name: market.instrument for market in markets for name in (str(market.instrument), market.code.upper())}
    watched = frozenset(names[symbol] for symbol in wish.symbols if symbol in names)
    left_out = {} if wish.symbols else excluded(markets, wish.exclude)
    wanted = watched if wish.symbols else frozenset(market.instrument for market in markets) - left_out.keys()
    active = wanted - {market.instrument for market in markets if market.suspended}
    turnover = {ticker.instrument: ticker.turnover_24h for ticker in tickers}
    traded, booked = _ranked(wish, active, turnover, exchange, before or NOTHING)
    own = [instrument for instrument in active if _shard_of(instrument, wish.shards) == wish.shard]
    return Choice(
        instruments=tuple(sorted(own)),
        subscriptions=tuple(sorted(_subscriptions(own, wish.channels, exchange.channels, traded, booked))),
        unknown={symbol: _nearest(symbol, names) for symbol in wish.symbols if symbol not in names},
        listed=frozenset(instrument for instrument in wanted if _shard_of(instrument, wish.shards) == wish.shard),
        traded=traded,
        booked=booked,
        excluded=len(left_out),
        suspended=len(wanted) - len(active),
    )


def concerning(notices: Iterable[Notice], *choices: Choice | None) -> list[Notice]:
    """Those about instruments of this worker, before or after a change: another shard tells of the others."""
    listed = frozenset[Instrument]().union(*(choice.listed for choice in choices if choice is not None))
    return [notice for notice in notices if notice.instrument in listed]


def _ranked(
    wish: Wish, active: frozenset[Instrument], turnover: Mapping[Instrument, float], exchange: Exchange, before: Choice
) -> tuple[frozenset[Instrument], frozenset[Instrument]]:
    """Who gets more than a ticker, and who a book; those that are named get everything."""
    if wish.symbols:
        return active, active
    booked = most_traded(turnover, active, each(active, wish.books_top), before.booked)
    at_most = wish.trades_top or exchange.limits.trades_top
    if not at_most or "ticker" not in exchange.channels:
        return active, booked
    return most_traded(turnover, active, shared(active, at_most), before.traded), booked


def _subscriptions(
    instruments: Iterable[Instrument],
    channels: tuple[Channel, ...],
    offered: frozenset[Channel],
    traded: frozenset[Instrument],
    booked: frozenset[Instrument],
) -> set[Subscription]:
    quiet: tuple[Channel, ...] = ("ticker",)
    return {
        Subscription(channel, instrument)
        for instrument in instruments
        for channel in (*(channels if instrument in traded else quiet), *("orderbook",) * (instrument in booked))
        if channel in offered
    }


def _shard_of(instrument: Instrument, shards: int) -> int:
    """Stable over processes and restarts, unlike hash()."""
    return crc32(str(instrument).encode()) % shards


def _nearest(symbol: str, names: Iterable[str]) -> str:
    """Of the similar ones, that which begins alike for longest: people mistype ends."""
    return max(get_close_matches(symbol, names, n=5), key=partial(_begins_alike, symbol), default="")


def _begins_alike(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
