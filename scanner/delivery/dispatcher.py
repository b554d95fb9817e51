"""The dispatcher: what is told becomes letters in the outbox, and goes on to its receivers once it is safe there.

    news → muted? → silenced? → routes → each receiver: wants it? → burst? → letters → store → receivers

`offer` decides and never waits; the store and the receivers take their time, each its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import time_ns

import trio

from scanner.actors.backoff import uniform
from scanner.alerts.ledger import Ledger
from scanner.alerts.routing import Routing
from scanner.alerts.silences import complaint
from scanner.delivery import orders
from scanner.delivery.asking import ask
from scanner.delivery.hearing import UNOPENED
from scanner.delivery.orders import Orders
from scanner.delivery.post import Post
from scanner.delivery.receiver import Receiver
from scanner.delivery.sorting import Sorted, Sorter, decided
from scanner.delivery.tallies import Failing, State, Tallies, Waiting
from scanner.model.alert import Alert
from scanner.model.news import Notification, Point, Trouble
from scanner.store import outbox
from scanner.store.notifications import note
from scanner.store.outbox import Letter
from scanner.store.writer import Writer
from scanner.telemetry import log

ASK_AGAIN_S = 1.0
"""After the store could not say what operators want."""

Course = tuple[Point, ...]


def _no_course(_: Alert) -> Course:
    return ()


class Dispatcher:
    """Between those who decide what is worth telling and those who are told."""

    def __init__(
        self,
        posts: Mapping[str, Post],
        routing: Routing,
        writer: Writer,
        ledger: Ledger,
        *,
        mute: Sequence[str] = (),
        tallies: Tallies | None = None,
        clock: Callable[[], int] = time_ns,
        draw: Callable[[float, float], float] = uniform,
    ) -> None:
        """`mute` are globs of coins of which nobody hears; `clock` gives nanoseconds UTC; `draw` is for jitter.

        `tallies` is given where sinks were handed its `degrade` before.
        """
        self.tallies = tallies if tallies is not None else Tallies(posts)
        self._posts = dict(posts)
        self._writer = writer
        self._ledger = ledger
        self._clock = clock
        self._draw = draw
        self._sorter = Sorter(self._posts, routing, mute)
        self._receivers = {name: self._receiver(post) for name, post in self._posts.items()}
        self._serving: trio.Nursery | None = None
        self._orders = Orders()
        self._stale = trio.Event()
        self._latest = 0
        """The moment of the last offer: what came later is never due before it, whatever the clock is set to."""
        self._unwritten = 0
        """Offers of which the store has said nothing yet."""
        self._life = trio.CancelScope()
        self._shut = trio.Event()
        self._closing = False
        self._log = log.get(actor="dispatcher")

    def offer(self, news: Sequence[Alert | Trouble], course_of: Callable[[Alert], Course] = _no_course) -> None:
        """Decide who hears of these, in this order; never waits, never fails.

        `course_of` says what led to an alert, for a picture. After `close` they wait in the store for the next start.
        """
        if not news:
            return
        sorted_ = [self._sort(each, course_of(each) if isinstance(each, Alert) else ()) for each in news]
        letters = [letter for _, each in sorted_ for letter in each.letters]
        self._unwritten += 1
        self._writer.put(
            partial(_write, [notification for notification, _ in sorted_], [*filter(self._is_durable, letters)]),
            partial(self._pass_on, letters, late=self._closing),
        )

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until `close`; returns when all is delivered, or its grace is over.

        Started once the store was asked what waits in it, and who wants nothing any more. The writer must run longer.
        """
        self._writer.changed_outside(self.refresh)
        async with trio.open_nursery() as nursery:
            await nursery.start(self._follow_orders)
            task_status.started()
            with self._life:
                async with trio.open_nursery() as self._serving:
                    self._serving.start_soon(self._shut.wait)  # where nobody is a receiver yet
                    for name in self._receivers:
                        self._serving.start_soon(self._serve, name)
            nursery.cancel_scope.cancel()

    def revise(self, posts: Mapping[str, Post], routing: Routing, mute: Sequence[str] = ()) -> None:
        """Go by these from now on, while `run` serves. Whose post is the very same goes on as if nothing had happened.

        Another post takes its receiver's place once the attempt under way is over, with all that waits for it; letters
        of who is no receiver any more become dead ones.
        """
        changed = [name for name, post in self._posts.items() if posts.get(name) is not post]
        self._posts = dict(posts)
        self.tallies.admit(posts)
        self._sorter.revise(self._posts, routing, mute)
        for name in changed:
            if name in self._receivers:  # else it is gone already
                self._receivers[name].retire()
        for name in [name for name in posts if name not in self._receivers]:
            self._receivers[name] = self._receiver(posts[name])
            if self._serving is not None:
                self._serving.start_soon(self._serve, name)
        self.refresh()

    def refresh(self) -> None:
        """Another process has written to the store: a silence, a letter that is to be tried again, an `enable`."""
        self._stale.set()

    def close(self, grace_s: float) -> None:
        """What was offered has this long to arrive, in the usual order; what still waits then is kept in the store."""
        self._closing = True
        self._shut.set()
        self._life.deadline = trio.current_time() + grace_s
        self._close_receivers()

    def failing(self) -> dict[str, Failing]:
        """Receivers that get nothing: since when, and why."""
        return {name: each.failing for name, each in self._receivers.items() if each.failing is not None}

    def states(self) -> dict[str, State]:
        """Receiver → how it stands."""
        return {name: receiver.state for name, receiver in self._receivers.items()}

    def waiting(self) -> dict[str, Waiting]:
        """Receiver → what is still to come to it."""
        return {name: receiver.waiting for name, receiver in self._receivers.items()}

    def _sort(self, news: Alert | Trouble, course: Course) -> tuple[Notification, Sorted]:
        made = self._clock()
        self._latest = max(self._latest, made)
        notification = Notification(news, made, course)
        found = self._sorter.sort(notification, self._orders.silences, self._latest)
        for decision in found.decisions:
            self._ledger.note(decision)
        self.tallies.notify(news.rule, found.outcome)
        return notification, found

    def _receiver(self, post: Post) -> Receiver:
        return Receiver(post, self._writer, self.tallies, clock=self._clock, draw=self._draw)

    async def _serve(self, name: str) -> None:
        """One receiver after another under this name, as its settings change."""
        while (receiver := self._receivers.get(name)) is not None:
            await receiver.run()
            if not receiver.retiring:
                break
            self._succeed(name, receiver)

    def _succeed(self, name: str, retired: Receiver) -> None:
        """What it held goes on to the next; what only the store holds is read from there, or buried there."""
        post, left = self._posts.get(name), retired.left()
        if post is None:
            del self._receivers[name]
            self.tallies.count(name, "dropped", sum(not letter.seq for letter in left))
        else:
            self._receivers[name] = self._receiver(post)
            for letter in left:
                self._receivers[name].take(letter)
        self._close_receivers()
        self.refresh()

    def _is_durable(self, letter: Letter) -> bool:
        post = self._posts.get(letter.receiver)  # none where it is no receiver any more
        return post is not None and post.durable

    def _pass_on(self, letters: list[Letter], added: list[Letter] | None, *, late: bool) -> None:
        """They are safe, or cannot be just now: then they go on from memory. What was in the store before, does not."""
        self._unwritten -= 1
        if added is None:
            for letter in filter(self._is_durable, letters):
                self.tallies.undurable[letter.receiver] += 1
        filed = {(letter.notification.id, letter.receiver): letter for letter in added or ()}
        for letter in letters:
            known = filed.get((letter.notification.id, letter.receiver))
            if known is not None or added is None or not self._is_durable(letter):
                self._hand_over(known or letter, late=late)
            elif isinstance(news := letter.notification.news, Alert | Trouble) and news.kind == "closed":
                self._ledger.note(decided(news, self._clock(), UNOPENED, letter.receiver))
        self._close_receivers()

    def _hand_over(self, letter: Letter, *, late: bool) -> None:
        receiver = self._receivers.get(letter.receiver)
        if receiver is not None and not late:
            receiver.take(letter)
        elif late or not letter.seq:
            self.tallies.count(letter.receiver, "kept" if letter.seq else "dropped")
        else:  # nobody's any more: the store is told to bury it
            self.refresh()

    def _close_receivers(self) -> None:
        if self._closing and not self._unwritten:
            for receiver in self._receivers.values():
                receiver.close()

    async def _follow_orders(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Ask the store whenever it was changed from outside, and soon again where it could not answer."""
        answered = await self._ask()
        task_status.started()
        while True:
            if answered:
                await self._stale.wait()
            else:
                await trio.sleep(ASK_AGAIN_S)
            answered = await self._ask()

    async def _ask(self) -> bool:
        """Whether the store has answered."""
        self._stale = trio.Event()
        answers: list[Orders | None] = []
        told = trio.Event()

        def then(answer: Orders | None) -> None:
            answers.append(answer)
            told.set()

        ask(self._writer, partial(orders.read, posts=self._posts, now=self._clock()), then)
        await told.wait()
        if (answer := answers[0]) is not None:
            self._obey(answer)
        return answer is not None

    def _obey(self, answer: Orders) -> None:
        if answer.buried:
            self._log.warning("letters for receivers that are no longer configured are dead", letters=answer.buried)
        for why in filter(None, map(complaint, answer.silences)):
            self._log.warning("silence without effect", why=why)
        self._orders = answer
        for name, receiver in self._receivers.items():
            receiver.obey(answer.disabled.get(name), answer.waiting.get(name, 0), answer.asked)


def _write(notifications: list[Notification], letters: list[Letter], database: sqlite3.Connection) -> list[Letter]:
    """All that was told is kept, also what nobody is to hear. How a story ended goes to those who have heard of it."""
    for notification in notifications:
        note(database, notification)
    return outbox.add(database, (letter for letter in letters if _is_understood(database, letter)))


def _is_understood(database: sqlite3.Connection, letter: Letter) -> bool:
    """Asked when all letters before this one are written."""
    news = letter.notification.news
    return news.kind != "closed" or outbox.heard(database, letter.receiver, news.id)
