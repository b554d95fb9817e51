"""What settings come to: which worker processes to run, which channels they carry, which receivers hear of alerts."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs, to_builtins

from scanner.config.schema import Entry
from scanner.model.market import CHANNELS, Channel
from scanner.settings import Settings
from scanner.sinks import registry as sinks
from scanner.sinks.base import Sink
from scanner.sinks.console import ConsoleSettings, Write
from scanner.supervisor.child import ChildSpec
from scanner.wire.messages import WorkerSpec, encode

WORKER = "scanner.worker.main:run"
CONSOLE = "console"
"""The kind of receiver that is always there, configured or not, unless a board shows the alerts."""


def workers(settings: Settings, urls: Mapping[str, Mapping[str, str]]) -> list[ChildSpec]:
    """One per exchange and shard; `urls` (exchange → rest_url, ws_url) take the place of configured addresses."""
    return [
        ChildSpec(name, shard, WORKER, encode(_worker(settings, name, shard, urls.get(name, {}))))
        for name in settings.venues
        for shard in range(settings.exchanges[name].shards)
    ]


def channels(settings: Settings, exchange: str) -> tuple[Channel, ...]:
    """What a venue's workers will carry, in the usual order."""
    symbols, venue = settings.scanner.symbols, settings.venues[exchange]
    books: tuple[Channel, ...] = ("orderbook",) if settings.books.top or symbols else ()
    trades_top = settings.exchanges[exchange].trades_top or venue.limits.trades_top
    rest: tuple[Channel, ...] = ("ticker",) if trades_top and not symbols else ()
    wanted = {*settings.scanner.channels, *books, *rest}
    return tuple(channel for channel in CHANNELS if channel in wanted & venue.channels)


def receivers(settings: Settings, *, write: Write, json: bool, console: bool) -> dict[str, Sink]:
    """The configured receivers, and a console where one is wanted and nobody configured any.

    With `json` every console speaks JSON: its lines share standard output with other JSON lines.
    """
    kinds = sinks.known()
    named = dict(settings.receivers)
    if all(entry.kind != CONSOLE for entry in named.values()):
        named = {CONSOLE: Entry(CONSOLE, ConsoleSettings()), **named}
    built: dict[str, Sink] = {}
    for name, entry in named.items():
        if entry.kind != CONSOLE:
            built[name] = kinds[entry.kind].build(entry.options, write)
        elif console:
            options = structs.replace(entry.options, json=True) if json else entry.options
            built[name] = kinds[CONSOLE].build(options, write)
    return built


def _worker(settings: Settings, name: str, shard: int, urls: Mapping[str, str]) -> WorkerSpec:
    exchange = structs.replace(settings.exchanges[name], **urls)
    return WorkerSpec(
        exchange=name,
        shard=shard,
        shards=exchange.shards,
        markets=settings.scanner.markets,
        symbols=settings.scanner.symbols,
        channels=settings.scanner.channels,
        books_top=settings.books.top,
        exclude=settings.scanner.exclude,
        settings=to_builtins(exchange),
        log_level=settings.log.level,
        log_json=settings.log.json,
    )
