"""What MEXC's spot socket can be asked for: one name per stream, many names in a frame, frames of a bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from scanner.model.instrument import Instrument
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


def code_of(instrument: Instrument) -> str:
    """`BTC/USDT` as the venue writes it: `BTCUSDT`."""
    return f"{instrument.base}{instrument.quote}"


def name_of(subscription: Subscription, books: Books) -> str:
    """The venue's name of the stream that carries it."""
    channel = subscription.channel
    template = BOOKS[books] if channel == "orderbook" else NAMES[channel]
    return template.format(code_of(subscription.instrument))


def require(wanted: Iterable[Subscription]) -> None:
    """ValueError, saying what the venue has, unless it has all of `wanted`."""
    for one in wanted:
        if one.channel not in CHANNELS:
            raise ValueError(f"mexc has no channel {one.channel!r}: it has {', '.join(sorted(CHANNELS))}")
        if one.instrument.kind != "spot":
            raise ValueError(f"mexc has no {one.instrument}: it lists spot markets; perpetuals are at mexc-futures")


def request(method: Method, names: Iterable[str], number: int) -> str:
    """`{"method":"SUBSCRIPTION","params":["spot@public…@BTCUSDT"],"id":7}`."""
    return msgspec.json.encode({"method": method, "params": list(names), "id": number}).decode()


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    """The names in order, in lists that fit one frame each."""
    room = MOST_BYTES - len(request("UNSUBSCRIPTION", (), 10**9))
    batch: list[str] = []
    used = 0
    for name in names:
        size = len(msgspec.json.encode(name)) + 1
        if batch and (used + size > room or len(batch) == MOST_NAMES):
            yield batch
            batch, used = [], 0
        batch.append(name)
        used += size
    if batch:
        yield batch
