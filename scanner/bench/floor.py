"""Who hears what, and when: all that a load server's clients have asked for, told at a pace or as fast as they read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from time import time_ns
from typing import Literal, Protocol

import trio
from msgspec import Struct

from scanner.bench.alarm import Alarm, alarm
from scanner.bench.budget import Budget, Numbers
from scanner.bench.coin import Coin, coins
from scanner.bench.feed import Moment, Stream, TradeStream
from scanner.bench.moves import Moves
from scanner.model.moments import SECOND

AT_ONCE = 256
"""Frames of one send where a client reads as fast as it can: 60 kB of trades, 260 kB of books."""
CATCHING_UP = 2_048
"""Frames that leave in one round, at most, when the server has fallen behind its own pace."""
NOMINAL_RATE = 150_000.0
"""Trades a second that the day's totals are made of where there is no pace."""
WORTH = 100_000.0
"""Won in an ordinary trade."""

Kind = Literal["trades", "books", "both"]
TYPES: dict[Kind, frozenset[str]] = {
    "trades": frozenset({"trade"}),
    "books": frozenset({"orderbook"}),
    "both": frozenset({"trade", "orderbook"}),
}
"""What is told at all; a client that asks for more hears nothing of it."""


class Load(Struct, frozen=True, forbid_unknown_fields=True):
    """What a load server is asked to do."""

    instruments: int = 50
    kind: Kind = "trades"
    rate: float = 0.0
    """Frames a second over all connections, each at a moment of its own (exponential gaps); 0 sends as fast as clients
    read."""
    grain_s: float = 0.0
    """With a rate: what is due leaves at most this often. 0 sends every frame when it is due; above some 20,000 frames
    a second, on many connections, that costs the server more than a core."""
    warm_up: int = 0
    """Frames before a pause …"""
    pause_s: float = 0.5
    """… of this length."""
    messages: int = 0
    """Frames after it, over all connections, counted anew when the last client has gone; 0 goes on for ever."""
    moves_per_s: float = 0.0
    """With a rate, and trades: coins that begin to jump in a second (see `moves`). What they say is not counted."""
    tls: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        if self.moves_per_s and not (self.rate and self.kind != "books"):
            raise ValueError("moves need a rate and trades: they are a script in time")
        if self.instruments < 1:
            raise ValueError(f"instruments: {self.instruments}, expected 1 or more")

    def coins(self) -> list[Coin]:
        """The instruments, the same in every process that knows the load."""
        return coins(self.instruments, WORTH)

    @property
    def usual_minute(self) -> float:
        """What one coin turns over in a minute, in won."""
        return 60 * (self.rate or NOMINAL_RATE) / self.instruments * WORTH


class Gone(Exception):
    """The client has left."""


class Line(Protocol):
    """One client, as far as the floor knows it."""

    @property
    def streams(self) -> list[Stream]:
        """What it has asked for."""
        ...

    async def wants(self) -> list[Stream]:
        """The same, once that is anything."""
        ...

    async def tell(self, frames: list[str]) -> None:
        """Send these; returns when they are on their way. `Gone` when the client is."""
        ...


class Floor:
    """All clients of one load server."""

    def __init__(self, load: Load, market: list[Coin]) -> None:
        self._load = load
        self._lines: dict[Line, None] = {}
        """In the order of their coming."""
        self._budget = Budget(load.warm_up, load.pause_s, load.messages)
        self._numbers = Numbers()
        self._news = trio.Event()
        self._dice = Random(load.seed)  # noqa: S311  # a venue's whims, no secret
        self._moves = Moves(market, load.usual_minute, load.moves_per_s, load.seed) if load.moves_per_s else None

    def ask(self, line: Line) -> None:
        """This client wants other streams than before; the first one of an audience has all frames before it."""
        if not self._lines:
            self._budget.renew()
        self._lines[line] = None
        self._news.set()

    def leave(self, line: Line) -> None:
        """It is gone."""
        self._lines.pop(line, None)
        self._news.set()

    def snapshots(self, streams: Sequence[Stream]) -> list[str]:
        """The present state of these; none of them is counted."""
        moment = Moment(time_ns())
        numbers = self._numbers.take(len(streams))
        return [stream.snapshot(moment, number) for stream, number in zip(streams, numbers, strict=True)]

    async def run(self) -> None:
        """Tell everybody at the pace of the load, if it has one."""
        if not self._load.rate:
            return
        with alarm() as clock:
            while True:
                self._news = trio.Event()
                wanted = [(line, stream) for line in self._lines for stream in line.streams]
                if wanted:
                    await self._pace(clock, wanted)
                else:
                    await self._news.wait()

    async def blast(self, line: Line) -> None:
        """Tell one client as fast as it reads, if the load has no pace; `Gone` when it has gone."""
        if self._load.rate:
            return
        turn = 0
        while True:
            streams = await line.wants()
            count = self._budget.draw(AT_ONCE)
            if not count:
                await self._budget.wait()
                continue
            moment = Moment(time_ns())
            numbers = enumerate(self._numbers.take(count), turn)
            await line.tell([streams[place % len(streams)].frame(moment, number) for place, number in numbers])
            turn += count

    async def _pace(self, clock: Alarm, wanted: list[tuple[Line, Stream]]) -> None:
        """As long as the same clients want the same."""
        gap, grain = self._load.rate / SECOND, round(self._load.grain_s * SECOND)
        due = now = clock.now()
        utc = time_ns() - now
        while not self._news.is_set():
            count = 0
            while due <= now and count < CATCHING_UP:
                count += 1
                due += round(self._dice.expovariate(gap))
            granted = self._budget.draw(count)
            if count and not granted:
                await self._budget.wait()
                due = clock.now()  # a pause is no debt
            chosen = [wanted[int(self._dice.random() * len(wanted))] for _ in range(granted)]
            await self._tell(chosen, wanted, utc + now)
            await clock.until(max(due, now + grain))
            now = clock.now()

    async def _tell(self, chosen: list[tuple[Line, Stream]], wanted: list[tuple[Line, Stream]], now: int) -> None:
        """The next frame of each of these, and the jumps that are due, in one send for each client."""
        moment = Moment(time_ns())
        frames: defaultdict[Line, list[str]] = defaultdict(list)
        for (line, stream), number in zip(chosen, self._numbers.take(len(chosen)), strict=True):
            frames[line].append(stream.frame(moment, number))
        for coin, said in self._moves.due(now) if self._moves else ():
            for line, stream in wanted:
                if stream.coin is coin and isinstance(stream, TradeStream):
                    frames[line].append(stream.extraordinary(moment, self._numbers.take(1)[0], said))
        for line, texts in frames.items():
            try:
                await line.tell(texts)
            except Gone:
                self.leave(line)
