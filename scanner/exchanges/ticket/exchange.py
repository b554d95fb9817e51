"""A venue of the family as an `Exchange`: one dialect, in one region, with an operator's settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from scanner.exchanges.base import Endpoint, Limits, Request, Settings
from scanner.exchanges.checks import Checked
from scanner.exchanges.lacking import Unpolled
from scanner.exchanges.pages import page
from scanner.exchanges.planning import Lane, plan
from scanner.exchanges.ticket.candles import candles_request, read_candles
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
from scanner.model.market import Candle, Channel, Market, Subscription, Ticker, Trade


class TicketExchange(Unpolled, Struct, frozen=True):
    """What the dialect says, where the region is."""

    dialect: Dialect
    rest_url: str
    ws_url: str
    quotes: frozenset[str]
    form: Format
    limits: Limits
    page_form: str = ""

    @classmethod
    def of(cls, dialect: Dialect) -> TicketExchange:
        """The venue as it is without any settings."""
        region = next(iter(dialect.regions.values()))
        return cls(
            dialect, region.rest_url, region.ws_url, region.quotes, dialect.socket.format, dialect.limits, region.page
        )

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
        checked = Checked(self.name, settings)
        checked.unturned("poll")
        region, socket = checked.region(self.dialect.regions), self.dialect.socket
        return TicketExchange(
            self.dialect,
            checked.rest_url(region.rest_url),
            checked.ws_url(region.ws_url),
            region.quotes,
            checked.format(socket.formats, socket.format),
            checked.limits(self.dialect.limits),
            region.page,
        )

    def page(self, instrument: Instrument) -> str:
        """Where on its site people trade this."""
        return page(self.page_form, instrument)

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

    def candles_request(self, instrument: Instrument, count: int) -> Request:
        """Ask for the newest minutes of one market."""
        return candles_request(self.rest_url, self.dialect.rest.candles, instrument, count)

    def parse_candles(self, instrument: Instrument, body: bytes, seen: int) -> list[Candle]:
        """Read that answer, oldest first."""
        return read_candles(body, self.name, instrument, seen)

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
