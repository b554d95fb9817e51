"""One simulated venue at work: who may come in, what goes wrong, and the step that moves its time on."""

from __future__ import annotations

from math import ceil

import trio
from msgspec.structs import replace

from scanner.model.instrument import Instrument
from scanner.sim.clock import Clock
from scanner.sim.connection import Connection, serve_connection
from scanner.sim.faults import Faults
from scanner.sim.listing import Action
from scanner.sim.market import STEP_MS
from scanner.sim.programs import Feed, Program
from scanner.sim.quota import Quota
from scanner.sim.venues.base import Answer, Frame, Rest, Venue, VenueLimits

RETRY_AFTER = "Retry-After"
BAN_S = 120.0
"""What is told about the end of a ban that has none."""
_CUTTING = ("close", "ban")


class House:
    """A venue, its program, its faults and its guests. It opens no port itself: `converse` takes any stream."""

    def __init__(
        self, venue: Venue, program: Program, clock: Clock, faults: Faults, *, closes_after_error: bool
    ) -> None:
        self.venue = venue
        self.clock = clock
        self.faults = faults
        self.closes_after_error = closes_after_error
        self._program = program
        self._rest: Rest = venue.rest(program.view)
        self._guests: dict[Connection, None] = {}
        self._inside = 0
        self._began = False
        self._retires = False
        self._stepped = trio.Event()
        limits = venue.limits
        self._connects = Quota(limits.connects.count, limits.connects.seconds)
        self._origins = Quota(limits.origin.count, limits.origin.seconds) if limits.origin else None
        self._requests: dict[str, Quota] = {}

    @property
    def limits(self) -> VenueLimits:
        """What the venue refuses."""
        return self.venue.limits

    async def run(self) -> None:
        """Move time on, step by step, and cut whom a fault tells to cut."""
        self.faults.open(self.clock.now_ms())
        while True:
            self._program.advance(self.clock.now_ns(), muted=self._has("stall"))
            if any(map(self._has, _CUTTING)):
                for guest in list(self._guests):
                    await guest.cut()
            self._retire()
            self._stepped.set()
            self._stepped = trio.Event()
            await trio.sleep(STEP_MS / 1_000)

    async def converse(self, stream: trio.abc.Stream) -> None:
        """Serve one client over this stream until it goes."""
        await serve_connection(self, stream)

    def answer(
        self, path: str, params: dict[str, str], *, origin: bool, user_agent: bool = True
    ) -> tuple[Answer, dict[str, str]]:
        """Answer a REST call, with the headers that go with it. The flags say which headers the caller sent."""
        group, quota = self._quota(path, origin=origin)
        answer = self._turned_away(user_agent=user_agent) or self._counted(path, params, quota)
        return answer, {**self._rest.remaining(group, quota.left(trio.current_time())), **answer.headers}

    def change_listing(self, action: Action, instrument: Instrument) -> None:
        """Let something happen to a market; ValueError says why it cannot."""
        self._program.change_listing(action, instrument)

    # ---- what a connection asks

    async def step(self) -> None:
        """Return when the venue's time has gone on."""
        await self._stepped.wait()

    def admit(self, headers: list[tuple[bytes, bytes]]) -> Answer | None:
        """Why this handshake is refused; None when it is welcome."""
        names = {name.lower() for name, value in headers if value}
        refusal = self._turned_away(user_agent=b"user-agent" in names) or self._full(origin=b"origin" in names)
        self._inside += refusal is None
        return refusal

    def open(self, connection: Connection, path: str) -> Feed:
        """A welcome connection's share of the program."""
        self._guests[connection] = None
        return self._program.open(f"{self.venue.name} {len(self._guests)}", path)

    def close(self, connection: Connection) -> None:
        """It takes no share any more."""
        del self._guests[connection]

    def leave(self) -> None:
        """Somebody who was welcome is gone."""
        self._inside -= 1

    def operates(self, path: str, message: Frame) -> bool:
        """Whether this message changes what is subscribed, as a desk that nobody uses would hear it."""
        return self.venue.desk(path).hear(message).operation

    def subscribed(self) -> None:
        """The first to ask for data starts the script and the planned faults."""
        if not self._began:
            self._began = True
            self._program.begin(self.clock.now_ns())
            self.faults.begin(self.clock.now_ms())

    def _retire(self) -> None:
        """Once, when the fault begins: who comes later finds servers that stay."""
        before, self._retires = self._retires, self._has("retire")
        if self._retires and not before:
            for guest in self._guests:
                guest.retire()

    # ---- who is refused, and why

    def _quota(self, path: str, *, origin: bool) -> tuple[str, Quota]:
        if origin and self._origins is not None:
            return "origin", self._origins
        group, window = self._rest.group(path), self.limits.requests
        return group, self._requests.setdefault(group, Quota(window.count, window.seconds))

    def _turned_away(self, *, user_agent: bool) -> Answer | None:
        """Before anything is counted: a banned address, or one whose software has no name."""
        banned_s = self._left_s("ban")
        if banned_s:
            return replace(self._rest.over_limit(), status=self.limits.ban_status, headers=_retry_after(banned_s))
        if self.limits.user_agent and not user_agent:
            return Answer(403, b"<html><title>403 Forbidden</title></html>", "text/html")
        return None

    def _counted(self, path: str, params: dict[str, str], quota: Quota) -> Answer:
        """The answer, or what the venue says to who asks too often."""
        now, weight = trio.current_time(), self._rest.weight(path, params)
        limited_s = self._left_s("rate-limit")
        if not limited_s and quota.take(now, weight):
            return self._rest.answer(path, params)
        refusal = self._rest.over_limit()
        if RETRY_AFTER not in refusal.headers:
            return refusal
        return replace(refusal, headers={**refusal.headers, **_retry_after(limited_s or quota.wait(now, weight))})

    def _full(self, *, origin: bool) -> Answer | None:
        """Why there is no place for one more connection, or None."""
        now = trio.current_time()
        if any(map(self._has, ("refuse", "rate-limit"))):
            return _too_many("refused by a fault")
        if origin and self._origins and not self._origins.take(now):
            return _too_many("too many requests with an Origin header")
        if 0 < self.limits.connections <= self._inside:
            return _too_many("too many connections at a time")
        return None if self._connects.take(now) else _too_many("too many connections")

    def _has(self, fault: str) -> bool:
        return self.faults.active(fault, self.clock.now_ms())

    def _left_s(self, fault: str) -> float:
        """How long a fault will last, as far as anybody is told."""
        return min(self.faults.left_s(fault, self.clock.now_ms()), BAN_S)


def _too_many(why: str) -> Answer:
    return Answer(429, why.encode(), "text/plain")


def _retry_after(seconds: float) -> dict[str, str]:
    return {RETRY_AFTER: str(ceil(seconds))}
