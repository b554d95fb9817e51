"""A whole delivery in virtual time: real dispatcher, writer and database, and sinks that do as they are told."""

from contextlib import asynccontextmanager

import trio
from msgspec.structs import replace

from scanner.alerts.ledger import Ledger
from scanner.alerts.routing import Routing
from scanner.delivery.dispatcher import Dispatcher
from scanner.delivery.post import Post
from scanner.model.alert import Alert
from scanner.model.instrument import Instrument
from scanner.model.news import Trouble
from scanner.sinks.base import Delivered, ReceiverSettings
from scanner.store import outbox
from scanner.store.database import DATABASE
from scanner.store.writer import Writer
from tests.store.inline import inline
from tests.store.letters import asked

SECOND = 1_000_000_000
START = 1_790_000_040 * SECOND
"""When every virtual life begins: nanoseconds UTC."""


def alert(story=0, **changes) -> Alert:
    """The opening of story so and so, unless told otherwise; all on Upbit."""
    values = {
        "id": f"story-{story}",
        "rule": "pump",
        "stage": "pump",
        "instrument": Instrument(f"C{story}", "KRW"),
        "exchanges": ("upbit",),
        "severity": "warning",
        "score": 60,
        "headline": f"C{story}/KRW +6.0 % in 1 s",
        "price": 106.0,
        "change": 0.06,
        "window_s": 1.0,
        "volume_ratio": 17.0,
        "facts": {"trades": 4},
        "at": START,
    }
    return Alert(**(values | changes))


def scattered(count) -> list[Alert]:
    """Openings that are no burst: each on a venue of its own."""
    return [alert(number, exchanges=(f"venue-{number}",)) for number in range(count)]


def trouble(rule="venue_silent", **changes) -> Trouble:
    values = {"id": rule, "rule": rule, "severity": "high", "headline": "upbit says nothing", "facts": {}, "at": START}
    return Trouble(**(values | changes))


class Sink:
    """Answers what it is told to, then `Delivered`, and keeps a diary in virtual time."""

    def __init__(self, *answers, takes=0.0):
        self.answers = list(answers)
        self.takes = takes
        self.began = trio.current_time()
        self.attempts = []
        """(seconds since the beginning, notification, earlier)"""
        self.got = []
        self.closed_at = None

    async def deliver(self, notification, earlier=""):
        self.attempts.append((trio.current_time() - self.began, notification, earlier))
        await trio.sleep(self.takes)
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, Delivered):
            self.got.append(notification)
        return answer

    async def aclose(self):
        assert self.closed_at is None
        self.closed_at = trio.current_time() - self.began

    @property
    def moments(self):
        return [round(at, 6) for at, _, _ in self.attempts]

    @property
    def stories(self):
        """What arrived, as (id of its story, kind)."""
        return [(notification.news.id, notification.news.kind) for notification in self.got]


class Office:
    """One life of a scanner's delivery over one state folder."""

    def __init__(self, folder, sinks, *, routes=None, mute=(), **settings):
        """`settings` are of every receiver; a value that is a dict tells it by receiver."""
        self.path = folder / DATABASE
        self.sinks = sinks
        self.began = trio.current_time()
        self.step = 0
        """Nanoseconds by which somebody has set the wall clock since."""
        self.writer = Writer(self.path, clock=self.clock, away=inline)
        self.ledger = Ledger()
        self.posts = {name: Post(name, sink, ReceiverSettings(**settings)) for name, sink in sinks.items()}
        self.routes = routes
        self.mute = mute
        self.dispatcher = None

    def change(self, name, **changes):
        """Another post before `open`."""
        settings = changes.pop("settings", {})
        post = self.posts[name]
        self.posts[name] = replace(post, settings=replace(post.settings, **settings), **changes)

    def clock(self):
        return START + round((trio.current_time() - self.began) * 1e9) + self.step

    @asynccontextmanager
    async def open(self, *, grace_s=1e6):
        """Runs while inside; then closes with this grace, and waits for the end."""
        async with trio.open_nursery() as house:
            await house.start(self.writer.run)
            routing = self.routes or Routing({}, (), tuple(self.posts))
            self.dispatcher = Dispatcher(
                self.posts,
                routing,
                self.writer,
                self.ledger,
                mute=self.mute,
                clock=self.clock,
                draw=lambda _, high: high,
            )
            async with trio.open_nursery() as nursery:
                await nursery.start(self.dispatcher.run)
                yield self
                self.dispatcher.close(grace_s)
            self.writer.close()

    async def serve(self, *news, grace_s=1e6):
        """A life in which all of this is offered at once."""
        async with self.open(grace_s=grace_s):
            self.offer(*news)

    def offer(self, *news):
        self.dispatcher.offer(news)

    def outcomes(self, name):
        """Those that have come."""
        counted = self.dispatcher.tallies.deliveries
        return {outcome: count for (receiver, outcome), count in counted.items() if receiver == name and count}

    def decisions(self):
        return [(decision.receiver, decision.outcome) for decision in self.ledger.take()]

    def ask(self, job):
        """What the store holds, as another process would read it."""
        return asked(self.path, job)

    def states(self, receiver):
        """Of the letters of one receiver in the store."""
        return {tally.state: tally.letters for tally in self.ask(outbox.tallies) if tally.receiver == receiver}


async def quiet():
    """Everybody has done what can be done without time passing."""
    await trio.testing.wait_all_tasks_blocked()
