"""A whole scanner as a process of its own: run as an operator runs it, watched by what it prints and by its metrics."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from tempfile import TemporaryDirectory
from time import monotonic, time_ns
from typing import Any

import httpx
import msgspec
import trio
from msgspec import Struct

from scanner.bench.child import ChildFailed
from scanner.bench.scrape import Scrape
from scanner.net.failure import leaves, reason_of

FIRST_LINE_S = 30.0
"""How long a scanner may take to say where it listens, on a busy machine."""
ANSWER_S = 10.0
"""How long it may take to answer a question about its metrics."""
FAREWELL_S = 15.0
"""How long it may take to leave after SIGTERM: it promises five seconds, on a machine that is not busy."""
LAST_BREATH_S = 1.0
"""How long one that breaks off is waited for, to learn how it ended and what it said last."""
LINES_KEPT = 10_000
"""Of each kind; the oldest goes then."""
LAST_WORDS = 4_096
"""Bytes of its log that are kept, for the case that it falls."""
MILLISECOND = 1_000_000
"""Nanoseconds."""


class Line(Struct, frozen=True):
    """One JSON line of a scanner."""

    type: str
    data: dict[str, Any]
    timestamp: str = ""
    """The venue's time, where the line tells of a moment."""
    read: int = 0
    """When it was read here, nanoseconds UTC."""

    @property
    def latency_ms(self) -> float:
        """From the venue's moment to ours; up to 1 ms too much, because the venue cuts its moments to milliseconds."""
        at_ms = round(datetime.fromisoformat(self.timestamp).timestamp() * 1000)
        return self.read / MILLISECOND - at_ms


class House:
    """One running scanner, made by `running`. `stop` it for its summary."""

    def __init__(self, process: trio.Process, client: httpx.AsyncClient, started: float) -> None:
        self._process = process
        self._client = client
        self._errors = b""
        self._said: defaultdict[str, deque[Line]] = defaultdict(lambda: deque(maxlen=LINES_KEPT))
        self._news = trio.Event()
        self._silent = trio.Event()
        """Nothing more will be read from it."""
        self.is_wanted = True
        """Until it is stopped: before that, its end is a fall."""
        self.started = started
        """When the process was made, on the monotonic clock."""

    def said(self, kind: str) -> list[Line]:
        """Its lines of this kind, the oldest first, at most the latest `LINES_KEPT`."""
        return list(self._said[kind])

    async def heard(self, condition: Callable[[], bool], what: str, *, patience_s: float) -> None:
        """Return when what it said makes this true; ChildFailed, naming `what`, when that does not come in time."""
        with trio.move_on_after(patience_s):
            while not condition():
                await self._news.wait()
            return
        raise self.failure(f"{what} did not come within {patience_s:g} s")

    async def scrape(self) -> Scrape:
        """Its metrics as they are now; ChildFailed when it does not answer."""
        listening = self._said["listening"]
        await self.heard(lambda: bool(listening), "where it listens", patience_s=FIRST_LINE_S)
        try:
            answer = await self._client.get(f"{listening[0].data['ops']}/metrics")
            return Scrape.read(answer.raise_for_status().text, monotonic())
        except (httpx.HTTPError, ValueError) as error:
            with trio.move_on_after(LAST_BREATH_S):  # its sockets close before its exit code can be read
                await self._process.wait()
            raise self.failure(f"no metrics: {reason_of(error)}") from None

    async def until(
        self, condition: Callable[[Scrape], bool], what: str, *, patience_s: float, every_s: float = 0.1
    ) -> Scrape:
        """The first look at its metrics that makes this true; ChildFailed, naming `what`, when none does in time."""
        with trio.move_on_after(patience_s):
            while not condition(look := await self.scrape()):  # noqa: ASYNC110 - a scanner is asked, it does not call
                await trio.sleep(every_s)
            return look
        raise self.failure(f"{what} did not come within {patience_s:g} s")

    async def stop(self) -> Mapping[str, Any]:
        """Ask it to leave by SIGTERM, wait until it has, and give its summary; ChildFailed when it leaves otherwise."""
        self.is_wanted = False
        self._process.send_signal(signal.SIGTERM)
        with trio.move_on_after(FAREWELL_S):
            code = await self._process.wait()
            await self._silent.wait()
            if code or not self._said["summary"]:
                raise self.failure("it did not leave well" if code else "it left without a summary")
            return self._said["summary"][-1].data
        raise self.failure(f"it did not leave within {FAREWELL_S:g} s of SIGTERM")

    def failure(self, what: str) -> ChildFailed:
        """An error for what went wrong, with how the scanner ended, where it has, and what it complained of last."""
        code = self._process.poll()
        end = "it still runs" if code is None else f"exit code {code}"
        last_words = self._errors.decode(errors="replace").strip() or "nothing in its log"
        return ChildFailed(f"scanner start: {what} ({end}): {last_words}")

    # ---- what `running` does for it

    async def hear(self) -> None:
        """Read its lines until it is silent."""
        unfinished = b""
        while self._process.stdout is not None and (piece := await self._process.stdout.receive_some()):
            read = time_ns()
            *lines, unfinished = (unfinished + piece).split(b"\n")
            for line in lines:
                heard = msgspec.structs.replace(_LINE.decode(line), read=read)
                self._said[heard.type].append(heard)
            self._wake()
        self._silent.set()

    async def overhear(self) -> None:
        """Read its log and keep the end of it."""
        while self._process.stderr is not None and (piece := await self._process.stderr.receive_some()):
            self._errors = (self._errors + piece)[-LAST_WORDS:]

    async def fall(self) -> None:
        """ChildFailed when it ends though nobody asked it to."""
        await self._process.wait()
        if self.is_wanted:
            with trio.move_on_after(LAST_BREATH_S):
                await self._silent.wait()
            raise self.failure("it fell")

    async def leave(self) -> None:
        """See to it that the process is gone."""
        if self._process.poll() is None:
            self._process.terminate()
            with trio.move_on_after(FAREWELL_S):
                await self._process.wait()
        if self._process.poll() is None:
            self._process.kill()
            await self._process.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()


_LINE = msgspec.json.Decoder(Line)


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[House]:
    """`scanner start --json` with these arguments for as long as the block lasts, and no setting from outside.

    ChildFailed out of the block when it falls meanwhile, with its exit code and the end of its log.
    """
    started = monotonic()
    home = TemporaryDirectory(prefix="bench-")  # each has a state folder of its own, and none takes the operator's
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "scanner", "start", "--json", "--ops-port", "0", "--log-level", "warning", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith("SCANNER_")}
        | {"XDG_STATE_HOME": home.name},
    )
    try:
        async with httpx.AsyncClient(timeout=ANSWER_S, trust_env=False) as client, trio.open_nursery() as nursery:
            house = House(process, client, started)
            for task in (house.hear, house.overhear, house.fall):
                nursery.start_soon(task)
            try:
                yield house
            finally:
                house.is_wanted = False
                with trio.CancelScope(shield=True):
                    await house.leave()
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        found = leaves(group)
        is_one = len(found) == 1 or all(isinstance(error, ChildFailed) for error in found)  # two words for one fall
        raise (found[0] if is_one else group) from None
    finally:
        home.cleanup()
