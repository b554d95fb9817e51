"""The poller: what no stream carries is asked for by REST again and again, each answer at its own pace."""

from __future__ import annotations

from collections.abc import Iterable
from time import time_ns

import trio

from scanner.exchanges.base import Poll, RemoteNonsense
from scanner.exchanges.refusal import TurnedAway
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Event, Gap, Subscription, Ticker, Topic
from scanner.model.pulse import Link, LinkState
from scanner.model.web import address_of
from scanner.net.failure import Unreachable
from scanner.telemetry import log
from scanner.worker.asking import Asking
from scanner.worker.kit import Kit

SPREAD_S = 1.0
"""First questions are spread over this long: a burst is what limits are made against."""
TOPICS: frozenset[Channel | Topic] = frozenset({"overview", "coin"})
"""What is told about no instrument."""


class Poller:
    """`want` says what is to be known, `run` keeps asking. Never two requests of one poll at a time."""

    def __init__(self, kit: Kit, name: str) -> None:
        """Each poll is a link that is called `name` and its tag."""
        self._kit = kit
        self._name = name
        self._wanted: frozenset[Subscription] = frozenset()
        self._refused: frozenset[Subscription] = frozenset()
        self._changed = trio.Event()
        self._running: dict[str, Asking] = {}
        self._log = log.get(exchange=kit.exchange.name, actor="poller")

    def want(self, subscriptions: Iterable[Subscription]) -> None:
        """These are wanted from now on, as far as they have to be asked for."""
        self._wanted = frozenset(subscriptions)
        self._changed.set()

    def stand_in(self, refused: frozenset[Subscription]) -> None:
        """The venue refuses streams of these: ask for them instead, as far as it lets itself be asked."""
        if refused != self._refused:
            self._refused = refused
            self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            while True:
                await self._changed.wait()
                self._changed = trio.Event()
                self._arrange(nursery)

    def _arrange(self, nursery: trio.Nursery) -> None:
        """A poll that goes on keeps its pace; others end or begin."""
        exchange = self._kit.exchange
        asked = [*exchange.polls(self._wanted), *exchange.fallback(self._refused & self._wanted)]
        polls = {poll.tag: poll for poll in asked}
        for tag in self._running.keys() - polls.keys():
            self._running.pop(tag).scope.cancel()
        for place, (tag, poll) in enumerate(polls.items()):
            if tag in self._running:
                self._running[tag].poll = poll
                continue
            self._running[tag] = asking = Asking(poll, self._kit.settings, self._log)
            self._report(asking, "connecting", "")
            nursery.start_soon(self._keep_asking, asking, place / len(polls) * min(poll.every_s, SPREAD_S))

    async def _keep_asking(self, asking: Asking, first_after_s: float) -> None:
        with asking.scope:
            await trio.sleep(first_after_s)
            while True:
                again_at = await self._ask(asking)
                await trio.sleep_until(again_at)
        if asking.poll.tag not in self._running:  # else a new one has taken its place, and its link
            self._kit.ledger.forget(self._link(asking))

    async def _ask(self, asking: Asking) -> float:
        """Ask once; when to ask again, on trio's clock. A slow answer delays the next question, and adds none."""
        poll, began = asking.poll, trio.current_time()
        try:
            body = await self._kit.rest.get(poll.request)
            seen = time_ns()
            events = self._kit.exchange.parse_polled(poll.tag, body, seen)
        except Unreachable as error:
            return await self._failed(asking, error, self._explanation(poll, error))
        except RemoteNonsense as error:
            self._kit.ledger.count("parse_errors")
            return await self._failed(asking, error, error if isinstance(error, TurnedAway) else None)
        self._succeeded(asking, events, seen)
        await self._kit.publisher.put(self._kit.intake.take(self._of_interest(events)))
        return began + poll.every_s

    def _explanation(self, poll: Poll, error: Unreachable) -> TurnedAway | None:
        """What the venue itself says about a refusal, where it says anything that can be read."""
        body = error.body  # an answer may have had one; a connection that failed brought nothing
        try:
            self._kit.exchange.parse_polled(poll.tag, body, time_ns())
        except TurnedAway as told:
            return told
        except RemoteNonsense:
            pass
        return None

    def _of_interest(self, events: list[Event]) -> list[Event]:
        """An answer may tell of the whole venue."""
        wanted = {one.instrument for one in self._wanted if one.channel == "ticker"}
        return [event for event in events if not isinstance(event, Ticker) or event.instrument in wanted]

    def _succeeded(self, asking: Asking, events: list[Event], seen: int) -> None:
        self._kit.ledger.count("polls", "ok")
        self._kit.ledger.last_data = seen
        self._kit.ledger.polled = frozenset(one.instrument for one in self._streamless())
        if asking.blind:
            self._log.info("a poll is answered again", poll=asking.poll.tag)
        asking.answered(events, seen)
        if asking.state != "live":
            self._report(asking, "live", "")

    async def _failed(self, asking: Asking, error: Exception, told: TurnedAway | None) -> float:
        """Counted, said seldom, told as a hole as soon as it is one; when to ask again."""
        wait = asking.patience(error, told)
        again_at = trio.current_time() + wait
        text = str(error) if told in (None, error) else f"{error}: {told}"
        self._kit.ledger.count("polls", "failed")
        self._kit.ledger.polled = frozenset()
        asking.seldom.warning("a poll failed", poll=asking.poll.tag, text=text, next_try_in_s=round(wait, 1))
        self._report(asking, "waiting", f"{self._kit.exchange.title}: {text}; next try in {wait:.1f} s")
        if asking.opens_hole(again_at):
            asking.blind = True
            await self._kit.publisher.put(self._gaps(asking))
        return again_at

    def _gaps(self, asking: Asking) -> list[Event]:
        """Blind for whatever its answers told."""
        blind: dict[Channel | Topic, list[Instrument]] = {kind: [] for kind in sorted(asking.kinds)}
        for one in self._streamless():
            if one.channel in blind:
                blind[one.channel].append(one.instrument)
        name, since, now = self._kit.exchange.name, asking.last_seen, time_ns()
        return [
            Gap(name, kind, tuple(instruments), since, now, "poll_failed")
            for kind, instruments in blind.items()
            if instruments or kind in TOPICS
        ]

    def _streamless(self) -> list[Subscription]:
        """What of the wanted has no stream: that is what polls are for."""
        stream_of = self._kit.exchange.stream_of
        return sorted(one for one in self._wanted if one in self._refused or not stream_of(one))

    def _link(self, asking: Asking) -> str:
        return f"{self._name}-{asking.poll.tag}"

    def _report(self, asking: Asking, state: LinkState, reason: str) -> None:
        asking.state = state
        address = address_of(asking.poll.request.url)
        self._kit.ledger.link(Link(self._link(asking), address, state, time_ns(), len(self._streamless()), reason))
