"""What a route asks of a piece of news: its conditions, each held against it with what was asked and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from msgspec import Struct, field

from scanner.alerts.globs import SymbolGlob, fits_symbol
from scanner.model.alert import SEVERITIES, Alert, Severity
from scanner.model.news import Trouble
from scanner.model.units import Money

OF_COINS = ("markets", "symbols", "min_turnover")
"""Conditions that nothing the scanner says about itself can meet."""


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a route is for and who hears of it. A condition that is not set is met by everything."""

    kind: Literal["alert", "ops"] | None = None
    """`alert` about coins and markets, or `ops` about the scanner itself."""
    rules: tuple[str, ...] = ()
    """One of these rules; for ops alerts, one of these troubles."""
    severity: Severity = "info"
    """At least so severe."""
    exchanges: tuple[str, ...] = ()
    """One of these venues led."""
    markets: tuple[str, ...] = ()
    """Traded for one of these quote currencies."""
    symbols: tuple[SymbolGlob, ...] = ()
    """Fits one of these."""
    min_turnover: Money = 0.0
    """At least so much was traded in 24 hours, in quote currency; where that is unknown, it is not met."""
    receivers: tuple[str, ...]
    """Who hears of what meets all conditions."""
    goes_on: bool = field(default=False, name="continue")
    """Whether the routes after this one are asked, too."""

    def __post_init__(self) -> None:
        """ValueError for a route that leads nowhere, or that nothing can take."""
        if not self.receivers:
            raise ValueError("receivers: a route without receivers leads nowhere; alerts.mute and silences hide things")
        wanted = [key for key in OF_COINS if getattr(self, key)]
        if self.kind == "ops" and wanted:
            raise ValueError(f"{wanted[0]}: an ops alert is about no coin, so it would never take this route")

    @property
    def takes_everything(self) -> bool:
        """Whether it has no condition, and leaves nothing to the routes after it."""
        return self == Route(receivers=self.receivers)


class Check(Struct, frozen=True):
    """One condition of a route, held against one piece of news."""

    condition: str
    """The key."""
    asked: str
    found: str
    fits: bool

    @property
    def sentence(self) -> str:
        """For people, where it does not fit: `severity: warning is not high or more`."""
        return f"{self.condition}: {self.found} is not {self.asked}"


def checked(route: Route, news: Alert | Trouble) -> Iterator[Check]:
    """Each condition that the route sets, in its order, and whether the news meets it."""
    if route.kind is not None:
        kind = "alert" if isinstance(news, Alert) else "ops"
        yield Check("kind", route.kind, kind, kind == route.kind)
    if route.rules:
        yield _one_of("rules", route.rules, news.rule)
    if route.severity != SEVERITIES[0]:
        enough = SEVERITIES.index(news.severity) >= SEVERITIES.index(route.severity)
        yield Check("severity", f"{route.severity} or more", news.severity, enough)
    if route.exchanges:
        yield _one_of("exchanges", route.exchanges, news.exchange)
    for key in OF_COINS:
        if getattr(route, key):
            nothing = Check(key, "about a coin", "an ops alert", fits=False)
            yield _OF_COIN[key](route, news) if isinstance(news, Alert) else nothing


def _market(route: Route, alert: Alert) -> Check:
    return _one_of("markets", route.markets, alert.instrument.quote)


def _symbol(route: Route, alert: Alert) -> Check:
    fits = any(fits_symbol(glob, alert.instrument) for glob in route.symbols)
    return Check("symbols", _either(route.symbols), str(alert.instrument), fits)


def _turnover(route: Route, alert: Alert) -> Check:
    quote, turnover = alert.instrument.quote, alert.turnover_24h
    found = f"{turnover:,.0f} {quote}" if turnover else "unknown"
    asked = f"{route.min_turnover:,.0f} {quote} or more in 24 hours"
    return Check("min_turnover", asked, found, turnover >= route.min_turnover)


def _one_of(condition: str, known: tuple[str, ...], found: str) -> Check:
    return Check(condition, _either(known), found or "none", found in known)


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names)


_OF_COIN: Mapping[str, Callable[[Route, Alert], Check]] = {
    "markets": _market,
    "symbols": _symbol,
    "min_turnover": _turnover,
}
