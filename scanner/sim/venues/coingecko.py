"""CoinGecko from its own side: REST only, thirty calls a minute, a month's credits, and several ways to say no."""

from __future__ import annotations

from typing import NoReturn

from msgspec.structs import replace

from scanner.sim.options import CannotServe
from scanner.sim.venues.base import Answer, MarketView, VenueLimits, Window
from scanner.sim.venues.coingecko_rest import FACES, CoinGeckoRest, Terms

LIMITS = VenueLimits(
    connects=Window(0, 1.0),  # there is no socket to connect to
    messages=(),
    requests=Window(30, 60.0),
    origin=None,
    idle_s=60.0,
    ban_status=403,
)


class CoinGecko:
    """The venue. `terms` say whom it serves and how much; `faces` are its refusals of who asks too often, in turn."""

    name = "coingecko"
    ws_path = "/"
    binary = False

    def __init__(
        self, terms: Terms | None = None, *, faces: tuple[Answer, ...] = FACES, calls_a_minute: int = 30
    ) -> None:
        self.limits = replace(LIMITS, requests=Window(calls_a_minute, 60.0))
        self._terms = terms or Terms()
        self._faces = faces

    def desk(self, path: str = "") -> NoReturn:
        """Nobody gets so far: every handshake is turned away."""
        raise CannotServe(f"{self.name} has no socket at {path!r} or anywhere")

    def converse(self, market: MarketView, path: str = "") -> NoReturn:
        """Nor here."""
        del market
        self.desk(path)

    def rest(self, view: MarketView) -> CoinGeckoRest:
        """Its REST side over this market."""
        return CoinGeckoRest(view, self._terms, self._faces)
