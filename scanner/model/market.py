"""What a venue says, as values: one struct per kind of news, and the `Gap` that says we were blind.

Every event carries two times, because there are two truths: `at` is the venue's clock, `seen` is ours when the
bytes arrived; both are integer nanoseconds since the Unix epoch, UTC.

Prices and sizes are floats, parsed once. A double keeps 15 to 17 significant digits, more than any venue's tick and lot
need for *watching*; `Decimal` costs about thirty times as much per trade. Nothing here is ever sent back as an order.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from scanner.model.instrument import Instrument

Channel = Literal["ticker", "trade", "orderbook", "booktop", "candle"]
Topic = Literal["overview", "coin"]
"""News about all the world's markets together, which no stream carries and no instrument stands for."""
Side = Literal["buy", "sell"]
Level = tuple[float, float]
"""Price (quote per base) and size (base)."""

CHANNELS: tuple[Channel, ...] = ("ticker", "trade", "orderbook", "booktop", "candle")


class Subscription(Struct, frozen=True, order=True, cache_hash=True):
    """One stream that is wanted."""

    channel: Channel
    instrument: Instrument


class Market(Struct, frozen=True):
    """One line of a venue's catalogue."""

    instrument: Instrument
    code: str
    """The venue's own name, for the venue's own eyes and for error messages."""
    name: str = ""
    warning: bool = False
    """The venue's serious, manual designation (delisting risk)."""
    cautions: tuple[str, ...] = ()
    """The venue's automatic flags that are up now, by the venue's own names."""
    suspended: bool = False
    """Listed, but not traded just now."""
    delists_at: int = 0
    """When the venue has said that it will end, nanoseconds UTC; 0 while it has not."""


class Ticker(Struct, frozen=True, array_like=True, gc=False, tag="ticker"):
    """Last price and rolling 24 h totals. Day-based fields are left out: each venue's day starts elsewhere."""

    exchange: str
    instrument: Instrument
    at: int
    seen: int
    price: float
    volume_24h: float
    """In base currency."""
    turnover_24h: float
    """In quote currency."""


class Trade(Struct, frozen=True, array_like=True, gc=False, tag="trade"):
    """One execution. `side` is the taker's."""

    exchange: str
    instrument: Instrument
    at: int
    seen: int
    id: str
    """The venue's, unique within one exchange and instrument only; not an ordering key."""
    price: float
    size: float
    side: Side
    backfilled: bool = False
    """Asked for by REST after a hole, so it may be seen long after it happened."""


class OrderBook(Struct, frozen=True, array_like=True, gc=False, tag="orderbook"):
    """A whole book as far as the venue shows it: best level first on both sides, no zero sizes."""

    exchange: str
    instrument: Instrument
    at: int
    seen: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    sequence: int | None = None


class BookTop(Struct, frozen=True, array_like=True, gc=False, tag="booktop"):
    """Best bid and ask only."""

    exchange: str
    instrument: Instrument
    at: int
    seen: int
    bid: Level
    ask: Level


class Candle(Struct, frozen=True, array_like=True, gc=False, tag="candle"):
    """One bar, possibly still growing: the last one with the same (exchange, instrument, interval, at) wins."""

    exchange: str
    instrument: Instrument
    at: int
    """Start of the bar."""
    seen: int
    interval_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    """In base currency."""
    turnover: float
    """In quote currency."""
    buy_turnover: float | None = None
    """What of it takers bought; None where the venue does not tell."""


class Notice(Struct, frozen=True, array_like=True, gc=False, tag="notice"):
    """A venue's word about an instrument itself."""

    exchange: str
    instrument: Instrument
    at: int
    seen: int
    kind: Literal["listing", "delisting", "caution", "suspension"]
    text: str


class Gap(Struct, frozen=True, array_like=True, gc=False, tag="gap"):
    """Here you were blind: it travels in the same stream as the data that is missing.

    From `at` (the last moment before the hole; 0 when nothing had been seen) until the next event of these instruments.
    """

    exchange: str
    channel: Channel | Topic
    instruments: tuple[Instrument, ...]
    at: int
    seen: int
    reason: str
    """One word of a small vocabulary, fit for a metric label: `closed`, `silent`, `dropped`, `worker_died` …"""


class Overview(Struct, frozen=True, array_like=True, gc=False, tag="overview"):
    """All coins of the world in a few numbers."""

    exchange: str
    at: int
    seen: int
    market_cap_usd: float
    volume_24h_usd: float
    btc_dominance: float
    """Bitcoin's fraction of the market capitalisation."""
    change_24h: float | None
    """Of the market capitalisation, a signed fraction."""
    coins: int
    """How many are counted."""


class Coin(Struct, frozen=True, array_like=True, gc=False, tag="coin"):
    """One coin as the whole world trades it; changes are signed fractions of the older price."""

    exchange: str
    at: int
    seen: int
    id: str
    """Who tells it calls it so, and nothing else: symbols repeat."""
    symbol: str
    """In capitals."""
    name: str
    rank: int | None
    """By market capitalisation, from 1; None for one that is not ranked."""
    price_usd: float | None
    market_cap_usd: float | None
    volume_24h_usd: float | None
    change_1h: float | None = None
    change_24h: float | None = None
    change_7d: float | None = None
    trending: int | None = None
    """Its place, from 1, among those that people look for most; None where that is not what was asked."""


Event = Ticker | Trade | OrderBook | BookTop | Candle | Notice | Gap | Overview | Coin
