"""What WEEX's two houses do differently, as data. `BTCUSDT` is a market of both: only the host tells which is meant."""

from __future__ import annotations

from msgspec import Struct

from scanner.exchanges.base import Limits
from scanner.exchanges.sites import Call
from scanner.model.instrument import Kind
from scanner.model.market import Channel


class Rest(Struct, frozen=True):
    """The calls that the scanner makes."""

    listing: Call
    tickers: Call
    """Of all markets at once."""
    trades: Call
    candles: Call
    most_candles: int
    """In one answer; 0 where no number can be asked for, and the venue gives as many as it likes."""


class Dialect(Struct, frozen=True):
    """One of the two."""

    name: str
    title: str
    by_default: bool
    kind: Kind
    quotes: frozenset[str]
    rest_url: str
    ws_url: str
    page: str
    """Where people trade, as `pages.page` fills it in."""
    streams: dict[Channel, str]
    """What stands behind the `@`; a channel that is missing here cannot be had."""
    rest: Rest
    limits: Limits
