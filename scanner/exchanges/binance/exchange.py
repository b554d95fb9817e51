"""One of Binance's houses as an `Exchange`: a product, on one of its sites, with an operator's settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from scanner.exchanges.base import Endpoint, Limits, Request, Settings
from scanner.exchanges.binance.product import Product, name_of, require
from scanner.exchanges.binance.rest import (
    candles_request,
    read_markets,
    read_tickers,
    read_trades,
    tickers_requests,
    trades_request,
)
from scanner.exchanges.binance.session import BinanceSession
from scanner.exchanges.checks import Checked
from scanner.exchanges.codes import relist
from scanner.exchanges.klines import read_klines
from scanner.exchanges.lacking import Unpolled
from scanner.exchanges.pages import page
from scanner.exchanges.planning import Lane, plan
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Market, Subscription, Ticker, Trade


class BinanceExchange(Unpolled, Struct, frozen=True):
    """What the product says, where the site is."""

    product: Product
    rest_url: str
    ws_url: str
    quotes: frozenset[str]
    limits: Limits
    page_form: str = ""
    _listed: dict[str, Instrument] = {}
    """The last catalogue by code: REST tickers name a market by its glued code alone, which only that can read."""

    @classmethod
    def of(cls, product: Product) -> BinanceExchange:
        """The venue as it is without any settings."""
        region = next(iter(product.regions.values()))
        return cls(product, region.rest_url, region.ws_url, region.quotes, product.limits, region.page)

    @property
    def name(self) -> str:
        """The key in the registry and in every event."""
        return self.product.name

    @property
    def title(self) -> str:
        """For people."""
        return self.product.title

    @property
    def by_default(self) -> bool:
        """Whether it takes part without being named."""
        return self.product.by_default

    @property
    def channels(self) -> frozenset[Channel]:
        """Channels its socket carries."""
        return frozenset(self.product.streams)

    def configured(self, settings: Settings) -> BinanceExchange:
        """The venue with these settings, empty ones meaning its own; ValueError names key and value."""
        checked = Checked(self.name, settings)
        checked.unturned("format", "poll")
        region = checked.region(self.product.regions)
        own = self.product.limits
        allowed = replace(own, requests=region.requests or own.requests)
        return BinanceExchange(
            self.product,
            checked.rest_url(region.rest_url),
            checked.ws_url(region.ws_url),
            region.quotes,
            checked.limits(allowed, self.product.most_streams),
            region.page,
        )

    def page(self, instrument: Instrument) -> str:
        """Where on its site people trade this."""
        return page(self.page_form, instrument)

    def markets_request(self) -> Request:
        """Ask for all markets, without the lists of who may trade them, which are most of the answer."""
        return self.product.rest.markets.at(self.rest_url)

    def parse_markets(self, body: bytes) -> list[Market]:
        """All markets of all quotes."""
        markets = read_markets(body, self.product.kind)
        relist(self._listed, markets)
        return markets

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """Ask for the last prices of these; an answer may hold more markets than were asked about."""
        return tickers_requests(self.rest_url, self.product.rest, markets)

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Read one answer, as far as it is about markets of the last catalogue."""
        return read_tickers(body, self.name, self._listed, seen)

    def trades_request(self, instrument: Instrument) -> Request:
        """Ask for the newest trades of one market."""
        return trades_request(self.rest_url, self.product.rest, instrument)

    def parse_trades(self, instrument: Instrument, body: bytes, seen: int) -> list[Trade]:
        """Read that answer, oldest first."""
        return read_trades(body, self.name, instrument, seen)

    def candles_request(self, instrument: Instrument, count: int) -> Request:
        """Ask for the newest minutes of one market."""
        return candles_request(self.rest_url, self.product.rest, instrument, count)

    def parse_candles(self, instrument: Instrument, body: bytes, seen: int) -> list[Candle]:
        """Read that answer, oldest first as the venue sends it."""
        return read_klines(body, self.name, instrument, seen)

    def stream_of(self, subscription: Subscription) -> str:
        """`btcusdt@aggTrade`; all tickers share one."""
        return name_of(self.product, subscription)

    def plan(self, subscriptions: Iterable[Subscription], running: Sequence[Endpoint] = ()) -> list[Endpoint]:
        """The fewest connections, evenly filled at first; ValueError for what the venue does not have."""
        wanted = frozenset(subscriptions)
        require(self.product, wanted)
        return plan(wanted, running, lane_of=self._lane, stream_of=self.stream_of)

    def open(self, endpoint: Endpoint) -> BinanceSession:
        """Start a conversation; ValueError for what the venue does not have."""
        require(self.product, endpoint.subscriptions)
        return BinanceSession(self.product, self.rest_url, endpoint)

    def _lane(self, subscription: Subscription) -> Lane:
        route = self.product.streams[subscription.channel].route
        return Lane(self.ws_url + route, self.limits.streams_per_connection)
