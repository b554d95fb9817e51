"""OKX: where it is, in each of its regions, what it allows, and how its streams are spread over connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from scanner.exchanges.base import Endpoint, Limits, Request, Settings, Window
from scanner.exchanges.checks import Checked
from scanner.exchanges.lacking import Unpolled
from scanner.exchanges.okx.candles import candles_request, read_candles
from scanner.exchanges.okx.rest import (
    markets_request,
    read_markets,
    read_tickers,
    read_trades,
    tickers_requests,
    trades_request,
)
from scanner.exchanges.okx.session import OkxSession
from scanner.exchanges.okx.streams import BOOKS, NAME, NAMES, PUBLIC, arg_of, lanes, names, require
from scanner.exchanges.pages import page
from scanner.exchanges.planning import plan
from scanner.exchanges.sites import Region
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Market, Subscription, Ticker, Trade

QUOTES = frozenset({"USDT", "USDC", "BTC", "ETH"})
PAGE = "https://www.okx.com/trade-spot/{low_base}-{low_quote}"
"""One site for all regions, as far as anybody says."""


def _region(rest: str, socket: str) -> Region:
    return Region(f"https://{rest}.okx.com", f"wss://{socket}.okx.com:8443/ws/v5/public", QUOTES, page=PAGE)


REGIONS = {
    "global": _region("www", "ws"),
    "eea": _region("eea", "wseea"),
    "us": _region("us", "wsus"),
}
"""By the operator's word for it, the usual one first. An account, and a key, belongs to one of them."""

LIMITS = Limits(
    connects=(Window(3, 1.0),),
    messages=(Window(3, 1.0),),  # 60014 says that there is a limit, and nothing says which
    requests=(Window(20, 2.0),),  # the strictest of those that are asked here
    streams_per_connection=240,  # refused above a number that is not published (4009); a lost one blinds no more
    block_s=60.0,  # undocumented
    operations=(Window(480, 3_600.0),),
)


class OkxExchange(Unpolled, Struct, frozen=True):
    """The venue in one region, with an operator's settings."""

    rest_url: str
    ws_url: str
    names: Mapping[Channel, str]
    """What each channel is called."""
    limits: Limits = LIMITS
    name: str = NAME
    title: str = "OKX"
    by_default: bool = True
    channels: frozenset[Channel] = frozenset(NAMES)
    quotes: frozenset[str] = QUOTES

    def configured(self, settings: Settings) -> OkxExchange:
        """The venue with these settings, empty ones meaning its own; ValueError names key and value."""
        checked = Checked(self.name, settings)
        checked.unturned("poll")
        region = checked.region(REGIONS)
        return OkxExchange(
            checked.rest_url(region.rest_url),
            checked.ws_url(region.ws_url, PUBLIC),
            names(checked.format(BOOKS, BOOKS[0])),
            checked.limits(LIMITS),
        )

    def page(self, instrument: Instrument) -> str:
        """Where on its site people trade this."""
        return page(PAGE, instrument)

    def markets_request(self) -> Request:
        """Ask for all spot markets."""
        return markets_request(self.rest_url)

    def parse_markets(self, body: bytes) -> list[Market]:
        """All markets of coins; those that are not live are suspended."""
        return read_markets(body)

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """Ask for all prices at once."""
        return tickers_requests(self.rest_url, markets)

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Read that answer."""
        return read_tickers(body, self.name, seen)

    def trades_request(self, instrument: Instrument) -> Request:
        """Ask for the newest trades of one market."""
        return trades_request(self.rest_url, instrument)

    def parse_trades(self, instrument: Instrument, body: bytes, seen: int) -> list[Trade]:
        """Read that answer, oldest first, joined as on the socket."""
        return read_trades(body, self.name, instrument, seen)

    def candles_request(self, instrument: Instrument, count: int) -> Request:
        """Ask for the newest minutes of one market."""
        return candles_request(self.rest_url, instrument, count)

    def parse_candles(self, instrument: Instrument, body: bytes, seen: int) -> list[Candle]:
        """Read that answer, oldest first."""
        return read_candles(body, self.name, instrument, seen)

    def stream_of(self, subscription: Subscription) -> str:
        """As requests name it: `{"channel":"trades","instId":"BTC-USDT"}`."""
        return arg_of(self.names, subscription)

    def plan(self, subscriptions: Iterable[Subscription], running: Sequence[Endpoint] = ()) -> list[Endpoint]:
        """Deep books by themselves, few to a connection; candles on a socket of their own; the rest together."""
        wanted = frozenset(subscriptions)
        require(wanted)
        by_channel = lanes(self.names, self.ws_url, self.limits.streams_per_connection)
        return plan(wanted, running, lane_of=lambda one: by_channel[one.channel], stream_of=self.stream_of)

    def open(self, endpoint: Endpoint) -> OkxSession:
        """Start a conversation; ValueError for what the venue does not have."""
        require(endpoint.subscriptions)
        return OkxSession(self.names, endpoint)


OKX = OkxExchange(REGIONS["global"].rest_url, REGIONS["global"].ws_url, NAMES)
