"""One simulated venue at work: who may come in, what goes wrong, and the step that moves its time on."""

from __future__ import annotations

import trio

from scanner.sim.clock import Clock
from scanner.sim.connection import Connection, serve_connection
from scanner.sim.faults import Faults
from scanner.sim.market import STEP_MS
from scanner.sim.programs import Feed, Program
from scanner.sim.quota import Quota
from scanner.sim.venues.base import Answer, Rest, Venue, VenueLimits


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
        self._began = False
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
            if self._has("close"):
                for guest in list(self._guests):
                    await guest.cut()
            self._stepped.set()
            self._stepped = trio.Event()
            await trio.sleep(STEP_MS / 1_000)

    async def converse(self, stream: trio.abc.Stream) -> None:
        """Serve one client over this stream until it goes."""
        await serve_connection(self, stream)

    def answer(self, path: str, params: dict[str, str], *, origin: bool) -> tuple[Answer, dict[str, str]]:
        """Answer a REST call, with the headers that go with it."""
        now, group = trio.current_time(), self._rest.group(path)
        if origin and self._origins is not None:
            group, quota = "origin", self._origins
        else:
            window = self.limits.requests
            quota = self._requests.setdefault(group, Quota(window.count, window.seconds))
        answer = self._rest.answer(path, params) if quota.take(now) else self._rest.over_limit()
        return answer, self._rest.remaining(group, quota.left(now))

    # ---- what a connection asks

    async def step(self) -> None:
        """Return when the venue's time has gone on."""
        await self._stepped.wait()

    def admit(self, headers: list[tuple[bytes, bytes]]) -> str:
        """Why this handshake is refused; empty when it is welcome."""
        now = trio.current_time()
        if self._has("refuse"):
            return "refused by a fault"
        if any(name.lower() == b"origin" for name, _ in headers) and self._origins and not self._origins.take(now):
            return "too many requests with an Origin header"
        return "" if self._connects.take(now) else "too many connections"

    def open(self, connection: Connection, path: str) -> Feed:
        """A welcome connection's share of the program."""
        self._guests[connection] = None
        return self._program.open(f"{self.venue.name} {len(self._guests)}", path)

    def leave(self, connection: Connection) -> None:
        """The connection is gone."""
        del self._guests[connection]

    def subscribed(self) -> None:
        """The first to ask for data starts the script and the planned faults."""
        if not self._began:
            self._began = True
            self._program.begin(self.clock.now_ns())
            self.faults.begin(self.clock.now_ms())

    def _has(self, fault: str) -> bool:
        return self.faults.active(fault, self.clock.now_ms())
