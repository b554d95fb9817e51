"""CoinGecko: where it is, what it allows whom, and what is asked of it."""

from __future__ import annotations

from msgspec import Struct

from scanner.exchanges.base import Limits, Request, Window

GLOBAL, TOP, TRENDING = "global", "top", "trending"
"""What is asked for."""

SHARES = {GLOBAL: 1 / 3, TOP: 1 / 2, TRENDING: 1 / 6}
"""Parts of the calls: prices move fastest. Free of charge that is every 15, 10 and 30 minutes."""

COINS = 100
"""Coins of the top; one page could hold 250."""

REQUESTS = {
    GLOBAL: Request("/api/v3/global"),
    TOP: Request(
        "/api/v3/coins/markets",
        {
            "vs_currency": "usd",
            "order": "market_cap_desc",
            "per_page": str(COINS),
            "page": "1",
            "price_change_percentage": "1h,24h,7d",
        },
    ),
    TRENDING: Request("/api/v3/search/trending"),
}
"""Below the address of a tariff."""

FASTEST_S = 10.0
"""Prices are cached for about a minute, everything else for ten: more is a waste for both sides."""
BLOCK_S = 600.0
"""No longer do we stay away, whatever a `Retry-After` says."""


class Tariff(Struct, frozen=True):
    """What an address gives, and to whom."""

    rest_url: str
    header: str
    """Where it wants its key, which it does not want in an address."""
    credits: int
    """Calls a month."""
    calls_a_minute: int
    needs_key: bool = False

    @property
    def limits(self) -> Limits:
        """As data for the limiters; there are no sockets."""
        requests = (Window(self.calls_a_minute, 60.0),)
        return Limits(connects=(), messages=(), requests=requests, streams_per_connection=0, block_s=BLOCK_S)


TARIFFS = {
    # The month is what other people's tables say, the minute the lowest number that the venue ever said to key holders.
    "public": Tariff("https://api.coingecko.com", "x-cg-demo-api-key", 10_000, 30),
    # The smallest that is paid for.
    "pro": Tariff("https://pro-api.coingecko.com", "x-cg-pro-api-key", 100_000, 250, needs_key=True),
}
"""Settings call them regions. The first is the default; it takes a demo key, and does without one."""
