"""What a detector is: it sees events in stream order and says what it makes of them.

One detector serves all the rules that name it, so that rules share windows instead of each keeping their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from scanner.model.alert import Fact, Severity
from scanner.model.instrument import Instrument
from scanner.model.market import Event


class Signal(Struct, frozen=True):
    """A rule's condition became true on one instrument of one venue. Who hears of it is decided elsewhere."""

    rule: str
    stage: str
    """Where in the story: `watch`, `spike`, `pump`, `dump`, `peak`, `market`."""
    exchange: str
    instrument: Instrument
    at: int
    """Venue time of the event that decided, nanoseconds UTC."""
    price: float
    change: float
    """Signed fraction of the older price."""
    window_s: float
    volume_ratio: float
    severity: Severity
    score: int
    headline: str
    facts: dict[str, Fact]


class MarketView(Protocol):
    """What a rule may ask about the market that an instrument is part of."""

    def expected(self, exchange: str, instrument: Instrument) -> float:
        """The return over the last 60 s that the market explains, a signed fraction; 0 where that is unknown."""
        ...

    def moving(self, exchange: str, quote: str) -> bool:
        """Whether most of the instruments of this quote currency are moving together."""
        ...


class Calm:
    """A market that never moves."""

    def expected(self, exchange: str, instrument: Instrument) -> float:  # noqa: ARG002  # nothing is expected of anyone
        """Nothing."""
        return 0.0

    def moving(self, exchange: str, quote: str) -> bool:  # noqa: ARG002  # and nobody moves
        """Never."""
        return False


CALM: MarketView = Calm()


class Detector(Protocol):
    """State per (exchange, instrument), reset by `Gap`.

    Whoever listens to `tapes.Tapes` is shown trades by them, those that may matter to it, and need not want any here.
    """

    wants: tuple[type[Event], ...]
    """The kinds of event it sees; `Gap` is always among them."""

    def see(self, event: Event) -> Iterable[Signal]:
        """Take one event in; say what became true by it. A returned empty tuple is the usual answer."""
        ...

    def tick(self, now: int) -> Iterable[Signal]:
        """Once a second: what became true by time alone. `now` is nanoseconds UTC."""
        ...
