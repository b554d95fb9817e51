"""The simulated exchanges beside the workers: one more child process, whose addresses take the place of the venues'."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
import trio

from scanner.sim.options import Options
from scanner.supervisor.child import AllQuarantined, ChildSpec
from scanner.supervisor.settings import Settings
from scanner.supervisor.supervisor import Supervisor
from scanner.wire.messages import Listening, Up

ENTRY = "scanner.sim.main:run"
PATIENCE_S = 30.0
"""They are up within a second on an idle machine."""
ONCE = Settings(restarts=0)
"""New ones would listen elsewhere, where nobody looks: when they fall, the run is over."""

Urls = Mapping[str, Mapping[str, str]]


@asynccontextmanager
async def simulated(options: Options, stopping: trio.Event, fail: Callable[[str], None]) -> AsyncIterator[Urls | None]:
    """Exchange → `rest_url` and `ws_url` while they run; None when they did not come up, which `fail` was told."""
    urls: dict[str, dict[str, str]] = {}
    ready = trio.Event()

    def hear(_: ChildSpec, up: Up) -> None:
        if isinstance(up, Listening):
            urls.update(up.urls)
            ready.set()

    exchanges = Supervisor(
        [ChildSpec("sim", 0, ENTRY, msgspec.msgpack.encode(options))], ONCE, hear=hear, tell=lambda _: None
    )

    async def run() -> None:
        try:
            await exchanges.run()
        except* AllQuarantined as group:
            fail(f"the simulated exchanges fell: {group.exceptions[0]}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        with trio.move_on_after(PATIENCE_S):
            await either(ready, stopping)
        if not ready.is_set() and not stopping.is_set():
            fail(f"the simulated exchanges did not start within {PATIENCE_S:g} s")
        try:
            yield urls if ready.is_set() else None
        finally:
            exchanges.stop()


async def either(one: trio.Event, other: trio.Event) -> None:
    """Return when one of two events is set."""
    async with trio.open_nursery() as nursery:

        async def wait(event: trio.Event) -> None:
            await event.wait()
            nursery.cancel_scope.cancel()

        nursery.start_soon(wait, one)
        nursery.start_soon(wait, other)
