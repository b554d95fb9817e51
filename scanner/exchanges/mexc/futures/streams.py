"""What MEXC's futures socket can be asked for: one stream in each frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from scanner.exchanges import lacking
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Subscription

TICKERS = "tickers"
"""All contracts in one stream, every second or two."""
OPTIONS: dict[Channel, tuple[str, dict[str, object]]] = {
    "trade": ("deal", {}),
    "orderbook": ("depth.full", {"limit": 20}),
    "candle": ("kline", {"interval": "Min1"}),
}
"""The venue's word for a stream of one contract, and what goes beside its code."""
CHANNELS: frozenset[Channel] = frozenset({*OPTIONS, "ticker"})


def code_of(instrument: Instrument) -> str:
    """`BTC/USDT:USDT` as the venue writes it: `BTC_USDT`."""
    return f"{instrument.base}_{instrument.quote}"


def name_of(subscription: Subscription) -> str:
    """The stream that carries it, in the venue's words: `deal BTC_USDT`."""
    if subscription.channel == "ticker":
        return TICKERS
    return f"{OPTIONS[subscription.channel][0]} {code_of(subscription.instrument)}"


def request(verb: Literal["sub", "unsub"], subscription: Subscription) -> str:
    """`{"method":"sub.deal","param":{"symbol":"BTC_USDT"},"gzip":false}`; the name of an end needs no options."""
    if subscription.channel == "ticker":
        word, param = TICKERS, {}
    else:
        word, options = OPTIONS[subscription.channel]
        param = {"symbol": code_of(subscription.instrument), **(options if verb == "sub" else {})}
    return msgspec.json.encode({"method": f"{verb}.{word}", "param": param, "gzip": False}).decode()


def require(wanted: Iterable[Subscription]) -> None:
    """ValueError, saying what the venue has, unless it has all of `wanted`."""
    lacking.require("mexc-futures", CHANNELS, "perpetual", wanted)
