"""OKX: where it is, in each of its regions, what it allows, and how its streams are spread over connections."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from scanner.exchanges.base import Endpoint, Limits, Poll, Request, Settings, Window
from scanner.exchanges.nonsense import nonsense
from scanner.exchanges.okx.readings import NAME
from scanner.exchanges.okx.rest import (
    markets_request,
    read_markets,
    read_tickers,
    read_trades,
    tickers_requests,
    trades_request,
)
from scanner.exchanges.okx.session import OkxSession
from scanner.exchanges.okx.streams import BOOKS, NAMES, PUBLIC, arg_of, lanes, names, require
from scanner.exchanges.planning import plan
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Event, Market, Subscription, Ticker, Trade
from scanner.model.web import check_url, redacted


class Region(Struct, frozen=True):
    """One house of the venue: an account, and a key, belongs to one of them."""

    rest_url: str
    ws_url: str


def _region(rest: str, socket: str) -> Region:
    return Region(f"https://{rest}.okx.com", f"wss://{socket}.okx.com:8443/ws/v5/public")


REGIONS = {
    "global": _region("www", "ws"),
    "eea": _region("eea", "wseea"),
    "us": _region("us", "wsus"),
}
"""By the operator's word for it, the usual one first."""

LIMITS = Limits(
    connects=(Window(3, 1.0),),
    messages=(Window(3, 1.0),),  # 60014 says that there is a limit, and nothing says which
    requests=(Window(20, 2.0),),  # the strictest of those that are asked here
    streams_per_connection=240,  # refused above a number that is not published (4009); a lost one blinds no more
    block_s=60.0,  # undocumented
    operations=(Window(480, 3_600.0),),
)


class OkxExchange(Struct, frozen=True):
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
    quotes: frozenset[str] = frozenset({"USDT", "USDC", "BTC", "ETH"})

    def configured(self, settings: Settings) -> OkxExchange:
        """The venue with these settings, empty ones meaning its own; ValueError names key and value."""
        region = REGIONS[self._choice("region", settings.region.lower() or next(iter(REGIONS)), REGIONS)]
        books = self._choice("format", settings.format.lower() or BOOKS[0], BOOKS)
        streams = settings.streams_per_connection or LIMITS.streams_per_connection
        if streams < 0:
            raise self._wrong("streams_per_connection", streams, "a whole number above 0, or 0 for the default")
        ws_url = self._address("ws_url", settings.ws_url or region.ws_url, "ws", "wss")
        if not ws_url.endswith(PUBLIC):
            expected = f"an address that ends in {PUBLIC}, beside which the venue has others"
            raise self._wrong("ws_url", redacted(ws_url), expected)
        return OkxExchange(
            self._address("rest_url", settings.rest_url or region.rest_url, "http", "https").rstrip("/"),
            ws_url,
            names(books),
            replace(LIMITS, streams_per_connection=streams),
        )

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

    def polls(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Nothing: all that there is comes by socket."""
        del subscriptions
        return []

    def parse_polled(self, tag: str, body: bytes, seen: int) -> list[Event]:
        """Nothing is polled, so any answer is nonsense."""
        del seen
        raise nonsense(f"{self.title} is not polled, least of all for {tag!r}", body)

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


OKX = OkxExchange(REGIONS["global"].rest_url, REGIONS["global"].ws_url, NAMES)
