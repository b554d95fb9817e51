"""CoinGecko as an `Exchange`: one that lists no markets and opens no socket, and is asked by REST for what it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from scanner.exchanges.base import Endpoint, Limits, Poll, Request, Session, Settings
from scanner.exchanges.coingecko.credits import paces
from scanner.exchanges.coingecko.rest import read_overview, read_top, read_trending
from scanner.exchanges.coingecko.spec import FASTEST_S, GLOBAL, REQUESTS, SHARES, TARIFFS, TOP, TRENDING, Tariff
from scanner.exchanges.nonsense import nonsense
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Coin, Event, Market, Overview, Subscription, Ticker, Trade
from scanner.model.web import check_url, redacted

READERS: dict[str, Callable[[bytes, str, int], list[Overview] | list[Coin]]] = {
    GLOBAL: read_overview,
    TOP: read_top,
    TRENDING: read_trending,
}
HIDDEN = "***"
SHORTEST_KEY = 8
"""Real ones are three times as long; what is shorter is a slip, and could not be hidden in a text without harm."""


class CoinGecko(Struct, frozen=True):
    """A tariff at an address. Its key is shown by no `repr`.

    An answer that takes longer than `connect_timeout`, which is for a whole call, is given up: its credits are spent,
    and what was told last stands until the next question.
    """

    tariff: Tariff
    rest_url: str
    key: str = ""
    poll_s: float = 0.0
    """Between two questions about the top, the others keeping their distance to it; 0 is what the tariff can pay."""

    def __repr__(self) -> str:
        return f"CoinGecko({self.rest_url!r}, key={HIDDEN if self.key else 'none'}, poll_s={self.poll_s!r})"

    @classmethod
    def of(cls, tariff: Tariff) -> CoinGecko:
        """As it is without any settings."""
        return cls(tariff, tariff.rest_url)

    @property
    def name(self) -> str:
        """The key in the registry and in every event."""
        return "coingecko"

    @property
    def title(self) -> str:
        """For people."""
        return "CoinGecko"

    @property
    def by_default(self) -> bool:
        """It is asked only where somebody names it: what it allows is shared by all behind one address."""
        return False

    @property
    def channels(self) -> frozenset[Channel]:
        """None: what it tells is about no market in particular."""
        return frozenset()

    @property
    def quotes(self) -> frozenset[str]:
        """None: nothing is traded here."""
        return frozenset()

    @property
    def limits(self) -> Limits:
        """What the tariff allows."""
        return self.tariff.limits

    @property
    def ws_url(self) -> str:
        """It has no socket."""
        return ""

    def configured(self, settings: Settings) -> CoinGecko:
        """With these settings, empty ones meaning the first tariff's own; ValueError names key and value."""
        region = settings.region.lower() or next(iter(TARIFFS))
        if region not in TARIFFS:
            raise _wrong("region", settings.region, f"one of {', '.join(TARIFFS)}")
        for name in ("format", "streams_per_connection", "trades_top"):
            if value := getattr(settings, name):
                raise _wrong(name, value, "nothing, for it has no streams")
        if settings.shards != 1:
            raise _wrong("shards", settings.shards, "1, for each would ask for the same")
        if 0 < settings.poll < FASTEST_S:
            raise _wrong("poll", settings.poll, f"at least {FASTEST_S:g} s, or 0 for what its credits can pay")
        tariff = TARIFFS[region]
        address = _address(settings.rest_url or tariff.rest_url)
        return CoinGecko(tariff, address, _key(settings.key, tariff), settings.poll)

    def page(self, instrument: Instrument) -> str:
        """None: nothing is traded here."""
        del instrument
        return ""

    def markets_request(self) -> None:
        """There is no catalogue."""

    def parse_markets(self, body: bytes) -> list[Market]:
        """Nobody asks, so any answer is nonsense."""
        raise nonsense(f"{self.title} lists no markets", body)

    def tickers_requests(self, markets: Sequence[Market]) -> list[Request]:
        """None: it knows no market of any venue."""
        del markets
        return []

    def parse_tickers(self, body: bytes, seen: int) -> list[Ticker]:
        """Nobody asks, so any answer is nonsense."""
        del seen
        raise nonsense(f"{self.title} has no tickers", body)

    def trades_request(self, instrument: Instrument) -> None:
        """It sees no trades."""

    def parse_trades(self, instrument: Instrument, body: bytes, seen: int) -> list[Trade]:
        """Nobody asks, so any answer is nonsense."""
        del instrument, seen
        raise nonsense(f"{self.title} sees no trades", body)

    def candles_request(self, instrument: Instrument, count: int) -> None:
        """It knows no market of any venue."""

    def parse_candles(self, instrument: Instrument, body: bytes, seen: int) -> list[Candle]:
        """Nobody asks, so any answer is nonsense."""
        del instrument, seen
        raise nonsense(f"{self.title} has no bars", body)

    def polls(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Always the same three, whatever is subscribed elsewhere."""
        del subscriptions
        every_s = self._paces()
        return [Poll(tag, self._addressed(request), every_s[tag]) for tag, request in REQUESTS.items()]

    def fallback(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Nothing: it has no streams that could be refused."""
        del subscriptions
        return []

    def parse_polled(self, tag: str, body: bytes, seen: int) -> list[Event]:
        """An overview, or coins. TurnedAway, which is a RemoteNonsense, quotes a refusal, however it is dressed."""
        hidden = body.replace(self.key.encode(), HIDDEN.encode()) if self.key else body  # a refusal may quote it
        if tag not in READERS:
            raise nonsense(f"{self.title} is not asked for {tag!r}", hidden)
        return [*READERS[tag](hidden, self.name, seen)]

    def stream_of(self, subscription: Subscription) -> str:
        """It has no streams."""
        del subscription
        return ""

    def plan(self, subscriptions: Iterable[Subscription], running: Sequence[Endpoint] = ()) -> list[Endpoint]:
        """No connections; ValueError for any subscription."""
        for one in subscriptions:
            raise ValueError(f"{self.name} has no channel {one.channel!r}: it has none at all")
        return [replace(endpoint, subscriptions=()) for endpoint in running]

    def open(self, endpoint: Endpoint) -> Session:
        """ValueError: there is nobody to talk to."""
        raise ValueError(f"{self.name} has no socket at {endpoint.url!r} or anywhere")

    def _paces(self) -> dict[str, float]:
        """Seconds between two questions of each kind."""
        paid = paces(self.tariff.credits, SHARES)
        return {tag: self.poll_s * SHARES[TOP] / share for tag, share in SHARES.items()} if self.poll_s else paid

    def _addressed(self, request: Request) -> Request:
        headers = {self.tariff.header: self.key} if self.key else {}
        return replace(request, url=self.rest_url + request.url, headers=headers)


def _key(key: str, tariff: Tariff) -> str:
    """It goes into a header, so it must fit there; no complaint repeats it."""
    if key and not (key.isascii() and key.isprintable() and " " not in key and len(key) >= SHORTEST_KEY):
        raise _wrong("key", HIDDEN, f"at least {SHORTEST_KEY} printable ASCII characters, without spaces")
    if tariff.needs_key and not key:
        raise _wrong("key", "", 'the key of a paid plan, for region = "pro" answers to nothing else')
    return key


def _address(url: str) -> str:
    try:
        check_url(url, ("http", "https"))
    except ValueError as error:
        raise _wrong("rest_url", redacted(url), str(error)) from None
    return url.rstrip("/")


def _wrong(key: str, value: object, expected: str) -> ValueError:
    return ValueError(f"exchanges.coingecko.{key} = {value!r}: expected {expected}")


COINGECKO = CoinGecko.of(next(iter(TARIFFS.values())))
