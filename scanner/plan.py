"""What settings come to: which worker processes to run, which channels they carry, which receivers hear of alerts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec
from msgspec import structs, to_builtins

from scanner.config.schema import Entry
from scanner.delivery.deadman import Deadman
from scanner.delivery.post import Post
from scanner.model.market import CHANNELS, Channel
from scanner.model.news import digest
from scanner.settings import CONSOLE, Settings, receiver_names
from scanner.sinks import registry as sinks
from scanner.sinks.base import Degraded, Kit, Write
from scanner.sinks.console import ConsoleSettings
from scanner.sinks.ping import Ping
from scanner.supervisor.child import ChildSpec
from scanner.wire.messages import WorkerSpec, encode

WORKER = "scanner.worker.main:run"


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


def posts(
    settings: Settings,
    *,
    write: Write,
    json: bool,
    console: bool,
    degraded: Callable[[str], Degraded],
    known: Mapping[str, Post] = MappingProxyType({}),
) -> dict[str, Post]:
    """The configured receivers, and a console where one is wanted and nobody configured any.

    With `json` every console speaks JSON: its lines share standard output with other JSON lines. `degraded` counts, by
    receiver, what is sent plainer than it was meant to be. Who is among the `known` with the same settings stays the
    very same.
    """
    kinds = sinks.known()
    built: dict[str, Post] = {}
    for name in receiver_names(settings.receivers):
        entry = settings.receivers.get(name) or Entry(CONSOLE, ConsoleSettings())
        if entry.kind == CONSOLE and not console:
            continue
        fingerprint = digest(entry.kind, msgspec.json.encode(entry.options).decode())
        if name in known and known[name].fingerprint == fingerprint and not _reads_a_file(entry):
            built[name] = known[name]
            continue
        options = structs.replace(entry.options, json=True) if entry.kind == CONSOLE and json else entry.options
        kind = kinds[entry.kind]
        built[name] = Post(
            name=name,
            sink=kind.build(options, Kit(name, write, degraded(name))),
            settings=options,
            pace=kind.pace,
            durable=kind.durable,
            fingerprint=fingerprint,
        )
    return built


def _reads_a_file(entry: Entry) -> bool:
    """Its settings name a template, whose text may have changed while they have not."""
    return bool(getattr(entry.options, "template_file", ""))


def unrouted(settings: Settings) -> tuple[str, ...]:
    """Receivers that no route leaves out: the console that nobody configured shows what happens."""
    return tuple(name for name in receiver_names(settings.receivers) if name not in settings.receivers)


def deadman(settings: Settings, healthy: Callable[[], bool]) -> Deadman | None:
    """Who is called while all is well; None where nobody is to be."""
    if not settings.deadman.url:
        return None
    return Deadman(Ping(settings.deadman.url), healthy, settings.deadman.every)


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
