"""`bench ingest`: from the socket to parsed events, our road beside those of other libraries, on the same frames.

Blasts measure what a message costs when there is always a next one; paced rows what it costs when a venue sends one now
and one then, which is a scanner's ordinary life and mostly the price of waking up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import trio
from msgspec import Struct
from msgspec.structs import asdict

from scanner.bench.child import ChildFailed, serving, work
from scanner.bench.floor import Kind, Load
from scanner.bench.meter import Task
from scanner.bench.rows import OURS, Row, report

SERVER = "scanner.bench.server:serve"
INSTRUMENTS = 50
"""What one connection of ours carries."""
PATIENCE_S = 60.0
"""Far above what the slowest contender takes on a busy machine."""
MOST_S = 345.0
"""For all passes together: with a last answer that comes late, still within six minutes."""
NO_TLS = "trustme, which makes the certificate, is not installed; it comes with: pip install -e '.[bench]'"


class PeersMissing(ChildFailed):
    """What is to be compared with is not installed."""


class Contender(Struct, frozen=True):
    """Somebody who reads."""

    name: str
    target: str
    """What a child runs."""
    packages: tuple[str, ...] = ()
    """What it is made of, by the names of its distributions."""
    share: float = 1.0
    """Of a blast: who needs long for each message gets fewer of them."""


US = Contender(OURS, "scanner.bench.ours:run")
TRIO_WEBSOCKET = Contender("trio_websocket", "scanner.bench.peers.trio_websocket:run", ("trio-websocket",), share=0.1)
CRYPTOFEED = Contender("cryptofeed", "scanner.bench.peers.cryptofeed:run", ("websockets", "cryptofeed"), share=0.2)
CCXT = Contender("ccxt", "scanner.bench.peers.ccxt:run", ("aiohttp", "ccxt"), share=0.1)
PICOWS = Contender("picows", "scanner.bench.peers.picows:run", ("picows", "msgspec"))
ALL = (TRIO_WEBSOCKET, CRYPTOFEED, CCXT, PICOWS)


class Measure(Struct, frozen=True):
    """One row: a load, and who is compared on it."""

    name: str
    kind: Kind
    messages: int
    warm_up: int
    peers: tuple[Contender, ...]
    rate: float = 0.0
    tls: bool = False

    @property
    def is_blast(self) -> bool:
        """Whether everybody reads as fast as it can."""
        return not self.rate

    def load(self, contender: Contender) -> Load:
        """What the server sends to this one."""
        messages = round(self.messages * contender.share) if self.is_blast else self.messages
        return Load(
            instruments=INSTRUMENTS,
            kind=self.kind,
            rate=self.rate,
            warm_up=self.warm_up,
            messages=messages,
            tls=self.tls,
        )


MEASURES = (
    Measure("blast_trades", "trades", 100_000, 2_000, ALL),
    Measure("blast_books", "books", 30_000, 1_000, ALL),
    Measure("paced_tls", "trades", 10_000, 1_000, (TRIO_WEBSOCKET, PICOWS), rate=5_000, tls=True),
    Measure("paced_plain", "trades", 900, 100, (TRIO_WEBSOCKET, PICOWS), rate=300),
)


async def run(
    passes: int,
    say: Callable[[str], None],
    *,
    peers: bool,
    measures: Sequence[Measure] = MEASURES,
    most_s: float = MOST_S,
) -> dict[str, Any]:
    """All measures, so many times; contenders take turns, another one first in each pass.

    PeersMissing when peers are wanted and not all are installed. A pass that would not end within `most_s` seconds is
    not begun, and the report says so.
    """
    versions = _versions([peer for measure in measures for peer in measure.peers]) if peers else {}
    left_out = {} if find_spec("trustme") else {each.name: NO_TLS for each in measures if each.tls}
    measured = [measure for measure in measures if measure.name not in left_out]
    rows = {measure.name: Row(measure.name) for measure in measured}
    deadline, longest, done = trio.current_time() + most_s, 0.0, 0
    async with AsyncExitStack() as open_servers:
        servers = _Servers(open_servers)
        while done < passes and (began := trio.current_time()) + longest <= deadline:
            for measure in measured:
                for contender in _in_turn([US, *(measure.peers if peers else ())], done):
                    say(f"pass {done + 1} of {passes}: {measure.name}, {contender.name}")
                    rows[measure.name].note(contender.name, await _measure(servers, measure, contender))
            longest = max(longest, trio.current_time() - began)
            done += 1
    if done < passes:
        left_out["passes"] = f"{passes - done} of {passes}: all together take {most_s:g} s at most"
    more = {"left_out": left_out} if left_out else {}
    return report("ingest", done, rows.values(), versions=versions, **more)


class _Servers:
    """One server for each load, started when it is first needed; idle ones cost nothing but memory."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._running: dict[Load, dict[str, Any]] = {}

    async def place(self, load: Load) -> dict[str, Any]:
        """Where it is."""
        if load not in self._running:
            self._running[load] = await self._stack.enter_async_context(serving(SERVER, asdict(load)))
        return self._running[load]


async def _measure(servers: _Servers, measure: Measure, contender: Contender) -> dict[str, Any]:
    """One contender's figures of one pass."""
    load = measure.load(contender)
    place = await servers.place(load)
    task = Task(
        ws=place["ws"],
        rest=place["rest"],
        ca=place["ca"],
        kind=load.kind,
        instruments=load.instruments,
        warm_up=load.warm_up,
        messages=load.messages,
        late=not measure.is_blast,
    )
    return await work(contender.target, asdict(task), patience_s=PATIENCE_S)


def _in_turn(contenders: list[Contender], number: int) -> Iterator[Contender]:
    """All of them, another one first each time."""
    first = number % len(contenders)
    yield from contenders[first:] + contenders[:first]


def _versions(peers: Sequence[Contender]) -> dict[str, str]:
    """Of everything that the peers are made of; PeersMissing names what is not there."""
    found: dict[str, str] = {}
    missing: dict[str, None] = {}
    for package in dict.fromkeys(package for peer in peers for package in peer.packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            missing[package] = None
    if missing:
        raise PeersMissing(f"not installed: {', '.join(missing)}; the peers come with: pip install -e '.[bench]'")
    return found
