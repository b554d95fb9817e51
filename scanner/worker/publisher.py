"""The publisher: gathers the parsers' events and hands them to the main process in batches, losing nothing unsaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from time import time_ns
from typing import Any

import trio

from scanner.actors.mailbox import Mailbox, Policy
from scanner.bus.base import Uplink
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Coin, Event, Gap, Notice, Overview, Ticker, Topic
from scanner.telemetry import log
from scanner.wire.messages import Batch
from scanner.worker.ledger import Ledger

BATCH_EVENTS = 512
"""Events a frame: 64 give about 1 M events/s already; more only delays the first of them."""
WAITING_BATCHES = 1024
"""Parser batches that may wait while the main process is busy."""
PATIENCE_S = 2.0
"""How long a parser waits for room before the oldest batch is given up: longer would hold back pongs."""

CONFLATED: dict[type[Event], Callable[[Any], object]] = {
    Ticker: lambda ticker: ticker.instrument,
    Overview: lambda overview: overview.exchange,
    Coin: lambda coin: (coin.id, coin.trending is None),
    Notice: lambda notice: (notice.instrument, notice.kind),
}
"""Events that say all there is to say about something: a newer one about the same takes the place of the older."""


class Publisher:
    """One mailbox, one pipe. `put` is every parser's way out."""

    def __init__(self, exchange: str, uplink: Uplink, ledger: Ledger) -> None:
        self._exchange = exchange
        self._uplink = uplink
        self._ledger = ledger
        self._trouble = log.Seldom(log.get(exchange=exchange, actor="publisher"), trio.current_time)
        self._mailbox: Mailbox[list[Event]] = Mailbox(
            "publisher", WAITING_BATCHES, Policy.DROP_OLDEST, patience=PATIENCE_S, on_drop=self._lost
        )
        ledger.watch(self._mailbox)
        self._latest: dict[tuple[type[Event], object], Event] = {}
        self._holes: defaultdict[Channel | Topic, set[Instrument]] = defaultdict(set)
        self.flushed = trio.Event()
        """Set when all that was put before `close` has left."""

    def offer(self, events: list[Event]) -> bool:
        """Leave one parsed batch where there is room, which there nearly always is; whether there was."""
        return self._mailbox.offer(events)

    async def put(self, events: list[Event]) -> None:
        """Leave one parsed batch; it arrives in this order, or a `Gap` stands in its place."""
        await self._mailbox.put(events)

    def close(self) -> None:
        """No more batches; `run` ends when what waits has been sent."""
        self._mailbox.close()

    async def run(self) -> None:
        """Send until closed; BusClosed when the main process is gone."""
        async for batches in self._mailbox:
            self._ledger.drained(self._mailbox.name, len(batches))
            events = self._leftovers()
            for batch in batches:
                events += batch
            for chunk in _chunks(events):
                await self._uplink.send(Batch(chunk))
        self.flushed.set()

    def _lost(self, batch: list[Event]) -> None:
        """Count what was dropped, and remember where the stream has a hole now; some kinds are conflated instead."""
        dropped = 0
        for event in batch:
            if isinstance(event, Ticker | Overview | Coin | Notice):
                self._conflate(event)
            elif isinstance(event, Gap):
                self._holes[event.channel].update(event.instruments)
            else:
                channel: Channel = event.__struct_config__.tag  # type: ignore[assignment]
                self._holes[channel].add(event.instrument)
                dropped += 1
        self._ledger.count("dropped", "publisher", dropped)
        self._trouble.warning("events dropped", reason="the main process does not keep up", events=dropped)

    def _conflate(self, event: Ticker | Overview | Coin | Notice) -> None:
        """Keep it until the next batch leaves, or a newer one comes."""
        about = type(event), CONFLATED[type(event)](event)
        if self._latest.pop(about, None) is not None:
            self._ledger.count("conflated")
        self._latest[about] = event

    def _leftovers(self) -> list[Event]:
        """What has to be said before the next batch: where holes are, and the last of what was conflated."""
        now = time_ns()
        gaps: list[Event] = [
            Gap(self._exchange, channel, tuple(sorted(instruments)), 0, now, "dropped")
            for channel, instruments in self._holes.items()
        ]
        latest = list(self._latest.values())
        self._holes.clear()
        self._latest.clear()
        return gaps + latest


def _chunks(events: list[Event]) -> Iterator[list[Event]]:
    return (events[start : start + BATCH_EVENTS] for start in range(0, len(events), BATCH_EVENTS))
