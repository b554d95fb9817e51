"""What a venue is to the rest of the house: an immutable `Exchange`, and a `Session` for each connection to it.

A session is the sans-IO half of one conversation. It is fed frames and returns what they mean; it asks for what it
needs (`Send`, `Fetch`) instead of doing it. It dies with its connection, so a reconnect forgets by construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Event, Market, Ticker
from scanner.model.units import Count, Positive, Seconds


class RemoteNonsense(Exception):
    """The venue sent what it does not document. Count it, log a bounded sample, go on."""


class SessionBroken(Exception):
    """This conversation cannot go on; a new connection may mend it. `reason` is one word for a metric label."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(text or reason)
        self.reason = reason


class Subscription(Struct, frozen=True, order=True):
    """One stream that is wanted."""

    channel: Channel
    instrument: Instrument


class Window(Struct, frozen=True):
    """At most `count` of something in any `seconds`."""

    count: int
    seconds: float


class Limits(Struct, frozen=True):
    """What the venue allows, as data for the limiters."""

    connects: tuple[Window, ...]
    """Connection attempts per address of ours."""
    messages: tuple[Window, ...]
    """Messages we send on one connection."""
    requests: tuple[Window, ...]
    """REST requests per address of ours."""
    codes_per_connection: int
    """Instruments on one connection."""
    block_s: float
    """How long the venue shuts out an address that went on after being refused."""


class Request(Struct, frozen=True):
    """A GET to the venue's REST side."""

    url: str
    params: dict[str, str] = {}


class Endpoint(Struct, frozen=True):
    """One connection to make: where, and what is to flow over it."""

    url: str
    subscriptions: tuple[Subscription, ...] = ()


class Keepalive(Struct, frozen=True):
    """How a quiet connection is kept and judged."""

    every_s: float
    """Send a sign of life this often."""
    frame: str | None
    """What to send; None is a WebSocket PING."""
    patience_s: float
    """Not even a pong for this long: the connection is dead."""


class Send(Struct, frozen=True):
    """The session wants this said to the venue."""

    frame: str


class Fetch(Struct, frozen=True):
    """The session wants this REST answer; it comes back through `parse_fetched(tag, body)`."""

    request: Request
    tag: str


class Accepted(Struct, frozen=True):
    """The venue confirmed these streams, or said that it is well (no streams named)."""

    subscriptions: tuple[Subscription, ...] = ()


class Rejected(Struct, frozen=True):
    """The venue refused what we asked for."""

    reason: str
    """The venue's own error name."""
    text: str
    """The venue's own message."""
    throttled: bool = False
    """It refused because we ask too often: only waiting helps."""


Result = Event | Send | Fetch | Accepted | Rejected


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[exchanges.NAME]`: what an operator may turn at one venue."""

    enabled: bool = True
    """Whether it takes part at all."""
    region: str = ""
    """Which of the venue's sites, where it has several; empty means its home."""
    rest_url: str = ""
    """Base address of its REST side; empty means the region's own."""
    ws_url: str = ""
    """Address of its public socket; empty means the region's own."""
    format: str = ""
    """How its frames are written, where it offers a choice; empty means the smallest."""
    codes_per_connection: Count = 0
    """Instruments on one connection; 0 means the venue's default."""
    connect_timeout: Seconds = 10.0
    """For name, TCP, TLS and upgrade together, and for one REST call."""
    reconnect_min: Seconds = 1.0
    """The first ceiling of the waits between tries; it doubles with each failure …"""
    reconnect_max: Seconds = 60.0
    """… up to this one."""
    silence: Seconds = 60.0
    """A connection that brings no data for so long is made anew; long enough for the thinnest set of coins."""
    shards: Positive = 1
    """Worker processes that share this venue's instruments."""

    def __post_init__(self) -> None:
        if self.reconnect_max < self.reconnect_min:
            raise ValueError("reconnect_max is below reconnect_min")


class Session(Protocol):
    """One conversation with a venue."""

    @property
    def keepalive(self) -> Keepalive:
        """How to keep this connection, and when to give it up."""
        ...

    def subscribe(self) -> list[str]:
        """Frames that ask for everything the endpoint lists."""
        ...

    def update(self, wanted: Iterable[Subscription]) -> list[str]:
        """Frames that turn the running set into `wanted`; none when it is that already."""
        ...

    def parse(self, frame: bytes | str, seen: int) -> list[Result]:
        """What one data frame means; raises only `RemoteNonsense` and `SessionBroken`."""
        ...

    def parse_fetched(self, tag: str, body: bytes) -> list[Result]:
        """What the answer to a `Fetch` means; raises only `RemoteNonsense` and `SessionBroken`."""
        ...


class Exchange(Protocol):
    """A venue: where it is, what it has, what it allows."""

    @property
    def name(self) -> str:
        """The key in the registry and in every event: `upbit`."""
        ...

    @property
    def title(self) -> str:
        """For people: `Upbit`."""
        ...

    @property
    def channels(self) -> frozenset[Channel]:
        """Channels its socket carries."""
        ...

    @property
    def quotes(self) -> frozenset[str]:
        """Quote currencies it lists."""
        ...

    @property
    def limits(self) -> Limits:
        """What it allows."""
        ...

    @property
    def rest_url(self) -> str:
        """Base of its REST side, without a trailing slash."""
        ...

    @property
    def ws_url(self) -> str:
        """Its public socket."""
        ...

    def configured(self, settings: Settings) -> Exchange:
        """The same venue with an operator's settings; ValueError names the key and what was expected."""
        ...

    def markets_request(self) -> Request:
        """Ask for the catalogue."""
        ...

    def parse_markets(self, body: bytes) -> list[Market]:
        """Read the catalogue; raises only `RemoteNonsense`."""
        ...

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """Ask for last prices and 24 h turnovers of these, in as few calls as the venue allows."""
        ...

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Read one answer of those; raises only `RemoteNonsense`."""
        ...

    def plan(self, subscriptions: Iterable[Subscription]) -> list[Endpoint]:
        """The fewest connections that carry all of these within the limits."""
        ...

    def open(self, endpoint: Endpoint) -> Session:
        """Start a conversation over a new connection."""
        ...
