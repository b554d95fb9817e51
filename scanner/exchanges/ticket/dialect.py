"""What venues of this family do differently, as data; whatever is not named here, they share."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from scanner.exchanges.base import Limits
from scanner.exchanges.sites import Region
from scanner.model.market import Channel

Format = Literal["DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"]
"""Long keys, short keys, and each of them wrapped in an array."""


class Stream(Struct, frozen=True):
    """How one channel is asked for on the socket."""

    type: str
    """The venue's name of the stream."""
    suffix: str = ""
    """Written behind each code."""
    options: dict[str, bool] = {}
    """Further keys of the data object."""


class Socket(Struct, frozen=True):
    """The venue's side of the public WebSocket."""

    streams: dict[Channel, Stream]
    """What it carries; a channel that is missing here cannot be had."""
    formats: tuple[Format, ...]
    format: Format
    """Spoken unless an operator says otherwise."""


class Listing(Struct, frozen=True):
    """How the catalogue is asked for."""

    path: str
    params: dict[str, str]


class Tickers(Struct, frozen=True):
    """How last prices of many markets are asked for: a comma-separated list in one parameter."""

    path: str
    param: str
    of: Literal["code", "instrument.quote"]
    """What the list names, as an attribute of a `Market`."""
    at_most: int
    """Names in one call."""
    epoch_ahead_s: int
    """By how much its Unix times may run ahead of its own written ones; 0 where they never do."""


class Newest(Struct, frozen=True):
    """How the newest of something of one market is asked for."""

    path: str
    at_most: int
    """Rows in one answer."""


class Rest(Struct, frozen=True):
    """The venue's REST side."""

    listing: Listing
    tickers: Tickers
    trades: Newest
    candles: Newest
    """Of one minute each, the running one included."""


class Dialect(Struct, frozen=True):
    """A venue of the family."""

    name: str
    title: str
    regions: dict[str, Region]
    """By the operator's word for it, the usual one first."""
    socket: Socket
    rest: Rest
    limits: Limits
