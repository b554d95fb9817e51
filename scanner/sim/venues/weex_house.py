"""WEEX's spot house from the venue's side: its third protocol, with what nobody knows of it open to choice."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.base import MarketView, VenueLimits, Window
from scanner.sim.venues.weex_desk import SPOT, Manners, WeexDesk
from scanner.sim.venues.weex_rest import WeexRest
from scanner.sim.venues.weex_telling import WeexTeller
from scanner.sim.venues.weex_words import code_of

LIMITS = VenueLimits(
    connects=Window(300, 300.0),
    messages=(),
    requests=Window(500, 10.0),
    origin=None,
    idle_s=600.0,  # never reached by a connection that carries anything: the venue's own pings keep it
    idle_code=1006,
    operations=(Window(240, 3_600.0),),
    connections=20,
    unsubscribed_s=60.4,
    beat_s=60.0,
    beats_missed=11,  # more than ten
    user_agent=True,
    ban_status=429,
)


class Weex:
    """The venue. `dead` codes are confirmed and silent, as all are that were delisted; `halted` ones are not traded."""

    name = "weex"
    ws_path = "/v3/ws/public"
    binary = False
    limits = LIMITS
    dialect = SPOT
    teller = WeexTeller

    def __init__(self, manners: Manners | None = None, *, dead: Iterable[str] = (), halted: Iterable[str] = ()) -> None:
        self.manners = manners or Manners()
        self._dead = frozenset(dead)
        self.halted = frozenset(halted)

    def desk(self, path: str = "") -> WeexDesk:
        """For one new connection to a recording, which has no clock."""
        del path
        return WeexDesk(self.manners, lambda: 0, dialect=self.dialect)

    def converse(self, market: SimulatedMarket, path: str = "") -> tuple[WeexDesk, WeexTeller]:
        """For one new connection to a simulated market."""
        del path

        def known() -> frozenset[str]:
            return self._dead.union(code_of(one.instrument) for one in market.ever_listed)

        desk = WeexDesk(self.manners, lambda: market.now_ms, known, self.dialect)
        return desk, self.teller(market, desk, self._dead)

    def rest(self, view: MarketView) -> WeexRest:
        """Its REST side over this market."""
        return WeexRest(view, self.halted, self.manners)
