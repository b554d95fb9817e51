"""What a simulated venue is made of: a desk that hears requests, a teller that speaks market data, and a REST side.

All of it is pure: it is handed messages and the time, and returns what to send.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.sim.books import Book
from scanner.sim.candles import Bar
from scanner.sim.ledger import Fill, Summary
from scanner.sim.listing import Entry
from scanner.sim.market import Happening, SimulatedMarket

Frame = bytes | str
StreamKey = tuple[str, str]
"""The venue's own name of a stream and its own code of a market: `("trade", "KRW-BTC")`."""


class MarketView(Protocol):
    """What the REST side reads from: a simulated market, or a recorded one."""

    @property
    def entries(self) -> Sequence[Entry]:
        """All markets."""
        ...

    def ticker(self, instrument: Instrument) -> Summary:
        """A market in one line; KeyError for one that is not listed, here and below."""
        ...

    def book(self, instrument: Instrument, at_ms: int | None = None, depth: int = 30) -> Book:
        """The book now."""
        ...

    def changed_ms(self, instrument: Instrument) -> int:
        """When its book last became another one: until the next change, books and sequences of this moment hold."""
        ...

    def candles(self, instrument: Instrument, count: int, to_ms: int | None = None, unit_ms: int = 60_000) -> list[Bar]:
        """Bars that start before `to_ms`, newest first."""
        ...

    def trades(self, instrument: Instrument, count: int) -> list[Fill]:
        """Executions, newest first."""
        ...


class Window(Struct, frozen=True):
    """At most `count` of something in any `seconds`."""

    count: int
    seconds: float


class VenueLimits(Struct, frozen=True):
    """What the venue refuses to serve."""

    connects: Window
    messages: tuple[Window, ...]
    requests: Window
    """REST, in each group."""
    origin: Window | None
    """For whoever sends an `Origin` header, REST and connects together; None where nobody minds."""
    idle_s: float
    """A connection without a byte either way for so long is closed."""
    idle_code: int = 1000
    """Close code for that, and for one that carries no stream; 1006 is a cut without a farewell."""
    operations: tuple[Window, ...] = ()
    """Messages that change what is subscribed, on one connection."""
    excess_code: int = 0
    """Close code for who sends too many messages; 0 where the venue only says `Desk.over_limit`."""
    connections: int = 0
    """Connections at a time; 0 where nobody counts."""
    unsubscribed_s: float = 0.0
    """A connection that carries no stream is closed after so long; 0 where it is not."""
    lifetime_s: float = 0.0
    """A connection of this age is closed; 0 where none is."""
    notice_s: float = 0.0
    """So long before that, the venue says `Desk.farewell`."""
    ping_s: float = 0.0
    """How often the venue sends a WebSocket PING; 0 where it sends none."""
    pong_s: float = 0.0
    """Without a PONG for so long the connection is closed."""
    beat_s: float = 0.0
    """How often the venue says `Desk.beat` of its own accord to a connection that carries a stream; 0 for never."""
    beats_missed: int = 0
    """A connection that left so many of those unanswered (`Heard.answer`) is closed; 0 where nobody counts."""
    user_agent: bool = False
    """Whether a handshake or request without a `User-Agent` is turned away with 403."""
    ban_status: int = 418
    """What a banned address is answered, over REST and in the handshake."""


class Heard(Struct, frozen=True):
    """What one message from the client leads to."""

    control: tuple[Frame, ...] = ()
    """Answers: errors, status, lists of subscriptions."""
    subscribed: bool = False
    """The set of streams was replaced."""
    refused: bool = False
    """The message was an error of the client's."""
    beats: bool = False
    """From now on the client wants a sign of life every `BEAT_S`."""
    operation: bool = False
    """The message changed, or tried to change, what is subscribed."""
    answer: bool = False
    """The message answered a `Desk.beat`."""
    close: int = 0
    """After the answers the connection is closed with this code; 0 keeps it."""


BEAT_S = 10.0


class Desk(Protocol):
    """Where a connection's requests are read: it knows what is subscribed, but no market data."""

    @property
    def streams(self) -> Collection[StreamKey]:
        """What the client has asked for, known to the venue or not, in the order of asking."""
        ...

    def hear(self, message: Frame) -> Heard:
        """Take one message in. When the operations are used up, a desk that nobody uses is asked first what it is."""
        ...

    def greeting(self) -> Sequence[Frame]:
        """What the venue says first."""
        ...

    def beat(self) -> Frame:
        """The sign of life."""
        ...

    def farewell(self) -> Frame | None:
        """The notice that this connection will soon be closed; None where there is none."""
        ...

    def over_limit(self) -> Frame:
        """What the venue says to who sends too many messages; an empty frame is not sent."""
        ...


class Teller(Protocol):
    """Market data for one connection, in the words its desk has agreed on."""

    def snapshots(self) -> list[Frame]:
        """The state of everything just subscribed."""
        ...

    def tell(self, happenings: Iterable[Happening]) -> list[Frame]:
        """What just happened, as far as this connection wants to know."""
        ...

    def books(self) -> Collection[Instrument]:
        """Whose book changes it wants to hear of."""
        ...


class Answer(Struct, frozen=True):
    """A REST answer."""

    status: int
    body: bytes
    content_type: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = {}
    """What goes with it. A `Retry-After` of `Rest.over_limit` is replaced by the seconds that are really left."""


class Rest(Protocol):
    """The REST side of a venue."""

    def group(self, path: str) -> str:
        """Which of the venue's request limits a path counts against."""
        ...

    def weight(self, path: str, params: Mapping[str, str]) -> int:
        """How much of that limit the call takes."""
        ...

    def answer(self, path: str, params: Mapping[str, str]) -> Answer:
        """Answer a GET; mistakes of the caller get the venue's own error body."""
        ...

    def over_limit(self) -> Answer:
        """What it says to who asks too often."""
        ...

    def remaining(self, group: str, left: int) -> dict[str, str]:
        """Headers that tell the caller how many requests of a group are left this second."""
        ...


class Venue(Protocol):
    """A venue's dialect from the venue's side."""

    @property
    def name(self) -> str:
        """The key in the registry."""
        ...

    @property
    def ws_path(self) -> str:
        """Path of its public socket."""
        ...

    @property
    def binary(self) -> bool:
        """Whether its market data comes in binary frames."""
        ...

    @property
    def limits(self) -> VenueLimits:
        """What it refuses."""
        ...

    def desk(self, path: str) -> Desk:
        """For one new connection to a recording; `path` is what was asked for in the handshake, query included."""
        ...

    def converse(self, market: SimulatedMarket, path: str) -> tuple[Desk, Teller]:
        """For one new connection to a simulated market."""
        ...

    def rest(self, view: MarketView) -> Rest:
        """Its REST side over this market."""
        ...
