"""Every room's settings in one value: a schema of the rooms' own types, and what an operator made of it, checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from msgspec import Meta, Struct, structs

from scanner.alerts import conditions, episodes, quiet
from scanner.alerts.routes import Route
from scanner.config.errors import ConfigError, nearest, one_of, shown
from scanner.config.load import load
from scanner.config.schema import Assignment, Configuration, Entry, Ordered, Schema, Section, Table, blamed
from scanner.delivery.settings import Deadman
from scanner.detectors import registry as detectors
from scanner.exchanges.base import Exchange
from scanner.exchanges.base import Settings as ExchangeSettings
from scanner.exchanges.registry import EXCHANGES, BadPlugin, add_plugins
from scanner.model.instrument import Instrument
from scanner.model.market import Channel
from scanner.model.units import Count
from scanner.sinks import registry as sinks
from scanner.store import settings as store
from scanner.supervisor import settings as supervisor
from scanner.telemetry import settings as telemetry
from scanner.worker.exclusions import Exclusion

Quote = Annotated[str, Meta(min_length=1, description="a quote currency such as KRW, USDT or BTC")]
Symbol = Annotated[str, Meta(min_length=1, description="a symbol such as BTC/KRW, or a venue's own code")]

CONSOLE = "console"
"""The kind, and the name, of the receiver that is there although nobody configured it."""


class Scanner(Struct, frozen=True, forbid_unknown_fields=True):
    """What is watched."""

    markets: tuple[Quote, ...] = ("KRW",)
    """Every market of these quote currencies."""
    exchanges: tuple[str, ...] = ()
    """Only these venues; empty means every one that lists a wanted market and needs no naming."""
    symbols: tuple[Symbol, ...] = ()
    """Only these instruments, which then also get an order book; empty means all."""
    exclude: tuple[Exclusion, ...] = ("leveraged", "stable", "fiat")
    """Left out unless named in `symbols`: leveraged tokens, pairs of two coins of one currency, pairs of currencies."""
    channels: tuple[Channel, ...] = ("trade",)
    """What is taken for every instrument: each costs subscriptions, traffic and processor time."""


class Books(Struct, frozen=True, forbid_unknown_fields=True):
    """Order books, the dearest channel."""

    top: Count = 30
    """Taken for this many instruments of each venue, those with the largest turnover in 24 hours."""


class Log(Struct, frozen=True, forbid_unknown_fields=True):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json: bool | None = None
    """One JSON object a line. Where it is not set: unless standard error is a terminal."""


class Settings(Struct, frozen=True):
    """Everything the scanner runs by."""

    scanner: Scanner
    books: Books
    exchanges: Mapping[str, ExchangeSettings]
    venues: Mapping[str, Exchange]
    """The wanted ones, as these settings configure them, in the registry's order."""
    rules: Mapping[str, Struct]
    """Name → the settings of its kind of detector."""
    alerts: episodes.Settings
    receivers: Mapping[str, Entry]
    """Name → the kind of sink and its settings."""
    routes: Mapping[str, Route]
    """In the order in which they are asked."""
    state: store.Settings
    deadman: Deadman
    ops_alerts: conditions.Settings
    ops: telemetry.Settings
    supervisor: supervisor.Settings
    log: Log


@cache
def schema() -> Schema:
    """All sections and tables; ConfigError when an installed package brings something unusable."""
    try:
        add_plugins()
        kinds, receivers = detectors.known(), sinks.known()
    except (BadPlugin, ValueError) as error:
        raise ConfigError("installed packages", problem=str(error)) from error
    rules = {rule: Entry(name, settings) for name, kind in kinds.items() for rule, settings in kind.defaults.items()}
    return {
        "scanner": Section(Scanner),
        "books": Section(Books),
        "exchanges": Table(dict.fromkeys(EXCHANGES, ExchangeSettings)),
        "rules": Table({name: kind.settings for name, kind in kinds.items()}, "detector", rules),
        "alerts": Section(episodes.Settings),
        "receivers": Table({name: sink.settings for name, sink in receivers.items()}, "sink"),
        "routes": Ordered(Route),
        "state": Section(store.Settings),
        "deadman": Section(Deadman),
        "ops_alerts": Section(conditions.Settings),
        "ops": Section(telemetry.Settings),
        "supervisor": Section(supervisor.Settings),
        "log": Section(Log),
    }


def configuration(
    *,
    file: str | None = None,
    environment: Mapping[str, str],
    sets: Iterable[str] = (),
    options: Iterable[Assignment] = (),
) -> Configuration:
    """All layers, each value checked by itself, with its origin."""
    return load(schema(), file=file, environment=environment, sets=sets, options=options)


def settle(said: Configuration) -> Settings:
    """The settings of a configuration, checked against each other and the registries; ConfigError otherwise."""
    options = {name: entry.options for name, entry in said.table("exchanges").items()}
    known = {name: _configured(name, options[name], said) for name in EXCHANGES if options[name].enabled}
    wanted = _normal(said.section("scanner"))
    _check_markets(wanted, known, said)
    _check_symbols(wanted, said)
    _check_hearing(known, said)
    return Settings(
        scanner=wanted,
        books=said.section("books"),
        exchanges=options,
        venues=_venues(wanted, known, said),
        rules={name: entry.options for name, entry in said.table("rules").items()},
        alerts=said.section("alerts"),
        receivers=said.table("receivers"),
        routes={name: _normal_route(entry.options) for name, entry in said.table("routes").items()},
        state=said.section("state"),
        deadman=said.section("deadman"),
        ops_alerts=said.section("ops_alerts"),
        ops=said.section("ops"),
        supervisor=said.section("supervisor"),
        log=said.section("log"),
    )


def _normal(wanted: Scanner) -> Scanner:
    """Currencies and symbols in capitals, venues in small letters, nothing twice."""
    return structs.replace(
        wanted,
        markets=tuple(dict.fromkeys(market.upper() for market in wanted.markets)),
        exchanges=tuple(dict.fromkeys(name.lower() for name in wanted.exchanges)),
        symbols=tuple(dict.fromkeys(symbol.upper() for symbol in wanted.symbols)),
    )


def _configured(name: str, options: ExchangeSettings, said: Configuration) -> Exchange:
    try:
        return EXCHANGES[name].configured(options)
    except ValueError as error:
        where = blamed(said.parts["exchanges", name].origins, str(error))
        raise ConfigError(where, problem=str(error)) from error


def _check_markets(wanted: Scanner, known: Mapping[str, Exchange], said: Configuration) -> None:
    quotes = {quote for exchange in known.values() for quote in exchange.quotes}
    if not quotes:
        problem = "every venue that lists markets is disabled"
        raise ConfigError("exchanges", problem=problem, expected="enabled = true for at least one")
    if not wanted.markets:
        raise _wrong("markets", "[]", f"at least {one_of(quotes)}", said)
    for market in wanted.markets:
        if market not in quotes:
            raise _wrong("markets", shown(market), one_of(quotes), said, nearest(market, quotes))


def _check_symbols(wanted: Scanner, said: Configuration) -> None:
    """`BTC/KRW` is read here; a venue's own code is left to the venue, which says so when it does not list it."""
    for symbol in wanted.symbols:
        if "/" not in symbol:
            continue
        try:
            quote = Instrument.parse(symbol).quote
        except ValueError:
            raise _wrong("symbols", shown(symbol), "BASE/QUOTE such as BTC/KRW", said) from None
        if quote not in wanted.markets:
            expected = f"a symbol of the wanted markets, {', '.join(wanted.markets)}"
            base = symbol.partition("/")[0]
            guess = nearest(quote, wanted.markets)
            raise _wrong("symbols", shown(symbol), expected, said, f"{base}/{guess}" if guess else None)


def _venues(wanted: Scanner, known: Mapping[str, Exchange], said: Configuration) -> dict[str, Exchange]:
    """Those that are named, or all that list a wanted market and do not ask to be named."""
    for name in wanted.exchanges:
        if name not in known:
            raise _wrong("exchanges", shown(name), one_of(known), said, nearest(name, known))
        if not _has_something(known[name], wanted):
            lists = ", ".join(sorted(known[name].quotes))
            expected = f"a venue that lists {' or '.join(wanted.markets)} (this one lists {lists})"
            raise _wrong("exchanges", shown(name), expected, said)
    return {
        name: exchange
        for name, exchange in known.items()
        if (name in wanted.exchanges or (exchange.by_default and not wanted.exchanges))
        and _has_something(exchange, wanted)
    }


def _has_something(exchange: Exchange, wanted: Scanner) -> bool:
    """A wanted market, or news of the whole world: one without quote currencies lists no markets, but knows of them."""
    return not exchange.quotes or not exchange.quotes.isdisjoint(wanted.markets)


def receiver_names(receivers: Mapping[str, Entry]) -> list[str]:
    """Everybody who can be named as a receiver: those that are configured, and a console where none of them is one."""
    always = [] if any(entry.kind == CONSOLE for entry in receivers.values()) else [CONSOLE]
    return list(dict.fromkeys([*always, *receivers]))


def _normal_route(route: Route) -> Route:
    """Venues in small letters, currencies in capitals."""
    return structs.replace(
        route,
        exchanges=tuple(name.lower() for name in route.exchanges),
        markets=tuple(market.upper() for market in route.markets),
    )


def _check_hearing(known: Mapping[str, Exchange], said: Configuration) -> None:
    """Routes, the default and quiet hours may name only what there is; which venues are watched does not matter."""
    receivers = said.table("receivers")
    names = receiver_names(receivers)
    _check_names(("alerts", "receivers"), said.section("alerts").receivers, names, said)
    quotes = {quote for exchange in known.values() for quote in exchange.quotes}
    rules = {"alert": {*said.table("rules")}, "ops": {*conditions.RULES}}
    for name, entry in said.table("routes").items():
        route = _normal_route(entry.options)
        there = {"receivers": names, "exchanges": EXCHANGES, "markets": quotes}
        there["rules"] = rules[route.kind] if route.kind else rules["alert"] | rules["ops"]
        for key, candidates in there.items():
            _check_names(("routes", name, key), getattr(route, key), candidates, said)
    for name, entry in receivers.items():
        _check_reading(("receivers", name, "quiet"), entry.options.quiet, quiet.parse, said)
        _check_reading(("receivers", name, "timezone"), entry.options.timezone, quiet.zone, said)


def _check_names(path: tuple[str, ...], names: Iterable[str], known: Collection[str], said: Configuration) -> None:
    for name in names:
        if name not in known:
            guess = nearest(name, known)
            raise ConfigError(said.origin(*path), path, value=shown(name), expected=one_of(known), nearest=guess)


def _check_reading(path: tuple[str, ...], text: str, read: Callable[[str], Any], said: Configuration) -> None:
    """A text that is read where it is used has to be readable from the start."""
    try:
        read(text)
    except ValueError as error:
        guess = nearest(text, available_timezones()) if path[-1] == "timezone" else None
        raise ConfigError(said.origin(*path), path, value=shown(text), problem=str(error), nearest=guess) from error


def _wrong(key: str, value: str, expected: str, said: Configuration, guess: str | None = None) -> ConfigError:
    where = said.origin("scanner", key)
    return ConfigError(where, ("scanner", key), value=value, expected=expected, nearest=guess)
