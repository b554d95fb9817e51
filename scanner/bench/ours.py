"""Our own road from the socket to parsed events: a worker's conversation, whose events are counted and not sent on.

Everything that a worker does on the way is done: framing, gathering, typed decoding with its checks, the ledger. What
comes behind the parser (the memory of trades, the pipe) is measured by `bench pipe` and `bench e2e`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import msgspec
import trio

from scanner.actors import collector
from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.bench.meter import Meter, Task, WrongReading, reading
from scanner.exchanges.base import Exchange, Settings
from scanner.exchanges.upbit.spec import UPBIT
from scanner.model.market import Event, Subscription
from scanner.telemetry import log
from scanner.worker.conversation import Conversation
from scanner.worker.kit import Kit
from scanner.worker.ledger import Ledger


def run(**options: Any) -> dict[str, float]:
    """Do a `Task` with these options; the figures."""
    task = msgspec.convert(options, Task)
    if task.ca is not None:
        os.environ["SSL_CERT_FILE"] = task.ca  # where OpenSSL's default context looks
    log.configure("warning", json=False)
    collector.relax()  # as the worker's entry does
    return trio.run(read, task)


async def read(task: Task) -> dict[str, float]:
    """The same within a process that is set up for it."""
    settings = Settings(rest_url=task.rest, ws_url=task.ws, streams_per_connection=task.instruments)
    exchange = UPBIT.configured(settings)
    ended = trio.Event()
    snapshots = task.instruments if task.kind == "books" else 0  # of trades, the session asks for news only
    meter: Meter[Event] = Meter(task, ended.set, snapshots=snapshots)
    (endpoint,) = exchange.plan(task.subscriptions())
    conversation = Conversation(_kit(exchange, settings, Counter(meter, late=task.late)), "bench", endpoint, _refused)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(conversation.run)
        await ended.wait()
        conversation.leave()
    return meter.figures(reading)


@dataclass(frozen=True)
class Counter:
    """Stands behind the parser in two places: lets everything in, and sends nothing on."""

    meter: Meter[Event]
    late: bool

    def take(self, events: list[Event]) -> list[Event]:
        """As an intake that has had none of these."""
        return events

    def offer(self, events: list[Event]) -> bool:
        """As a publisher, whose mailbox has room."""
        meter, late = self.meter, self.late
        for event in events:
            if late:
                meter.late(int(event.id))  # type: ignore[union-attr]  # nothing but trades was asked for
            meter.note(event)
        return True


def _refused(subscriptions: tuple[Subscription, ...]) -> None:
    raise WrongReading(f"refused: {subscriptions}")


def _kit(exchange: Exchange, settings: Settings, counter: Counter) -> Kit:
    """What a conversation touches of a worker's kit; nothing here asks by REST."""
    return Kit(
        exchange=exchange,
        settings=settings,
        ledger=Ledger(),
        rest=None,  # type: ignore[arg-type]  # see above
        intake=counter,  # type: ignore[arg-type]  # its one method
        publisher=counter,  # type: ignore[arg-type]  # where there is always room
        backfill=None,  # type: ignore[arg-type]  # see above
        connects=Limiter(()),
        door=Breaker(),
    )
