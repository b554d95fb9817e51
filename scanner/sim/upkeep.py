"""What a venue does to a connection by the clock: signs of life, pings, patience with the silent, and its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import trio

from scanner.sim.venues.base import BEAT_S, Desk, Frame, VenueLimits

POLICY_VIOLATION = 1008
GOING_AWAY = 1001
NOTICE_S = 15.0
"""How long before the end notice is given when a venue's servers are changed; what has been documented is longer."""


class Line(Protocol):
    """The connection, as far as its upkeep needs to know."""

    @property
    def desk(self) -> Desk:
        """Where its requests are read."""
        ...

    @property
    def used(self) -> float:
        """When the last byte went either way."""
        ...

    async def say(self, frame: Frame) -> None:
        """Send one frame."""
        ...

    async def ping(self) -> None:
        """Send a WebSocket PING; returns when its PONG is there."""
        ...

    async def end(self, code: int, reason: str) -> None:
        """Close it."""
        ...


class Upkeep:
    """The lives of one connection that nothing but time drives. It is told what was heard."""

    def __init__(self, line: Line, limits: VenueLimits) -> None:
        self._line = line
        self._limits = limits
        self._wants_beats = trio.Event()
        self._retired = trio.Event()
        self._unanswered = 0
        self._carried = trio.current_time()

    @property
    def lives(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What has to run beside the conversation, by what the venue does at all."""
        limits = self._limits
        return [self._beat_on_demand, self._watch, self._go_when_told] + [
            life
            for life, wanted in (
                (self._watch_streams, limits.unsubscribed_s),
                (self._grow_old, limits.lifetime_s),
                (self._ping, limits.ping_s),
                (self._beat, limits.beat_s),
            )
            if wanted
        ]

    def retire(self) -> None:
        """Its server is going to stop."""
        self._retired.set()

    def hears(self) -> None:
        """A message is there, not yet obeyed."""
        if self._line.desk.streams:
            self._carried = trio.current_time()

    def heard(self, *, beats: bool, answer: bool) -> None:
        """It asked for signs of life, or answered one."""
        if beats:
            self._wants_beats.set()
        if answer:
            self._unanswered = 0

    async def _beat_on_demand(self) -> None:
        """Once asked for, a sign of life again and again, whatever else is wrong."""
        await self._wants_beats.wait()
        while True:
            await trio.sleep(BEAT_S)
            await self._line.say(self._line.desk.beat())

    async def _beat(self) -> None:
        """Unasked signs of life to whoever carries a stream, as long as they are answered."""
        while True:
            await trio.sleep(self._limits.beat_s)
            if not self._line.desk.streams:
                continue
            if 0 < self._limits.beats_missed <= self._unanswered:
                await self._line.end(self._limits.idle_code, "no answer to pings")
            self._unanswered += 1
            await self._line.say(self._line.desk.beat())

    async def _ping(self) -> None:
        """Pings overlap, for a venue's patience is longer than its pace."""
        async with trio.open_nursery() as pings:
            while True:
                await trio.sleep(self._limits.ping_s)
                pings.start_soon(self._ping_once)

    async def _ping_once(self) -> None:
        with trio.move_on_after(self._limits.pong_s) as patience:
            await self._line.ping()
        if patience.cancelled_caught:
            await self._line.end(POLICY_VIOLATION, "Pong timeout")

    async def _watch(self) -> None:
        """Nobody keeps a line open for nothing."""
        patience_s = self._limits.idle_s
        while True:
            await trio.sleep_until(self._line.used + patience_s)
            if trio.current_time() >= self._line.used + patience_s:
                await self._line.end(self._limits.idle_code, "idle")

    async def _watch_streams(self) -> None:
        """Nor for one who wants nothing."""
        patience_s = self._limits.unsubscribed_s
        while True:
            await trio.sleep_until(self._carried + patience_s)
            if self._line.desk.streams:
                self._carried = trio.current_time()
            elif trio.current_time() >= self._carried + patience_s:
                await self._line.end(self._limits.idle_code, "no subscription")

    async def _grow_old(self) -> None:
        """Nobody stays for ever."""
        await trio.sleep(self._limits.lifetime_s - self._limits.notice_s)
        await self._go(self._limits.notice_s)

    async def _go_when_told(self) -> None:
        await self._retired.wait()
        await self._go(NOTICE_S)

    async def _go(self, notice_s: float) -> None:
        """Where the venue gives notice, notice is given."""
        notice = self._line.desk.farewell()
        if notice is not None:
            await self._line.say(notice)
        await trio.sleep(notice_s)
        await self._line.end(GOING_AWAY, "")
