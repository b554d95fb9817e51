"""A venue of the family as an `Exchange`: one dialect, in one region, with an operator's settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from scanner.exchanges.base import Endpoint, Limits, Poll, Request, Settings
from scanner.exchanges.nonsense import nonsense
from scanner.exchanges.planning import Lane, plan
from scanner.exchanges.ticket.codes import code_of
from scanner.exchanges.ticket.dialect import Dialect, Format
from scanner.exchanges.ticket.requests import require
from scanner.exchanges.ticket.rest import (
    listing_request,
    read_markets,
    read_tickers,
    read_trades,
    tickers_requests,
    trades_request,
)
from scanner.exchanges.ticket.session import TicketSession
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Event, Market, Subscription, Ticker, Trade
from scanner.model.web import check_url, redacted


class TicketExchange(Struct, frozen=True):
    """What the dialect says, where the region is."""

    dialect: Dialect
    rest_url: str
    ws_url: str
    quotes: frozenset[str]
    form: Format
    limits: Limits

    @classmethod
    def of(cls, dialect: Dialect) -> TicketExchange:
        """The venue as it is without any settings."""
        region = next(iter(dialect.regions.values()))
        return cls(dialect, region.rest_url, region.ws_url, region.quotes, dialect.socket.format, dialect.limits)

    @property
    def name(self) -> str:
        """The key in the registry and in every event."""
        return self.dialect.name

    @property
    def title(self) -> str:
        """For people."""
        return self.dialect.title

    @property
    def by_default(self) -> bool:
        """It takes part wherever it lists a wanted market."""
        return True

    @property
    def channels(self) -> frozenset[Channel]:
        """Channels its socket carries."""
        return frozenset(self.dialect.socket.streams)

    def configured(self, settings: Settings) -> TicketExchange:
        """The venue with these settings, empty ones meaning the dialect's own; ValueError names key and value."""
        regions, socket = self.dialect.regions, self.dialect.socket
        region = regions[self._choice("region", settings.region.lower() or next(iter(regions)), regions)]
        form = self._choice("format", settings.format.upper() or socket.format, socket.formats)
        codes = settings.streams_per_connection or self.dialect.limits.streams_per_connection
        if codes < 0:
            raise self._wrong("streams_per_connection", codes, "a whole number above 0, or 0 for the default")
        return TicketExchange(
            self.dialect,
            self._address("rest_url", settings.rest_url or region.rest_url, "http", "https").rstrip("/"),
            self._address("ws_url", settings.ws_url or region.ws_url, "ws", "wss"),
            region.quotes,
            socket.formats[socket.formats.index(form)],
            replace(self.dialect.limits, streams_per_connection=codes),
        )

    def markets_request(self) -> Request:
        """Ask for all markets with their warnings."""
        return listing_request(self.rest_url, self.dialect.rest.listing)

    def parse_markets(self, body: bytes) -> list[Market]:
        """All markets of all quotes."""
        return read_markets(body)

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """Ask for the last prices of these; an answer may hold more markets than were asked about."""
        return tickers_requests(self.rest_url, self.dialect.rest.tickers, markets)

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Read one answer."""
        return read_tickers(body, self.name, seen, self.dialect.rest.tickers.epoch_ahead_s)

    def trades_request(self, instrument: Instrument) -> Request:
        """Ask for the newest trades of one market."""
        return trades_request(self.rest_url, self.dialect.rest.trades, instrument)

    def parse_trades(self, instrument: Instrument, body: bytes, seen: int) -> list[Trade]:
        """Read that answer, oldest first."""
        return read_trades(body, self.name, instrument, seen)

    def polls(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Nothing: all that there is comes by socket."""
        del subscriptions
        return []

    def parse_polled(self, tag: str, body: bytes, seen: int) -> list[Event]:
        """Nothing is polled, so any answer is nonsense."""
        del seen
        raise nonsense(f"{self.title} is not polled, least of all for {tag!r}", body)

    def stream_of(self, subscription: Subscription) -> str:
        """All channels of a market count as one: it is codes that a request lists."""
        return code_of(subscription.instrument)

    def plan(self, subscriptions: Iterable[Subscription], running: Sequence[Endpoint] = ()) -> list[Endpoint]:
        """The fewest connections, evenly filled at first; ValueError for what the venue does not have."""
        wanted = frozenset(subscriptions)
        require(self.dialect, wanted)
        lane = Lane(self.ws_url, self.limits.streams_per_connection)
        return plan(wanted, running, lane_of=lambda _: lane, stream_of=self.stream_of)

    def open(self, endpoint: Endpoint) -> TicketSession:
        """Start a conversation; ValueError for what the venue does not have."""
        require(self.dialect, endpoint.subscriptions)
        return TicketSession(self.dialect, self.form, endpoint)

    def _choice(self, key: str, value: str, allowed: Collection[str]) -> str:
        if value not in allowed:
            raise self._wrong(key, value, f"one of {', '.join(allowed)}")
        return value

    def _address(self, key: str, value: str, *schemes: str) -> str:
        try:
            check_url(value, schemes)
        except ValueError as error:
            raise self._wrong(key, redacted(value), str(error)) from None
        return value

    def _wrong(self, key: str, value: object, expected: str) -> ValueError:
        return ValueError(f"exchanges.{self.name}.{key} = {value!r}: expected {expected}")
