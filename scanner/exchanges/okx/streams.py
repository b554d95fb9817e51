"""What the venue calls each channel and each market, and on which of its sockets a channel flows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from scanner.exchanges import lacking
from scanner.exchanges.planning import Lane
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Subscription

NAME = "okx"
"""The venue, in every event."""

BOOKS = ("books", "books5")
"""How books may come: 400 levels and then what changes, or five levels whole each time. The usual one first."""

NAMES: Mapping[Channel, str] = {
    "ticker": "tickers",
    "trade": "trades",
    "orderbook": BOOKS[0],
    "booktop": "bbo-tbt",
    "candle": "candle1m",
}

PUBLIC, BUSINESS = "/public", "/business"
"""How the addresses of the two sockets end; the venue refuses a channel on the wrong one."""

MOST_BOOKS = 25
"""Deep books on one connection: the venue advises to stay below 30."""


def names(books: str) -> dict[Channel, str]:
    """The venue's channels, where books come in this form."""
    return {**NAMES, "orderbook": books}


def lanes(names: Mapping[Channel, str], ws_url: str, streams: int) -> dict[Channel, Lane]:
    """The kind of connection for each channel; `ws_url` is the public socket's."""
    data = Lane(ws_url, streams, "data")
    books = Lane(ws_url, min(streams, MOST_BOOKS), "books")
    candles = Lane(ws_url.removesuffix(PUBLIC) + BUSINESS, streams, "candles")
    deep = names["orderbook"] == BOOKS[0]
    return dict.fromkeys(names, data) | {"orderbook": books if deep else data, "candle": candles}


def code_of(instrument: Instrument) -> str:
    """`BTC/USDT` as the venue writes it: `BTC-USDT`."""
    return f"{instrument.base}-{instrument.quote}"


def arg_of(names: Mapping[Channel, str], one: Subscription) -> str:
    """A stream as a request names it: `{"channel":"trades","instId":"BTC-USDT"}`."""
    return msgspec.json.encode({"channel": names[one.channel], "instId": code_of(one.instrument)}).decode()


def require(wanted: Iterable[Subscription]) -> None:
    """ValueError, saying what is had here, unless all of `wanted` is."""
    lacking.require(NAME, NAMES, "spot", wanted)
