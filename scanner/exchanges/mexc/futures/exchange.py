"""MEXC's perpetuals as an `Exchange`: the whole market's tickers in one cheap stream, the rest for whom one watches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from scanner.exchanges.base import Endpoint, Limits, Request, Settings
from scanner.exchanges.checks import Checked
from scanner.exchanges.codes import relist
from scanner.exchanges.lacking import Unpolled
from scanner.exchanges.mexc.futures.rest import (
    contracts_request,
    read_markets,
    read_sizes,
    read_tickers,
    tickers_request,
)
from scanner.exchanges.mexc.futures.session import FuturesSession
from scanner.exchanges.mexc.futures.streams import CHANNELS, name_of, require
from scanner.exchanges.nonsense import nonsense
from scanner.exchanges.pages import page
from scanner.exchanges.planning import Lane, plan
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Market, Subscription, Ticker, Trade

PAGE = "https://www.mexc.com/futures/{base}_{quote}"


class MexcFutures(Unpolled, Struct, frozen=True):
    """Contracts that settle in what they are quoted in: others count their sizes in dollars."""

    rest_url: str
    ws_url: str
    quotes: frozenset[str]
    limits: Limits
    listed: dict[str, Instrument] = {}
    """What the catalogue said last, by code, so that codes are looked up and never cut."""
    sizes: dict[str, float] = {}
    """Coins in one contract, as the same catalogue says, for the volumes of REST tickers. No session knows of it."""
    name: str = "mexc-futures"
    title: str = "MEXC Futures"
    by_default: bool = False
    channels: frozenset[Channel] = CHANNELS

    def configured(self, settings: Settings) -> MexcFutures:
        """The venue with these settings, empty ones meaning its own; ValueError names key and value."""
        checked = Checked(self.name, settings)
        checked.unturned("region", "format", "poll")
        return replace(
            self,
            rest_url=checked.rest_url(self.rest_url),
            ws_url=checked.ws_url(self.ws_url),
            limits=checked.limits(self.limits),
            listed={},
            sizes={},
        )

    def page(self, instrument: Instrument) -> str:
        """Where on its site people trade this."""
        return page(PAGE, instrument)

    def markets_request(self) -> Request:
        """Ask for all contracts."""
        return contracts_request(self.rest_url)

    def parse_markets(self, body: bytes) -> list[Market]:
        """All perpetuals of all quotes."""
        markets = read_markets(body)
        relist(self.listed, markets)
        self.sizes.clear()
        self.sizes.update(read_sizes(body))
        return markets

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """One call for all of them, however few are wanted."""
        return [tickers_request(self.rest_url)] if markets else []

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Read it; contracts that the last catalogue did not list are left out."""
        return read_tickers(body, self.name, self.listed, self.sizes, seen)

    def trades_request(self, instrument: Instrument) -> None:
        """Nothing: the venue tells sizes in contracts, and an answer alone does not say what those are."""
        del instrument

    def parse_trades(self, instrument: Instrument, body: bytes, seen: int) -> list[Trade]:
        """Nothing is asked for, so any answer is nonsense."""
        del seen
        raise nonsense(f"{self.title} was not asked for trades of {instrument}", body)

    def candles_request(self, instrument: Instrument, count: int) -> None:
        """Nothing: where past bars are to be had is not written down for us."""
        del instrument, count

    def parse_candles(self, instrument: Instrument, body: bytes, seen: int) -> list[Candle]:
        """Nothing is asked for, so any answer is nonsense."""
        del seen
        raise nonsense(f"{self.title} was not asked for bars of {instrument}", body)

    def stream_of(self, subscription: Subscription) -> str:
        """All tickers share one."""
        return name_of(subscription)

    def plan(self, subscriptions: Iterable[Subscription], running: Sequence[Endpoint] = ()) -> list[Endpoint]:
        """The fewest connections, evenly filled at first; ValueError for what the venue does not have."""
        wanted = frozenset(subscriptions)
        require(wanted)
        lane = Lane(self.ws_url, self.limits.streams_per_connection)
        return plan(wanted, running, lane_of=lambda _: lane, stream_of=self.stream_of)

    def open(self, endpoint: Endpoint) -> FuturesSession:
        """Start a conversation; ValueError for what the venue does not have."""
        require(endpoint.subscriptions)
        return FuturesSession(self.name, self.rest_url, endpoint)
