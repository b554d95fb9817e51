"""Delivery: each receiver is an actor with a mailbox of its own, so that a slow one delays nobody but itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import trio

from scanner.actors.backoff import Backoff, uniform
from scanner.actors.mailbox import Mailbox, Policy
from scanner.alerts.routing import Routing
from scanner.model.alert import Alert
from scanner.sinks.base import Delivered, Refused, Retry, Sink
from scanner.telemetry import log

CAPACITY = 1024
"""Alerts that wait for one receiver: a crash over 2 venues and 240 symbols is one burst of 480. As many again may be in
its hand, taken out of the mailbox and not yet delivered."""
RETRIES = 5
"""Attempts after the first, before an alert is given up."""
AFTER_MAX_S = 300.0
"""A receiver that asks for a longer pause is tried earlier than it wishes: an alert is news, not an archive."""
FAREWELL_S = 2.0
"""What closing a sink may take."""

OUTCOMES = ("delivered", "retried", "refused", "given_up", "dropped")


class Delivery:
    """Brings alerts to the receivers that routing names."""

    def __init__(
        self,
        sinks: Mapping[str, Sink],
        routing: Routing,
        *,
        draw: Callable[[float, float], float] = uniform,
    ) -> None:
        self.outcomes: dict[tuple[str, str], int] = {(name, outcome): 0 for name in sinks for outcome in OUTCOMES}
        """(receiver, one of `OUTCOMES`) → times; telemetry reads it when it is asked."""
        self._routing = routing
        self._receivers = {name: _Receiver(name, sink, self.outcomes, draw) for name, sink in sinks.items()}

    def offer(self, alert: Alert) -> None:
        """Hand over an alert; never waits, never fails. What a receiver cannot take is counted and logged there."""
        for name in self._routing.route(alert):
            self._receivers[name].offer(alert)

    async def run(self) -> None:
        """Serve until `close`; returns when all is delivered, or its grace is over."""
        async with trio.open_nursery() as nursery:
            for receiver in self._receivers.values():
                nursery.start_soon(receiver.serve)

    def close(self, grace_s: float) -> None:
        """Take no more alerts; what waits has this long to arrive, in the usual order and with the usual retries."""
        for receiver in self._receivers.values():
            receiver.close(grace_s)


class _Receiver:
    """One actor: takes what waits, and tries each alert until it is delivered, refused or given up."""

    def __init__(
        self,
        name: str,
        sink: Sink,
        outcomes: dict[tuple[str, str], int],
        draw: Callable[[float, float], float],
    ) -> None:
        self._name = name
        self._sink = sink
        self._outcomes = outcomes
        self._draw = draw
        self._mailbox: Mailbox[Alert] = Mailbox(name, CAPACITY, Policy.DROP_OLDEST, on_drop=self._drop)
        self._in_hand: deque[Alert] = deque()
        self._life = trio.CancelScope()
        self._trouble = log.Seldom(log.get(receiver=name), trio.current_time)

    def offer(self, alert: Alert) -> None:
        try:
            self._mailbox.put_nowait(alert)
        except trio.ClosedResourceError:
            self._drop(alert, "closing")

    def close(self, grace_s: float) -> None:
        self._mailbox.close()
        self._life.deadline = trio.current_time() + grace_s

    async def serve(self) -> None:
        try:
            with self._life:
                async for batch in self._mailbox:
                    self._in_hand.extend(batch)
                    while self._in_hand:
                        await self._deliver(self._in_hand[0])
                        self._in_hand.popleft()
        finally:
            await self._leave()

    async def _deliver(self, alert: Alert) -> None:
        backoff = Backoff(draw=self._draw)
        for attempts_left in reversed(range(RETRIES + 1)):
            outcome = await self._sink.deliver(alert)
            if isinstance(outcome, Delivered):
                self._count("delivered")
                return
            if isinstance(outcome, Refused) or not attempts_left:
                self._count("refused" if isinstance(outcome, Refused) else "given_up", alert, outcome.why)
                return
            self._count("retried", alert, outcome.why)
            await trio.sleep(_pause(outcome, backoff))

    async def _leave(self) -> None:
        self._mailbox.close()
        with trio.CancelScope(shield=True, deadline=trio.current_time() + FAREWELL_S):
            for alert in [*self._in_hand, *await self._mailbox.drain()]:
                self._drop(alert, "out of time at closing")
            await self._sink.aclose()

    def _drop(self, alert: Alert, why: str = "too many waiting") -> None:
        self._count("dropped", alert, why)

    def _count(self, outcome: str, alert: Alert | None = None, why: str = "") -> None:
        self._outcomes[self._name, outcome] += 1
        if alert is not None:
            self._trouble.warning(f"alert {outcome}", alert=alert.id, why=why)


def _pause(outcome: Retry, backoff: Backoff) -> float:
    """The receiver's own wish, within reason, but never less than our own manners."""
    return max(backoff.next(), min(outcome.after_s or 0.0, AFTER_MAX_S))
