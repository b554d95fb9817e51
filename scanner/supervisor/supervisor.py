"""The supervisor: one for one, as OTP means it. Every child has a guardian that starts, watches and lifts it.

A child that falls too often rests in quarantine while the others go on; when all rest there is nothing left to run.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio

from scanner.supervisor.child import AllQuarantined, Change, ChildSpec, Hear, Phase, Tell
from scanner.supervisor.guardian import Guardian
from scanner.supervisor.process import Launch, start
from scanner.supervisor.settings import Settings
from scanner.wire.messages import Want


class Supervisor:
    """`hear` gets every message of every child, `tell` every change of phase; both must be quick and synchronous."""

    def __init__(
        self,
        children: Sequence[ChildSpec],
        settings: Settings,
        *,
        hear: Hear,
        tell: Tell,
        launch: Launch = start,
    ) -> None:
        self._stopping = trio.Event()
        self._tell = tell
        self._guardians = [
            Guardian(child, settings, self._stopping, hear=hear, tell=self._relay, launch=launch) for child in children
        ]

    async def run(self) -> None:
        """Guard all children until `stop`; AllQuarantined (in a group) when none is left to run.

        Cancelled from outside it kills at once; `stop` is the polite way.
        """
        async with trio.open_nursery() as nursery:
            for guardian in self._guardians:
                nursery.start_soon(guardian.run)

    def want(self, exchange: str, wish: Want) -> None:
        """Tell all workers of an exchange what one owner wants, now and whenever they start again."""
        for guardian in self._guardians:
            if guardian.exchange == exchange:
                guardian.want(wish)

    def revise(self, children: Sequence[ChildSpec]) -> None:
        """Have those of the children that are known by exchange and shard go on with these specifications."""
        revised = {(child.exchange, child.shard): child for child in children}
        for guardian in self._guardians:
            if (child := revised.get((guardian.exchange, guardian.shard))) is not None:
                guardian.revise(child)

    def stop(self) -> None:
        """Ask all children to leave; `run` returns when they have, within the stop ladder's time."""
        self._stopping.set()

    def _relay(self, change: Change) -> None:
        self._tell(change)
        if change.phase is Phase.QUARANTINED and all(guardian.quarantined for guardian in self._guardians):
            raise AllQuarantined(change.reason)
