"""From alerts to receivers, wired: the store, the dispatcher, and who watches the scanner itself.

    alerts of the desk ──► dispatcher ──► store ──► receivers
    open stories, decisions ────────────► store
    what is wrong with us ──► troubles ──► dispatcher

It opens before the first worker and closes after the last one, so that whatever is decided finds it open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from time import time_ns

import trio
from msgspec import Struct, structs

from scanner import __version__
from scanner.alerts import conditions
from scanner.alerts.conditions import Condition
from scanner.alerts.episodes import Episodes
from scanner.alerts.routing import Routing
from scanner.alerts.troubles import Troubles, told
from scanner.delivery.deadman import Deadman, PingOutcome
from scanner.delivery.dispatcher import Dispatcher
from scanner.delivery.post import Post
from scanner.delivery.tallies import Tallies
from scanner.model.alert import Alert, Fact
from scanner.model.decision import Decision
from scanner.model.moments import SECOND
from scanner.settings import Settings
from scanner.store import decisions, outbox, silences, stories
from scanner.store.folder import StoreUnusable
from scanner.store.upkeep import Pruned, prune
from scanner.store.writer import Writer
from scanner.telemetry import log

PRUNE_EVERY_S = 600
"""Between two prunings of the store; where one has not been enough, the next tick goes on."""
LOOK_S = 5.0
"""Between two looks into the store for what only it knows."""
GOODBYE_S = 1.0
"""What is still on its way when we are asked to stop gets this long; what waits then is kept for the next start."""


class Outlook(Struct, frozen=True):
    """How receivers and the store stand, as of the last second; receiver → number. Replaced whole, for any thread."""

    up: Mapping[str, int] = {}
    letters: Mapping[str, int] = {}
    oldest_s: Mapping[str, float] = {}
    dead: Mapping[str, int] = {}
    silences: int = 0


class Alerting:
    """Told of alerts and of what is wrong; everything else it does by itself. Made once, opened once."""

    def __init__(
        self,
        settings: Settings,
        writer: Writer,
        posts: Mapping[str, Post],
        episodes: Episodes,
        *,
        tallies: Tallies,
        always: Sequence[str] = (),
        missed: Callable[[int], list[Decision]],
        deadman: Deadman | None = None,
        clock: Callable[[], int] = time_ns,
    ) -> None:
        """`always` are receivers that no route leaves out: what stands on our own screen.

        `missed` says once a second which rules nearly fired.
        """
        self.tallies = tallies
        self.writer = writer
        self.deadman = deadman
        self.outlook = Outlook()
        self._missed = missed
        self._calling = trio.CancelScope()
        """Of the signs of life by the settings in force."""
        self._around = trio.CancelScope()
        """Of what goes on beside the alerts: signs of life, and looks into the store."""
        self._settings = settings
        self._episodes = episodes
        self._clock = clock
        self._troubles = Troubles()
        self._next_pruning = 0
        self._log = log.get(actor="alerting")
        self.dispatcher = Dispatcher(
            posts,
            self._routing(posts, always),
            self.writer,
            episodes.ledger,
            mute=settings.alerts.mute,
            tallies=tallies,
            clock=clock,
        )

    @property
    def signs_of_life(self) -> Mapping[PingOutcome, int]:
        """Outcome → pings of the dead man's switch in force; empty where there is none."""
        return self.deadman.outcomes if self.deadman is not None else {}

    @asynccontextmanager
    async def open(self, resumed: Callable[[list[Alert]], None]) -> AsyncIterator[None]:
        """Serve while the block lasts, and bring what waits afterwards, within `GOODBYE_S`.

        `resumed` gets what the stories of the last life have to say at once. StoreUnusable, in a group, where the
        database cannot be used.
        """
        async with trio.open_nursery() as store:
            await store.start(self.writer.run)
            remembered = self._troubles.restore(await self.writer.do(stories.load))
            async with trio.open_nursery() as delivery:
                await delivery.start(self.dispatcher.run)
                store.start_soon(self._go_around)
                self._say_word(conditions.STARTED, f"scanner {__version__} started", self._settings.ops_alerts.startup)
                resumed(self._episodes.restore(remembered, self._clock()))
                yield
                self._say_word(conditions.STOPPED, f"scanner {__version__} stops", self._settings.ops_alerts.shutdown)
                self._save()
                self.dispatcher.close(GOODBYE_S)
            self._around.cancel()
            self.writer.close()

    def revise(
        self, settings: Settings, posts: Mapping[str, Post], *, always: Sequence[str] = (), deadman: Deadman | None
    ) -> None:
        """Go by these from now on, while open; arguments as when it was made. Whose post is the same is kept."""
        self._settings = settings
        self.dispatcher.revise(posts, self._routing(posts, always), settings.alerts.mute)
        if deadman is not self.deadman:
            self.deadman = deadman
            self._calling.cancel()

    def tell(self, headline: str, facts: dict[str, Fact]) -> None:
        """Whoever looks after the scanner hears that the configuration was read again, where that is wanted."""
        if self._settings.ops_alerts.reload:
            self.dispatcher.offer([told(conditions.RELOADED, headline, self._clock(), facts=facts)])

    def publish(self, alerts: Sequence[Alert]) -> None:
        """Bring these to whoever is to hear them, and keep where their stories stand; never waits."""
        if alerts:
            self.dispatcher.offer([self._with_link(alert) for alert in alerts], self._episodes.course_of)
            self._save_stories()  # in the transaction of the alerts: a restart knows of both or of neither

    def tick(self, now: int, wrong: Iterable[Condition]) -> None:
        """Once a second: what is wrong with the scanner at `now` (nanoseconds UTC), besides what is known here."""
        self.dispatcher.offer(self._troubles.judge([*wrong, *self._our_own()], now))
        for decision in self._missed(now):
            self._episodes.ledger.note(decision)
        self._save()
        self._look_around()
        if now >= self._next_pruning:
            self._next_pruning = now + PRUNE_EVERY_S * SECOND
            kept = self._settings.state
            keep_ns = round(kept.keep * SECOND)
            self.writer.put(
                partial(prune, now=now, keep_ns=keep_ns, keep_count=kept.keep_alerts), self._pruned, essential=False
            )

    def _routing(self, posts: Mapping[str, Post], always: Sequence[str]) -> Routing:
        routing = Routing(self._settings.routes, self._settings.alerts.receivers, tuple(posts), always)
        if routing.unasked:
            self._log.warning("routes that are never asked: one before them takes everything", routes=routing.unasked)
        return routing

    async def _go_around(self) -> None:
        with self._around:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._give_signs_of_life)
                while True:
                    await self._look_into_store()
                    await trio.sleep(LOOK_S)

    async def _give_signs_of_life(self) -> None:
        """To one after another, as settings change."""
        while True:
            with trio.CancelScope() as self._calling:
                if self.deadman is not None:
                    await self.deadman.run()
                await trio.sleep_forever()

    async def _look_into_store(self) -> None:
        try:
            counts, known = await self.writer.read(partial(_read, now=self._clock()))
        except StoreUnusable:  # the writer says so, and when it can be read again
            return
        dead = dict.fromkeys(self.tallies.attempts, 0) | {count.receiver: count.letters for count in counts}
        self.outlook = structs.replace(self.outlook, dead=dead, silences=known)

    def _look_around(self) -> None:
        waiting, states = self.dispatcher.waiting(), self.dispatcher.states()
        self.outlook = structs.replace(
            self.outlook,
            up={name: int(state == "up") for name, state in states.items()},
            letters={name: each.letters for name, each in waiting.items()},
            oldest_s={name: each.oldest_s for name, each in waiting.items()},
        )

    def _save(self) -> None:
        self._save_stories()
        if noted := self._episodes.ledger.take():
            self.writer.put(partial(decisions.add, decisions=noted), essential=False)

    def _save_stories(self) -> None:
        for changes in (self._episodes.changes(), self._troubles.changes()):
            if changes.saved or changes.dropped:
                self.writer.put(partial(stories.save, states=changes.saved, drop=changes.dropped))

    def _our_own(self) -> list[Condition]:
        """What is wrong with receivers and the store."""
        settings, states = self._settings.ops_alerts, self.dispatcher.states()
        wrong = [
            conditions.receiver_disabled(name, failing.why, failing.since)
            if states[name] == "disabled"
            else conditions.receiver_failing(settings, name, failing.why, failing.since)
            for name, failing in self.dispatcher.failing().items()
        ]
        if not self.writer.writable:
            wrong.append(conditions.state_unwritable(settings, self.writer.why, self.writer.since))
        return wrong

    def _pruned(self, pruned: Pruned | None) -> None:
        if pruned is None:
            return
        if pruned.dropped:
            self._log.warning("letters that waited are beyond the bounds of the store", dropped=pruned.dropped)
        if pruned.more:
            self._next_pruning = 0

    def _with_link(self, alert: Alert) -> Alert:
        venue = self._settings.venues.get(alert.exchange)
        page = venue.page(alert.instrument) if venue is not None else ""
        return structs.replace(alert, link=page) if page else alert

    def _say_word(self, rule: str, headline: str, wanted: bool) -> None:  # noqa: FBT001  # a setting
        if wanted:
            watched = self._settings.scanner.markets
            facts: dict[str, Fact] = {"venues": ", ".join(self._settings.venues), "markets": ", ".join(watched)}
            self.dispatcher.offer([told(rule, headline, self._clock(), facts=facts)])


def _read(database: sqlite3.Connection, now: int) -> tuple[list[outbox.Tally], int]:
    return outbox.tallies(database, ["dead"]), len(silences.active(database, now))
