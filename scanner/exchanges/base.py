"""What a venue is to the rest of the house: an immutable `Exchange`, and a `Session` for each connection to it.

A session is the sans-IO half of one conversation. It is fed frames and returns what they mean; it asks for what it
needs (`Send`, `Fetch`) instead of doing it. It dies with its connection, so a reconnect forgets by construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Event, Market, Subscription, Ticker, Trade
from scanner.model.units import Count, Positive, Seconds


class RemoteNonsense(Exception):
    """The venue sent what it does not document. Count it, log a bounded sample, go on."""


class SessionBroken(Exception):
    """This conversation cannot go on; a new connection may mend it. `reason` is one word for a metric label."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(text or reason)
        self.reason = reason


class Window(Struct, frozen=True):
    """At most `count` of something in any `seconds`."""

    count: int
    seconds: float


class Limits(Struct, frozen=True):
    """What the venue allows, as data for the limiters."""

    connects: tuple[Window, ...]
    """Connection attempts per address of ours."""
    messages: tuple[Window, ...]
    """Messages we send on one connection, of every kind."""
    requests: tuple[Window, ...]
    """REST requests per address of ours, each counted with its weight."""
    streams_per_connection: int
    """Streams on one connection, as `Exchange.stream_of` names them."""
    block_s: float
    """How long the venue shuts out an address that went on after being refused."""
    operations: tuple[Window, ...] = ()
    """Messages that change what a connection carries, where the venue counts those by themselves."""
    connections: int = 0
    """Connections at a time per address of ours; 0 where the venue names no number."""
    lifetime_s: float = 0.0
    """A connection of this age is closed by the venue, so its successor is made before; 0 where none is."""
    trades_top: int = 0
    """Instruments whose trades are worth a stream each, by 24 h turnover; tickers do for the rest. 0 means all."""


class Request(Struct, frozen=True):
    """A GET to the venue's REST side."""

    url: str
    params: dict[str, str] = {}
    weight: int = 1
    """How much of `Limits.requests` it takes."""
    headers: dict[str, str] = {}
    """Such as a key, which belongs in no address: addresses reach logs."""


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
    operation: bool = False
    """It changes what is subscribed, and counts against `Limits.operations`; a pong does not, and goes at once."""


class Fetch(Struct, frozen=True):
    """The session wants this REST answer; it comes back through `parse_fetched(tag, body)`."""

    request: Request
    tag: str


class Poll(Struct, frozen=True):
    """A REST answer that is wanted again and again; each comes back through `Exchange.parse_polled(tag, body)`."""

    tag: str
    """What is asked for, in a word: the same one in every plan, so that a poll that goes on keeps its pace."""
    request: Request
    every_s: float


class Retiring(Struct, frozen=True):
    """The venue is going to close this connection: a successor should be made now, before the old one goes."""

    text: str
    """In the venue's words."""


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
    subscriptions: tuple[Subscription, ...] = ()
    """What was refused; empty means everything that this connection asked for. The session no longer wants them."""


class Nonsense(Struct, frozen=True):
    """Part of what the venue sent cannot be read; what could be read of it stands beside this. Count it, go on."""

    text: str
    """What is wrong with how much of it; as short as any blame."""


Result = Event | Send | Fetch | Accepted | Rejected | Retiring | Nonsense
Secret = Annotated[str, Meta(extra={"secret": "sealed"})]


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
    streams_per_connection: Count = 0
    """Streams on one connection (at Upbit and Bithumb: instruments); 0 means the venue's default."""
    trades_top: Count = 0
    """Trades for this many instruments by 24 h turnover and tickers for the rest; 0 means the venue's default."""
    poll: Seconds = 0.0
    """How often what has no stream is asked for by REST; 0 means the venue's default."""
    key: Secret = ""
    """Shown to a venue that gives more to whom it knows. Nothing is ever traded: a key that could is no use here."""
    warmup: Count = 360
    """Past minutes asked for of every instrument with trades, or as many as one answer holds; 0 asks for none."""
    refresh: Seconds = 60.0
    """How often the catalogue is read again; 0 means never."""
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
    def by_default(self) -> bool:
        """Whether it takes part whenever it lists a wanted market; others have to be named."""
        ...

    @property
    def channels(self) -> frozenset[Channel]:
        """Channels it has, by socket or by polling."""
        ...

    @property
    def quotes(self) -> frozenset[str]:
        """Quote currencies it lists; none for one that lists no markets, but knows about them."""
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

    def page(self, instrument: Instrument) -> str:
        """Where on its site people trade this; empty where there is no such page, or none that is known."""
        ...

    def markets_request(self) -> Request | None:
        """Ask for the catalogue; None where there is none to ask for."""
        ...

    def parse_markets(self, body: bytes) -> list[Market]:
        """Read the catalogue, suspended markets included; raises only `RemoteNonsense`."""
        ...

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """Ask for last prices and 24 h turnovers of these, in as few calls as the venue allows."""
        ...

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Read one answer of those; raises only `RemoteNonsense`."""
        ...

    def trades_request(self, instrument: Instrument) -> Request | None:
        """Ask for the newest trades of one instrument; None where the venue does not tell."""
        ...

    def parse_trades(self, instrument: Instrument, body: bytes, seen: int) -> list[Trade]:
        """Read that answer, oldest first, ids as on the socket where both name them alike; raises `RemoteNonsense`."""
        ...

    def candles_request(self, instrument: Instrument, count: int) -> Request | None:
        """Ask for the newest `count` one-minute bars of one instrument, or what one answer holds of them.

        None where the venue does not tell.
        """
        ...

    def parse_candles(self, instrument: Instrument, body: bytes, seen: int) -> list[Candle]:
        """Read that answer: the bars that were over when they were `seen`, each once, oldest first.

        Minutes without a trade may be missing or have a turnover of 0, as the venue tells them. Raises only
        `RemoteNonsense`.
        """
        ...

    def polls(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """What has to be asked for by REST again and again, because no affordable stream carries these."""
        ...

    def fallback(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Polls that can stand in for streams of these, which the venue refuses; none where there are none."""
        ...

    def parse_polled(self, tag: str, body: bytes, seen: int) -> list[Event]:
        """Read the answer to a poll; raises only `RemoteNonsense`. It may name instruments that nobody wants."""
        ...

    def stream_of(self, subscription: Subscription) -> str:
        """The venue's own name of the stream that carries it; several may share one, and a polled one has none: ''."""
        ...

    def plan(self, subscriptions: Iterable[Subscription], running: Sequence[Endpoint] = ()) -> list[Endpoint]:
        """The connections that carry all of these within the limits; ValueError for what the venue does not have.

        The first ones stand for `running`, in order, as little changed as can be: what is no longer wanted leaves them
        (one that is left without subscriptions is to be closed), what is new fills them before others are made.
        """
        ...

    def open(self, endpoint: Endpoint) -> Session:
        """Start a conversation over a new connection."""
        ...
