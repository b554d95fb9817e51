"""MEXC's spot market as an `Exchange`: one site, with an operator's settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from scanner.exchanges.base import Endpoint, Limits, Poll, Request, Settings
from scanner.exchanges.checks import Checked
from scanner.exchanges.codes import glued, relist
from scanner.exchanges.klines import read_klines
from scanner.exchanges.lacking import unpolled
from scanner.exchanges.mexc.rest import (
    candles_request,
    markets_request,
    read_markets,
    read_tickers,
    read_trades,
    tickers_request,
    trades_request,
)
from scanner.exchanges.mexc.session import MexcSession
from scanner.exchanges.mexc.streams import BOOKS, CHANNELS, Books, name_of, require
from scanner.exchanges.pages import page
from scanner.exchanges.planning import Lane, plan
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Event, Market, Subscription, Ticker, Trade

FASTEST_POLL_S = 1.0
"""All tickers weigh 40 of the 500 that ten seconds allow."""
FALLBACK_S = 3.0
"""As often as the stream of all tickers: a quarter of what may be asked."""
TICKERS = "tickers"
PAGE = "https://www.mexc.com/exchange/{base}_{quote}"


class Mexc(Struct, frozen=True):
    """The spot market."""

    rest_url: str
    ws_url: str
    quotes: frozenset[str]
    limits: Limits
    books: Books = "LIMIT"
    """Whole by default: twenty levels are more than leave a worker, none costs a REST call, and a push that is lost is
    made good by the next. Differences (`AGGRE`) come ten times a second instead of a few, and need snapshots."""
    poll_s: float = 0.0
    """How often tickers are asked for by REST; 0 takes the stream that has them all."""
    listed: dict[str, Instrument] = {}
    """What the catalogue said last, by code: REST tickers name their markets by glued codes only. The one thing that is
    remembered here; no session knows of it."""
    name: str = "mexc"
    title: str = "MEXC"
    by_default: bool = True
    channels: frozenset[Channel] = CHANNELS

    def configured(self, settings: Settings) -> Mexc:
        """The venue with these settings, empty ones meaning its own; ValueError names key and value."""
        checked = Checked(self.name, settings)
        checked.unturned("region")
        return replace(
            self,
            rest_url=checked.rest_url(self.rest_url),
            ws_url=checked.ws_url(self.ws_url),
            limits=checked.limits(self.limits, self.limits.streams_per_connection),
            books=checked.format(BOOKS, self.books),
            poll_s=checked.poll_s(0.0, FASTEST_POLL_S),
            listed={},
        )

    def page(self, instrument: Instrument) -> str:
        """Where on its site people trade this."""
        return page(PAGE, instrument)

    def markets_request(self) -> Request:
        """Ask for all markets."""
        return markets_request(self.rest_url)

    def parse_markets(self, body: bytes) -> list[Market]:
        """All markets of all quotes."""
        markets = read_markets(body)
        relist(self.listed, markets)
        return markets

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """One call for all of them, however few are wanted."""
        return [tickers_request(self.rest_url)] if markets else []

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Read it; markets that the last catalogue did not list are left out."""
        return read_tickers(body, self.name, self.listed, seen)

    def trades_request(self, instrument: Instrument) -> Request:
        """Ask for the newest trades of one market."""
        return trades_request(self.rest_url, glued(instrument))

    def parse_trades(self, instrument: Instrument, body: bytes, seen: int) -> list[Trade]:
        """Read that answer, oldest first; ids are as on the socket while the socket has none of its own either."""
        return read_trades(body, self.name, instrument, seen)

    def candles_request(self, instrument: Instrument, count: int) -> Request:
        """Ask for the newest minutes of one market."""
        return candles_request(self.rest_url, glued(instrument), count)

    def parse_candles(self, instrument: Instrument, body: bytes, seen: int) -> list[Candle]:
        """Read that answer, oldest first as the venue sends it; what takers bought is not told."""
        return read_klines(body, self.name, instrument, seen)

    def polls(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Tickers, where an operator wants them so: a way out, should the venue refuse their stream again."""
        wanted = self.poll_s and any(one.channel == "ticker" for one in subscriptions)
        return [Poll(TICKERS, tickers_request(self.rest_url), self.poll_s)] if wanted else []

    def fallback(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Tickers, as often as their stream would bring them."""
        wanted = any(one.channel == "ticker" for one in subscriptions)
        return [Poll(TICKERS, tickers_request(self.rest_url), self.poll_s or FALLBACK_S)] if wanted else []

    def parse_polled(self, tag: str, body: bytes, seen: int) -> list[Event]:
        """Read it."""
        if tag != TICKERS:
            raise unpolled(self.title, tag, body)
        return [*self.parse_tickers(body, seen)]

    def stream_of(self, subscription: Subscription) -> str:
        """All tickers share one; polled, they have none."""
        if self.poll_s and subscription.channel == "ticker":
            return ""
        return name_of(subscription, self.books)

    def plan(self, subscriptions: Iterable[Subscription], running: Sequence[Endpoint] = ()) -> list[Endpoint]:
        """As few connections as their small number of streams allows; ValueError for what the venue does not have."""
        wanted = frozenset(subscriptions)
        require(wanted)
        lane = Lane(self.ws_url, self.limits.streams_per_connection)
        streamed = (one for one in wanted if self.stream_of(one))
        return plan(streamed, running, lane_of=lambda _: lane, stream_of=self.stream_of)

    def open(self, endpoint: Endpoint) -> MexcSession:
        """Start a conversation; ValueError for what the venue does not have."""
        require(endpoint.subscriptions)
        return MexcSession(self.name, self.rest_url, self.books, endpoint)
