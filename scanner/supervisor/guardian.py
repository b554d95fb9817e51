"""A guardian: starts one child, listens to it, and lifts it when it falls; one life of the child after another."""

from __future__ import annotations

import signal
from contextlib import suppress

import trio

from scanner.actors.backoff import HEALTHY_S, Backoff
from scanner.actors.intensity import Intensity
from scanner.bus.base import BusClosed
from scanner.supervisor.child import Change, ChildSpec, Hear, Phase, Tell
from scanner.supervisor.process import Launch, Process, start
from scanner.supervisor.settings import Settings
from scanner.telemetry import log
from scanner.wire.frames import BadFrame
from scanner.wire.messages import BadMessage, Farewell, Revised, Stop, Want, decode_spec

OVERSLEPT_S = 0.5
"""A timer that is later than this says that the whole process stood still, not that a child is silent."""
LAST_WORDS_S = 2.0
"""After a death, how long what it had written may take to be heard."""


class Guardian:
    """Keeps one child alive until `stopping` is set."""

    def __init__(
        self,
        child: ChildSpec,
        settings: Settings,
        stopping: trio.Event,
        *,
        hear: Hear,
        tell: Tell,
        launch: Launch = start,
    ) -> None:
        self._child = child
        self._settings = settings
        self._stopping = stopping
        self._hear = hear
        self._tell = tell
        self._launch = launch
        self._intensity = Intensity(settings.restarts, settings.period)
        self._backoff = Backoff(settings.backoff_min, settings.backoff_max)
        self._log = log.get(exchange=child.exchange, shard=child.shard, actor="supervisor")
        self._heard_at = 0.0
        self._farewell = False
        self._verdict = ""
        self._wishes: dict[str, Want] = {}
        """By owner: a child that is lifted is told them again."""
        self._untold: dict[str, Want] = {}
        self._wished = trio.Event()
        self.quarantined = False

    @property
    def exchange(self) -> str:
        """Whose child it is."""
        return self._child.exchange

    @property
    def shard(self) -> int:
        """Which part of the exchange it has."""
        return self._child.shard

    def want(self, wish: Want) -> None:
        """Tell the child, now and in every later life, what one owner wants of it; the latest wish counts."""
        if wish.subscriptions:
            self._wishes[wish.owner] = wish
        else:
            self._wishes.pop(wish.owner, None)
        self._untold[wish.owner] = wish
        self._wished.set()

    def revise(self, child: ChildSpec) -> None:
        """The same child with another specification: told to it now, and begun with in every later life."""
        self._child = child
        self._wished.set()

    async def run(self) -> None:
        """Lives and pauses in turn; returns when stopping is set and the child has left."""
        reason = ""
        while not self._stopping.is_set():
            began = trio.current_time()
            reason = await self._live(reason)
            if not self._stopping.is_set():
                await self._pause(reason, lasted=trio.current_time() - began)

    async def _live(self, restart_reason: str) -> str:
        """One life; returns why it ended."""
        born_with = self._child.spec
        try:
            process = await self._launch(self._child.name, self._child.entry, born_with)
        except OSError as error:  # out of processes, memory or descriptors: this child's trouble, not its siblings'
            return f"it could not be started: {error}"
        self._change(Phase.STARTED, process, restart_reason)
        try:
            code = await self._accompany(process, born_with)
        finally:
            with trio.CancelScope(shield=True):  # bounded: SIGKILL cannot be refused
                process.signal(signal.SIGKILL)
                await process.wait()
                await process.aclose()
        reason = self._verdict or _obituary(code)
        if self._stopping.is_set() and code == 0:
            reason = "" if self._farewell else "it left without a farewell"
        self._change(Phase.ENDED, process, reason)
        return reason

    async def _accompany(self, process: Process, born_with: bytes) -> int:
        """Listen, watch, and stop it when asked; returns its exit code when it is dead and heard to the end."""
        self._verdict = ""
        self._farewell = False
        self._untold = dict(self._wishes)
        self._wished.set()
        self._heard_at = trio.current_time()
        heard = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen, process, heard)
            nursery.start_soon(self._watch_pulse, process)
            nursery.start_soon(self._pass_on_wishes, process, born_with)
            nursery.start_soon(self._part, process)
            code = await process.wait()
            with trio.move_on_after(LAST_WORDS_S):
                await heard.wait()
            nursery.cancel_scope.cancel()
        return code

    async def _listen(self, process: Process, heard: trio.Event) -> None:
        """Every message to `hear`; others have their turn in between, which `receive` promises."""
        try:
            while True:
                message = await process.uplink.receive()
                self._heard_at = trio.current_time()
                self._farewell = isinstance(message, Farewell)
                self._hear(self._child, message)
        except BusClosed:
            heard.set()
        except (BadFrame, BadMessage) as error:
            self._condemn(process, f"it spoke nonsense: {error}")
            heard.set()

    async def _watch_pulse(self, process: Process) -> None:
        """Nothing within the patience, not even a pulse: it hangs, and a hanging process does not hear SIGTERM.

        When we are the ones who overslept (Ctrl-Z, a paused machine), its pulses wait in the pipe: judge anew.
        """
        patience = self._settings.pulse_patience
        while (due := self._heard_at + patience) > trio.current_time():
            await trio.sleep_until(due)
            if trio.current_time() > due + OVERSLEPT_S:
                self._heard_at = trio.current_time()
        self._condemn(process, f"no pulse for {patience:g} s")

    def _condemn(self, process: Process, verdict: str) -> None:
        self._verdict = verdict
        process.signal(signal.SIGKILL)

    async def _pass_on_wishes(self, process: Process, knows: bytes) -> None:
        """One at a time, as the child takes them; BusClosed means that it is on its way out."""
        with suppress(BusClosed):
            while True:
                await self._wished.wait()
                self._wished = trio.Event()
                if knows != self._child.spec:
                    knows = self._child.spec
                    await process.downlink.send(Revised(decode_spec(knows)))
                while self._untold:
                    await process.downlink.send(self._untold.pop(next(iter(self._untold))))

    async def _part(self, process: Process) -> None:
        """The stop ladder: ask, wait, insist."""
        await self._stopping.wait()
        with suppress(BusClosed):  # then it is leaving already
            await process.downlink.send(Stop(self._settings.grace))
        await process.insist(self._settings.grace)

    async def _pause(self, reason: str, *, lasted: float) -> None:
        """The first fall after a healthy while is lifted at once, the next ones wait, too many are quarantined."""
        if lasted >= HEALTHY_S:
            self._intensity.forget()
        if self._intensity.exceeded_by(trio.current_time()):
            await self._rest(reason)
            return
        wait = self._backoff.next(lasted=lasted) if self._intensity.recent > 1 else 0.0
        self._log.warning("worker fell", reason=reason, restart_in_s=round(wait, 2), recent=self._intensity.recent)
        await self._idle(wait)

    async def _rest(self, reason: str) -> None:
        self._log.error("worker quarantined", reason=reason, retry_in_s=self._settings.quarantine)
        self.quarantined = True
        self._tell(Change(self._child, Phase.QUARANTINED, 0, reason))
        await self._idle(self._settings.quarantine)
        self.quarantined = False
        self._intensity.forget()

    async def _idle(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            await self._stopping.wait()

    def _change(self, phase: Phase, process: Process, reason: str) -> None:
        self._log.info(f"worker {phase.value}", pid=process.pid, reason=reason)
        self._tell(Change(self._child, phase, process.pid, reason))


def _obituary(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
