"""The parser: reads of one connection in, events out; counts nonsense, and says what the venue refused.

It takes what the socket has left for it, however much that is, in one go: no mailbox stands between them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import trio

from scanner.exchanges.base import (
    Accepted,
    Fetch,
    Nonsense,
    Rejected,
    RemoteNonsense,
    Result,
    Retiring,
    Send,
    Session,
    SessionBroken,
)
from scanner.model.market import Event, Subscription
from scanner.net.tap import Read
from scanner.net.websocket import WebSocket
from scanner.telemetry import log
from scanner.worker.kit import Kit

NAMED = 5
"""Refused streams that a log line names."""


class Parser:
    """One session's reader. Dies with its connection, as the session does."""

    def __init__(
        self,
        session: Session,
        kit: Kit,
        *,
        send: Callable[[str], Awaitable[None]],
        operate: Callable[[Send], None],
        fetch: Callable[[Fetch], None],
        on_events: Callable[[int], None],
        on_refused: Callable[[tuple[Subscription, ...]], None],
        on_retiring: Callable[[str], None],
        context: dict[str, str],
    ) -> None:
        self._session = session
        self._publisher = kit.publisher
        self._intake = kit.intake
        self._ledger = kit.ledger
        self._send = send
        self._operate = operate
        self._fetch = fetch
        self._on_events = on_events
        self._on_refused = on_refused
        self._on_retiring = on_retiring
        self._log = log.get(actor="parser", **context)
        self._trouble = log.Seldom(self._log, trio.current_time)
        self._acts: dict[type, Callable[[Any, list[Send]], None]] = {
            Send: self._order,
            Fetch: self._ask,
            Accepted: self._accept,
            Rejected: self._reject,
            Retiring: self._retire,
            Nonsense: self._pass_over,
        }

    async def run(self, socket: WebSocket) -> None:
        """Parse until the socket is at its end, which raises Disconnected when all that came before is published.

        SessionBroken when the session says that it is of no more use.
        """
        counted = 0
        while True:
            reads = await socket.receive()
            self._ledger.count("messages", n=sum(len(frames) for _, frames in reads))
            self._ledger.count("bytes", n=socket.bytes_received - counted)
            counted = socket.bytes_received
            for order in await self._read(reads):
                await self._send(order.frame)

    async def _read(self, reads: list[Read]) -> list[Send]:
        """Parse and publish one batch; what the session wants to say to it."""
        events: list[Event] = []
        orders: list[Send] = []
        try:
            for seen, frames in reads:
                for frame in frames:
                    self._sort(self._parse(frame, seen), events, orders)
        finally:
            if events:
                self._on_events(seen)
                await self._publish(self._intake.take(events))
        return orders

    def take(self, results: list[Result]) -> list[Event]:
        """Act on results that came another way (a fetched answer); returns the events among them."""
        events: list[Event] = []
        self._sort(results, events, [])
        return self._intake.take(events)

    async def _publish(self, events: list[Event]) -> None:
        """Even when this connection has just broken, what it said before counts."""
        if not self._publisher.offer(events):
            with trio.CancelScope(shield=True):  # bounded by the publisher's own patience
                await self._publisher.put(events)

    def _parse(self, frame: bytes | str, seen: int) -> list[Result]:
        try:
            return self._session.parse(frame, seen)
        except RemoteNonsense as nonsense:
            return [Nonsense(str(nonsense))]

    def _sort(self, results: list[Result], events: list[Event], orders: list[Send]) -> None:
        for result in results:
            act = self._acts.get(type(result))
            if act is None:
                events.append(result)  # type: ignore[arg-type]  # all that is no order is an event
            else:
                act(result, orders)

    def _order(self, result: Send, orders: list[Send]) -> None:
        """What changes subscriptions waits its turn elsewhere, however long; the rest goes with this read."""
        if result.operation:
            self._operate(result)
        else:
            orders.append(result)

    def _ask(self, result: Fetch, _orders: list[Send]) -> None:
        self._fetch(result)

    def _accept(self, _result: Accepted, _orders: list[Send]) -> None:
        self._ledger.count("accepted")

    def _pass_over(self, result: Nonsense, _orders: list[Send]) -> None:
        self._ledger.count("parse_errors")
        self._trouble.warning("the venue sent nonsense", sample=result.text[:300])

    def _retire(self, result: Retiring, _orders: list[Send]) -> None:
        self._on_retiring(result.text)

    def _reject(self, result: Rejected, _orders: list[Send]) -> None:
        """Some streams are refused and the others flow; or all are, and nothing will ever flow here."""
        self._ledger.count("rejected", result.reason)
        names = [f"{one.channel} {one.instrument}" for one in result.subscriptions[:NAMED]]
        self._log.error(
            "the venue refused the subscription",
            reason=result.reason,
            text=result.text[:300],
            streams=len(result.subscriptions) or "all",
            first=names,
        )
        if result.throttled or not result.subscriptions:
            raise SessionBroken("throttled" if result.throttled else "rejected", f"{result.reason}: {result.text}")
        self._on_refused(result.subscriptions)
