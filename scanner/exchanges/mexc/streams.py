"""What MEXC's spot socket can be asked for: one name per stream, many names in a frame, frames of a bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from scanner.exchanges import lacking
from scanner.exchanges.batches import batches
from scanner.exchanges.codes import glued
from scanner.model.market import Channel, Subscription

Books = Literal["LIMIT", "AGGRE"]
"""How order books come: whole, or as differences that a snapshot has to go before."""
Method = Literal["SUBSCRIPTION", "UNSUBSCRIPTION"]

MOST_NAMES = 18
MOST_BYTES = 1_024
"""In one frame from us. No page of the venue's says so; its longest-lived client library keeps to it."""

TICKERS = "spot@public.miniTickers.v3.api.pb@24H"
"""All markets in one stream, every three seconds."""
BOOKS: dict[Books, str] = {
    "LIMIT": "spot@public.limit.depth.v3.api.pb@{}@20",
    "AGGRE": "spot@public.aggre.depth.v3.api.pb@100ms@{}",
}
NAMES: dict[Channel, str] = {
    "ticker": TICKERS,
    "trade": "spot@public.aggre.deals.v3.api.pb@100ms@{}",
    "booktop": "spot@public.aggre.bookTicker.v3.api.pb@100ms@{}",
    "candle": "spot@public.kline.v3.api.pb@{}@Min1",
}
"""Where the code stands differs from stream to stream, as `{}` does here."""
CHANNELS: frozenset[Channel] = frozenset({*NAMES, "orderbook"})


def name_of(subscription: Subscription, books: Books) -> str:
    """The venue's name of the stream that carries it."""
    channel = subscription.channel
    template = BOOKS[books] if channel == "orderbook" else NAMES[channel]
    return template.format(glued(subscription.instrument))


def require(wanted: Iterable[Subscription]) -> None:
    """ValueError, saying what the venue has, unless it has all of `wanted`."""
    lacking.require("mexc", CHANNELS, "spot", wanted, elsewhere="perpetuals are at mexc-futures")


def request(method: Method, names: Iterable[str], number: int) -> str:
    """`{"method":"SUBSCRIPTION","params":["spot@public…@BTCUSDT"],"id":7}`."""
    return msgspec.json.encode({"method": method, "params": list(names), "id": number}).decode()


def frames_of(names: Iterable[str]) -> Iterator[list[str]]:
    """The names in order, in lists that fit one frame each."""
    return batches(names, MOST_NAMES, MOST_BYTES - len(request("UNSUBSCRIPTION", (), 10**9)), _bytes)


def _bytes(name: str) -> int:
    """In quotes, with the comma behind it."""
    return len(msgspec.json.encode(name)) + 1
