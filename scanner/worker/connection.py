"""The connection: keeps one endpoint connected and honest for as long as anything of it is wanted.

It has one conversation after another. One that is going to end makes room for its successor first, so that nothing is
missed; one that breaks is given a reason, a `Gap` in the stream where data had flowed, and a wait before the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import time_ns

import trio

from scanner.actors.backoff import Backoff, Breaker
from scanner.exchanges.base import Endpoint, SessionBroken
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Event, Gap, Subscription
from scanner.model.pulse import Link, LinkState
from scanner.model.web import address_of
from scanner.net.failure import Unreachable, leaves
from scanner.telemetry import log
from scanner.worker.conversation import Conversation
from scanner.worker.kit import Kit

HANDOVER_S = 10.0
"""A successor that has asked for everything takes over at its first data, or after so long: thin coins are quiet."""
THROTTLED = "throttled"
"""It has had too much of us, which every connection should know."""
REFUSED = frozenset({THROTTLED, "rejected"})
"""Ways to end that the venue chose: they count as refusals for the breaker."""
SILENT = "silent"
"""Why a connection is broken off at once: there is nothing on it that a successor should wait for."""

Refused = Callable[[tuple[Subscription, ...]], None]


class Connection:
    """One endpoint of one exchange. `run` returns only by cancellation."""

    def __init__(self, name: str, endpoint: Endpoint, kit: Kit, *, on_refused: Refused = lambda _: None) -> None:
        self.name = name
        self.endpoint = endpoint
        """What it is to carry now."""
        self._kit = kit
        self._on_refused = on_refused
        self._address = address_of(endpoint.url)
        self._backoff = Backoff(kit.settings.reconnect_min, kit.settings.reconnect_max)
        self._rejections = Breaker(rest_s=kit.exchange.limits.block_s)
        """This connection's own: what it asks for is refused, whoever else is let in."""
        self._log = log.get(exchange=kit.exchange.name, link=name)
        self._current: Conversation | None = None
        self._successor: Conversation | None = None
        self._stale: tuple[str, tuple[Subscription, ...]] = ("", ())
        """Why the successor is made, and which streams have gone without their data."""
        self._hole: tuple[Subscription, ...] = ()
        """What was blind when the last conversation broke, until the next one brings data."""
        self.live_since: float | None = None
        """On trio's clock; None while it is not live."""

    def want(self, subscriptions: tuple[Subscription, ...]) -> None:
        """Carry these from now on."""
        self.endpoint = Endpoint(self.endpoint.url, subscriptions)
        for conversation in (self._current, self._successor):
            if conversation is not None:
                conversation.want(subscriptions)
        if self.live_since is not None:
            self._state("live")

    def renew(self, reason: str, subscriptions: tuple[Subscription, ...]) -> None:
        """Make it anew because of these streams: a successor first, unless all is silent anyway."""
        if self._current is None or self._successor is not None:
            return
        if reason == SILENT:
            self._current.break_off(reason, "no data on any stream")
        else:
            self._stale = (reason, tuple(dict.fromkeys((*self._stale[1], *subscriptions))))
            self._current.retiring.set()

    async def run(self) -> None:
        """Converse, wait, converse again."""
        while True:
            began = trio.current_time()
            self._state("connecting")
            try:
                await self._stretch()
            except Unreachable as error:
                self._refused_by(error)
                wait = self._after(str(error), "refused" if error.refused else "unreachable")
            except SessionBroken as error:
                if error.reason in REFUSED:
                    self._rejections.refused(trio.current_time())
                if error.reason == THROTTLED:
                    self._kit.door.refused(trio.current_time())
                fed = self._current is not None and self._current.last_data
                wait = self._after(str(error), error.reason, lasted=trio.current_time() - began if fed else 0.0)
                await self._tell_break(error.reason)
            self._current = None
            await trio.sleep(wait)
            await self._wait_at_the_door()

    def _refused_by(self, error: Unreachable) -> None:
        """A ban without a date is as long as the venue's bans are."""
        if error.refused:
            ban = self._kit.exchange.limits.block_s if error.banned and error.retry_after is None else 0.0
            self._kit.door.refused(trio.current_time(), ban or error.retry_after or 0.0, banned=error.banned)

    async def _wait_at_the_door(self) -> None:
        """While this one waited, the venue may have refused another."""
        while wait := self._kit.door.wait(trio.current_time()):
            self._state("blocked", f"{self._address}: refused; next try in {wait:.1f} s")
            await trio.sleep(wait)

    def _after(self, text: str, reason: str, *, lasted: float = 0.0) -> float:
        """Decide how long to stay away, and say why."""
        now = trio.current_time()
        rest = max(self._kit.door.wait(now), self._rejections.wait(now))
        wait = max(rest, self._backoff.next(lasted=lasted))
        self._kit.ledger.count("reconnects", reason)
        self._state("blocked" if rest else "waiting", f"{text}; next try in {wait:.1f} s")
        self._log.warning(
            "not connected", reason=reason, text=text, next_try_in_s=round(wait, 1), failures=self._backoff.failures
        )
        return wait

    # ---- a stretch without a hole

    async def _stretch(self) -> None:
        """Conversations that hand over to one another; ends with Unreachable or SessionBroken of the current one."""
        try:
            async with trio.open_nursery() as nursery:
                await self._be_admitted()
                self._current = self._begin(nursery)
                await self._current.live.wait()
                self._now_live()
                nursery.start_soon(self._mend, self._current, self._hole)
                while True:
                    await self._current.retiring.wait()
                    await self._hand_over(nursery)
        except BaseExceptionGroup as group:
            found = leaves(group)
            raise (found[0] if len(found) == 1 else group) from None
        finally:
            self._successor = None

    def _begin(self, nursery: trio.Nursery) -> Conversation:
        conversation = Conversation(self._kit, self.name, self.endpoint, self._refuse)
        nursery.start_soon(self._host, conversation)
        return conversation

    async def _host(self, conversation: Conversation) -> None:
        """The end of the current conversation is the end of the stretch, unless its successor stands ready."""
        try:
            await conversation.run()
        except (Unreachable, SessionBroken) as error:
            successor = self._successor
            if conversation is self._current and not (successor is not None and successor.carries):
                raise
            if isinstance(error, Unreachable):
                self._refused_by(error)
            self._log.warning("a conversation beside the current one ended", text=str(error))

    async def _hand_over(self, nursery: trio.Nursery) -> None:
        """Make a successor and let it take over; when it cannot be made, wait before the next try."""
        await self._be_admitted()
        self._successor = self._begin(nursery)
        if await self._ready(self._successor):
            await self._take_over(self._successor)
            return
        self._successor = None
        await trio.sleep(self._backoff.next())

    async def _be_admitted(self) -> None:
        """Wait for our turn to connect, and for the door, which may be shut while we stand in line."""
        while True:
            while wait := self._kit.door.wait(trio.current_time()):  # noqa: ASYNC110 - no event opens it
                await trio.sleep(wait)
            await self._kit.connects.acquire()
            if not self._kit.door.wait(trio.current_time()):
                return

    async def _ready(self, successor: Conversation) -> bool:
        """Whether it is live, and either fed, given time enough to be, or all that is left.

        One that brings nothing while the old one brings something is deaf, and no successor.
        """
        began = time_ns()
        await _first_of(successor.live, successor.ended)
        with trio.move_on_after(HANDOVER_S):
            await _first_of(successor.fed, successor.ended, *([self._current.ended] if self._current else []))
        old = self._current
        if old is not None and old.carries and old.last_data > began and not successor.fed.is_set():
            successor.leave()
            return False
        return not successor.ended.is_set()

    async def _take_over(self, successor: Conversation) -> None:
        old, self._current, self._successor = self._current, successor, None
        (reason, stale), self._stale = self._stale, ("", ())
        if old is not None:
            if old.ended.is_set() and old.last_data and not successor.fed.is_set():
                reason, stale = "closed", self.endpoint.subscriptions  # nobody knows what came between the two
            successor.last_data = successor.last_data or old.last_data
            old.leave()
        self._kit.ledger.count("handovers", reason or "retired")
        self._log.info("a new connection has taken over", reason=reason or "retired")
        self._now_live()
        if stale:
            await self._kit.publisher.put(self._gaps(stale, 0, reason))
            self._kit.backfill.want(_trades(stale))

    def _now_live(self) -> None:
        self.live_since = trio.current_time()
        self._state("live")

    async def _mend(self, conversation: Conversation, hole: tuple[Subscription, ...]) -> None:
        """Data flows again: the door is open, and what the hole swallowed can be asked for."""
        with trio.move_on_after(HANDOVER_S):
            await conversation.fed.wait()
        if conversation.fed.is_set():
            self._kit.door.succeeded()
            self._rejections.succeeded()
        if hole:
            self._hole = ()
            self._kit.backfill.want(_trades(hole))

    # ---- what is said about it

    def _refuse(self, subscriptions: tuple[Subscription, ...]) -> None:
        """The venue does not have these: they are not asked for again here."""
        refused = frozenset(subscriptions)
        self.endpoint = Endpoint(
            self.endpoint.url, tuple(one for one in self.endpoint.subscriptions if one not in refused)
        )
        self._on_refused(subscriptions)

    async def _tell_break(self, reason: str) -> None:
        """Where data had flowed there is a hole now: say so in the stream itself."""
        self._stale = ("", ())
        last_data = self._current.last_data if self._current is not None else 0
        if last_data:
            self._hole = self.endpoint.subscriptions
            await self._kit.publisher.put(self._gaps(self._hole, last_data, reason))

    def _gaps(self, subscriptions: Iterable[Subscription], at: int, reason: str) -> list[Event]:
        now = time_ns()
        by_channel: dict[Channel, list[Instrument]] = {}
        for subscription in subscriptions:
            by_channel.setdefault(subscription.channel, []).append(subscription.instrument)
        return [
            Gap(self._kit.exchange.name, channel, tuple(instruments), at, now, reason)
            for channel, instruments in by_channel.items()
        ]

    def _state(self, state: LinkState, reason: str = "") -> None:
        if state != "live":
            self.live_since = None
        streams = len(self.endpoint.subscriptions)
        self._kit.ledger.link(Link(self.name, self._address, state, time_ns(), streams, reason))


def _trades(subscriptions: Iterable[Subscription]) -> tuple[Subscription, ...]:
    return tuple(one for one in subscriptions if one.channel == "trade")


async def _first_of(*events: trio.Event) -> None:
    """Return when one of them is set."""
    async with trio.open_nursery() as nursery:

        async def wait(event: trio.Event) -> None:
            await event.wait()
            nursery.cancel_scope.cancel()

        for event in events:
            nursery.start_soon(wait, event)
