"""What CoinGecko answers, as types: real numbers, many of which may be null, and amounts in text for people.

The decoders do the checking: a price that is zero, negative or infinite never becomes a value. Fields that nobody asked
about are skipped.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

_FINITE = 1e300
"""Above anything that is worth something; a Meta bound must be finite itself."""

Price = Annotated[float, Meta(gt=0, lt=_FINITE)]
Amount = Annotated[float, Meta(ge=0, lt=_FINITE)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Change = Annotated[float, Meta(ge=-100, lt=_FINITE)]
"""Per cent."""
Rank = Annotated[int, Meta(ge=1, le=10_000_000)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Worth(Struct):
    """Of some sixty currencies."""

    usd: Price


class Shares(Struct):
    """Of the ten largest coins."""

    btc: Percent


class World(Struct):
    """The whole market."""

    active_cryptocurrencies: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    total_market_cap: Worth
    total_volume: Worth
    market_cap_percentage: Shares
    updated_at: Annotated[int, Meta(gt=0, le=2**63 - 1)]
    """Unix seconds; it stands still for minutes, while the venue's cache does."""
    change_24h: Change | None = field(default=None, name="market_cap_change_percentage_24h_usd")


class Global(Struct):
    """The answer about it."""

    data: World


class Line(Struct):
    """One coin of the top, which may be unknown in all but its names."""

    id: Name
    symbol: Name
    name: Name
    current_price: Price | None = None
    market_cap: Amount | None = None
    market_cap_rank: Rank | None = None
    total_volume: Amount | None = None
    last_updated: datetime | None = None
    change_1h: Change | None = field(default=None, name="price_change_percentage_1h_in_currency")
    change_24h: Change | None = field(default=None, name="price_change_percentage_24h_in_currency")
    change_7d: Change | None = field(default=None, name="price_change_percentage_7d_in_currency")


class Moved(Struct):
    """By what it changed, in per cent."""

    usd: Change | None = None


class Data(Struct):
    """What else is known of a coin that people look for."""

    price: Amount | str | None = None
    """A number now, and text like the others before."""
    market_cap: str | None = None
    total_volume: str | None = None
    price_change_percentage_24h: Moved | None = None


class Item(Struct):
    """One coin that people look for."""

    id: Name
    symbol: Name
    name: Name
    market_cap_rank: Rank | None = None
    data: Data | None = None
    """Older answers have none."""


class Found(Struct):
    """The wrapping around it."""

    item: Item


class Trending(Struct):
    """What people look for; artworks and categories are left where they are."""

    coins: list[msgspec.Raw]


GLOBAL = msgspec.json.Decoder(Global)
ROWS = msgspec.json.Decoder(list[msgspec.Raw])
LINE = msgspec.json.Decoder(Line)
TRENDING = msgspec.json.Decoder(Trending)
FOUND = msgspec.json.Decoder(Found)
AMOUNT = msgspec.json.Decoder(Amount)
