"""One of WEEX's houses as an `Exchange`: a dialect with an operator's settings.

No stream carries the tickers of all markets, and one for each would take every connection there may be. So tickers are
polled, all in one call, and sockets are kept for trades, books and bars of what is worth a stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from scanner.exchanges.base import Endpoint, Limits, Poll, Request, Settings
from scanner.exchanges.checks import Checked
from scanner.exchanges.codes import relist
from scanner.exchanges.klines import read_klines
from scanner.exchanges.lacking import unpolled
from scanner.exchanges.pages import page
from scanner.exchanges.planning import Lane, plan
from scanner.exchanges.weex.dialect import Dialect
from scanner.exchanges.weex.requests import name_of, require
from scanner.exchanges.weex.rest import candles_request, read_markets, read_tickers, read_trades, trades_request
from scanner.exchanges.weex.session import WeexSession
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Event, Market, Subscription, Ticker, Trade

POLLED: Channel = "ticker"
POLL_S = 2.0
TICKERS = "tickers"
"""Tag of the only poll there is."""
_POLL_SHARE = 0.5
"""At most so much of the REST weight goes into polling: the catalogue and lost trades are asked for too."""


class WeexExchange(Struct, frozen=True):
    """What the dialect says, at these addresses."""

    dialect: Dialect
    rest_url: str
    ws_url: str
    limits: Limits
    poll_s: float = POLL_S
    listed: dict[str, Instrument] = {}
    """What the catalogue said last, by code, so that codes are looked up and never cut. No session knows of it."""

    @classmethod
    def of(cls, dialect: Dialect) -> WeexExchange:
        """The venue as it is without any settings."""
        return cls(dialect, dialect.rest_url, dialect.ws_url, dialect.limits)

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
        """Spot takes part wherever it lists a wanted market; contracts have to be named."""
        return self.dialect.by_default

    @property
    def channels(self) -> frozenset[Channel]:
        """What its socket carries, tickers by polling."""
        return frozenset(self.dialect.streams)

    @property
    def quotes(self) -> frozenset[str]:
        """Quote currencies it lists."""
        return self.dialect.quotes

    def configured(self, settings: Settings) -> WeexExchange:
        """The venue with these settings, empty ones meaning the dialect's own; ValueError names key and value."""
        checked = Checked(self.name, settings)
        checked.unturned("region", "format")
        dialect = self.dialect
        return WeexExchange(
            dialect,
            checked.rest_url(dialect.rest_url),
            checked.ws_url(dialect.ws_url),
            checked.limits(dialect.limits, dialect.limits.streams_per_connection),
            checked.poll_s(POLL_S, self._shortest_poll_s),
        )

    def page(self, instrument: Instrument) -> str:
        """Where on its site people trade this."""
        return page(self.dialect.page, instrument)

    def markets_request(self) -> Request:
        """Ask for all markets of all quotes."""
        return self.dialect.rest.listing.at(self.rest_url)

    def parse_markets(self, body: bytes) -> list[Market]:
        """All markets, those included that are not traded just now."""
        markets = read_markets(body, self.dialect)
        relist(self.listed, markets)
        return markets

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """One call, which knows all markets; none for none."""
        return [self._tickers_request()] if markets else []

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Read its answer; `at` is `seen`, for it tells no time of its own. What is not listed is left out."""
        return read_tickers(body, self.name, self.listed, seen)

    def trades_request(self, instrument: Instrument) -> Request:
        """Ask for the newest trades of one market."""
        return trades_request(self.rest_url, self.dialect, instrument)

    def parse_trades(self, instrument: Instrument, body: bytes, seen: int) -> list[Trade]:
        """Read that answer, oldest first; ids look like the socket's, but nobody has promised that they are."""
        return read_trades(body, self.dialect, instrument, seen)

    def candles_request(self, instrument: Instrument, count: int) -> Request:
        """Ask for the newest minutes of one market."""
        return candles_request(self.rest_url, self.dialect, instrument, count)

    def parse_candles(self, instrument: Instrument, body: bytes, seen: int) -> list[Candle]:
        """Read that answer, oldest first whichever way it comes: nobody has said."""
        return read_klines(body, self.name, instrument, seen)

    def polls(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """The tickers of all markets, as soon as one of them is wanted."""
        wanted = any(one.channel == POLLED for one in subscriptions)
        return [Poll(TICKERS, self._tickers_request(), self.poll_s)] if wanted else []

    def fallback(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Nothing: what can be polled is polled anyway."""
        del subscriptions
        return []

    def parse_polled(self, tag: str, body: bytes, seen: int) -> list[Event]:
        """Tickers of everything that the last catalogue listed."""
        if tag != TICKERS:
            raise unpolled(self.title, tag, body)
        return [*self.parse_tickers(body, seen)]

    def stream_of(self, subscription: Subscription) -> str:
        """`WAVEUSDT@trade`; tickers are polled."""
        return "" if subscription.channel == POLLED else name_of(self.dialect, subscription)

    def plan(self, subscriptions: Iterable[Subscription], running: Sequence[Endpoint] = ()) -> list[Endpoint]:
        """The fewest connections for all but the tickers; ValueError for what the venue does not have."""
        wanted = frozenset(subscriptions)
        require(self.dialect, wanted)
        streamed = [one for one in wanted if one.channel != POLLED]
        lane = Lane(self.ws_url, self.limits.streams_per_connection)
        return plan(streamed, running, lane_of=lambda _: lane, stream_of=self.stream_of)

    def open(self, endpoint: Endpoint) -> WeexSession:
        """Start a conversation; a ticker that the endpoint lists has a stream as well. ValueError as for `plan`."""
        require(self.dialect, endpoint.subscriptions)
        return WeexSession(self.dialect, endpoint)

    @property
    def _shortest_poll_s(self) -> float:
        window = self.dialect.limits.requests[0]
        return self.dialect.rest.tickers.weight * window.seconds / (window.count * _POLL_SHARE)

    def _tickers_request(self) -> Request:
        return self.dialect.rest.tickers.at(self.rest_url)
