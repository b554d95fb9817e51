"""OKX from its own side: two sockets, text frames, a confirmation for each stream, and 480 changes an hour."""

from __future__ import annotations

from itertools import count

from msgspec.structs import replace

from scanner.sim.chance import mix
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.base import MarketView, VenueLimits, Window
from scanner.sim.venues.okx_desk import PUBLIC, Manners, OkxDesk
from scanner.sim.venues.okx_rest import OkxRest
from scanner.sim.venues.okx_telling import OkxTeller
from scanner.sim.venues.okx_words import code_of

LIMITS = VenueLimits(
    connects=Window(3, 1.0),
    messages=(),
    requests=Window(20, 2.0),
    origin=None,
    idle_s=30.0,
    idle_code=4004,
    operations=(Window(480, 3_600.0),),
    unsubscribed_s=30.0,
)
NOTICE_S = 60.0
"""How long before its works the venue gives notice; older documents say 30."""


class Okx:
    """The venue. `works_s`, unless 0, is the age at which it closes connections for works, as it does now and then."""

    name = "okx"
    ws_path = PUBLIC
    binary = False

    def __init__(self, manners: Manners | None = None, works_s: float = 0.0) -> None:
        self.limits = replace(LIMITS, lifetime_s=works_s, notice_s=NOTICE_S if works_s else 0.0)
        self._manners = manners or Manners()
        self._connections = count(1)

    def desk(self, path: str = PUBLIC) -> OkxDesk:
        """For one new connection to a recording."""
        return OkxDesk(path, self._connection(), self._manners)

    def converse(self, market: SimulatedMarket, path: str = PUBLIC) -> tuple[OkxDesk, OkxTeller]:
        """For one new connection to a simulated market."""

        def listed() -> frozenset[str]:
            return frozenset(code_of(entry.instrument) for entry in market.entries)

        desk = OkxDesk(path, self._connection(), self._manners, listed)
        return desk, OkxTeller(market, desk)

    def rest(self, view: MarketView) -> OkxRest:
        """Its REST side over this market."""
        return OkxRest(view)

    def _connection(self) -> str:
        """Eight hexadecimal digits, another eight for each connection."""
        return f"{mix(next(self._connections)) & 0xFFFFFFFF:08x}"
