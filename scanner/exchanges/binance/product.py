"""What Binance's houses do differently, as data; whatever is not named here, they share."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from scanner.exchanges import lacking
from scanner.exchanges.base import Limits
from scanner.exchanges.codes import glued
from scanner.exchanges.sites import Call, Region
from scanner.model.instrument import Kind
from scanner.model.market import Channel, Subscription


class Stream(Struct, frozen=True):
    """How one channel is asked for."""

    name: str
    """Behind the code of a market and an `@`; with `whole`, all of it."""
    route: str = ""
    """Behind the address of the socket."""
    whole: bool = False
    """It carries all markets at once."""


class Rest(Struct, frozen=True):
    """The venue's REST side."""

    markets: Call
    tickers: Call
    """Last prices of all markets."""
    tickers_of: tuple[tuple[int, int], ...]
    """The same of some: at most so many names in one call, and its weight then, the cheapest first."""
    trades: Call
    candles: Call
    most_candles: int
    """In one answer, and at that weight."""
    depth: Call


class Product(Struct, frozen=True):
    """A house of Binance's."""

    name: str
    title: str
    kind: Kind
    by_default: bool
    regions: dict[str, Region]
    """By the operator's word for it, the usual one first."""
    streams: dict[Channel, Stream]
    """A channel that is missing here cannot be had."""
    rest: Rest
    limits: Limits
    most_streams: int
    """What the venue allows on one connection, whatever `limits` takes of it."""


def name_of(product: Product, subscription: Subscription) -> str:
    """The stream that carries it: `btcusdt@aggTrade`; all tickers share one."""
    stream = product.streams[subscription.channel]
    return stream.name if stream.whole else f"{glued(subscription.instrument).lower()}@{stream.name}"


def require(product: Product, wanted: Iterable[Subscription]) -> None:
    """ValueError, saying what the venue has, unless it has all of `wanted`."""
    lacking.require(product.name, product.streams, product.kind, wanted)
