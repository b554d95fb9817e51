"""MEXC (spot) from its own side: protobuf in binary frames, JSON in text frames, thirty streams a connection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from urllib.parse import parse_qs, urlsplit

from scanner.model.instrument import Instrument
from scanner.sim.ledger import Fill
from scanner.sim.market import Happening, SimulatedMarket
from scanner.sim.venues.base import Frame, MarketView, VenueLimits, Window
from scanner.sim.venues.mexc_desk import MexcDesk, Stream, codes
from scanner.sim.venues.mexc_rest import MexcRest
from scanner.sim.venues.mexc_streams import PUSHES, ChangedMinis, NamedDeals, Push

LIMITS = VenueLimits(
    connects=Window(100, 1.0),
    messages=(Window(100, 1.0),),
    requests=Window(500, 10.0),
    origin=None,
    idle_s=60.0,
    idle_code=1006,
    excess_code=1006,
    unsubscribed_s=30.0,
    lifetime_s=86_400.0,
)

_Make = Callable[[SimulatedMarket, Stream, Instrument | None], Push]


class MexcTeller:
    """Tells one connection what its desk has granted."""

    def __init__(self, market: SimulatedMarket, desk: MexcDesk, pushes: Mapping[str, _Make]) -> None:
        self._market = market
        self._desk = desk
        self._make = pushes
        self._pushes: dict[str, Push] = {}
        self._about: dict[Instrument, list[Push]] = {}
        self._about_all: list[Push] = []

    def snapshots(self) -> list[Frame]:
        """Nothing: no stream begins with the state of things. From now on `tell` tells the new set."""
        listed = codes(entry.instrument for entry in self._market.entries)
        wanted = self._desk.wanted
        self._pushes = {
            name: self._pushes.get(name) or self._make[stream.kind](self._market, stream, listed.get(stream.code))
            for name, stream in wanted.items()
        }
        self._about, self._about_all = {}, []
        for push in self._pushes.values():
            code = push.stream.code
            (self._about.setdefault(push.instrument, []) if code else self._about_all).append(push)
        return []

    def tell(self, happenings: Iterable[Happening]) -> list[Frame]:
        """Let every stream note what concerns it; then those speak whose time has come."""
        for happening in happenings:
            about = self._about.get(happening.instrument, [])
            for push in (*about, *self._about_all) if isinstance(happening, Fill) else about:
                push.note(happening)
        said = (push.due() for push in self._pushes.values() if push.stirred)
        return [frame for frame in said if frame is not None]

    def books(self) -> Collection[Instrument]:
        """Whose book changes this connection wants to hear of."""
        return {push.instrument for push in self._pushes.values() if push.books}


class Mexc:
    """The venue. What nobody has written down for certain is done one way, or with an option the other."""

    name = "mexc"
    ws_path = "/ws"
    binary = True
    limits = LIMITS

    def __init__(
        self, *, trade_ids: bool = False, whole_tickers: bool = True, acknowledges_excess: bool = True
    ) -> None:
        self._acknowledges_excess = acknowledges_excess
        self._pushes: dict[str, _Make] = {**PUSHES}
        if trade_ids:
            self._pushes["aggre.deals"] = NamedDeals
        if not whole_tickers:
            self._pushes["miniTickers"] = ChangedMinis

    def desk(self, path: str = "") -> MexcDesk:
        """For one new connection to a recording."""
        return MexcDesk(bad_key=_has_key(path))

    def converse(self, market: SimulatedMarket, path: str = "") -> tuple[MexcDesk, MexcTeller]:
        """For one new connection to a simulated market."""
        desk = MexcDesk(
            lambda: codes(entry.instrument for entry in market.entries),
            acknowledges_excess=self._acknowledges_excess,
            bad_key=_has_key(path),
        )
        return desk, MexcTeller(market, desk, self._pushes)

    def rest(self, view: MarketView) -> MexcRest:
        """Its REST side over this market."""
        return MexcRest(view)


def _has_key(path: str) -> bool:
    return "listenKey" in parse_qs(urlsplit(path).query, keep_blank_values=True)
