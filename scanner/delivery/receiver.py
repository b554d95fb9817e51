"""One receiver is one actor: a slow one delays nobody but itself, and it gets its letters in their order.

Decide first, then await: `_decide` looks at what waits and at the clocks, and says what to do next.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import trio

from scanner.actors.limiter import Limiter
from scanner.delivery.parcel import Parcel
from scanner.delivery.picking import Picker
from scanner.delivery.post import Post
from scanner.delivery.records import Records
from scanner.delivery.shelf import Shelf
from scanner.delivery.standing import Standing
from scanner.delivery.tallies import Failing, Outcome, State, Tallies, Waiting
from scanner.model.moments import SECOND
from scanner.sinks.base import Delivered, Gone, Refused, Retry
from scanner.store import outbox
from scanner.store.outbox import Letter
from scanner.store.receivers import Disabled
from scanner.store.writer import Writer
from scanner.telemetry import log

FAREWELL_S = 2.0
"""What closing a sink may take."""
MARKS: dict[Outcome, outbox.State] = {
    "delivered": "delivered",
    "refused": "dead",
    "given_up": "dead",
    "gone": "dead",
    "expired": "expired",
    "dropped": "dropped",
}
"""What becomes of a letter in the store."""


class Receiver:
    """Takes letters once they are safe, and brings each to its sink until it is delivered, dead or expired.

    Its pace is a strict sliding window, not a token bucket: a bucket that was full lets nearly twice its count through
    in one window, which is what services answer with 429.
    """

    def __init__(
        self,
        post: Post,
        writer: Writer,
        tallies: Tallies,
        *,
        clock: Callable[[], int],
        draw: Callable[[float, float], float],
    ) -> None:
        """`clock` gives nanoseconds UTC, by which letters are due and grow old; waits are measured on trio's."""
        self._post = post
        self._name = post.name
        self._writer = writer
        self._tallies = tallies
        self._clock = clock
        self._records = Records(post.name, writer, post.fingerprint)
        self._shelf = Shelf(self._records, durable=post.durable, changed=self._wake)
        self._picker = Picker(self._shelf, self._records, durable=post.durable, clock=clock, changed=self._wake)
        self._standing = Standing(draw)
        self._pace = Limiter(post.windows)
        self._parcel: Parcel | None = None
        """What is being brought, from before its first attempt to its end."""
        self._woken = trio.Event()
        self._closing = False
        self.retiring = False
        """Whether another is to take its place: it ends with the attempt that is under way."""
        self._trouble = log.Seldom(log.get(receiver=post.name), trio.current_time)

    @property
    def state(self) -> State:
        """How it stands."""
        return self._standing.state(trio.current_time())

    @property
    def failing(self) -> Failing | None:
        """Since when it gets nothing, and why."""
        return self._standing.failing

    @property
    def waiting(self) -> Waiting:
        """What is still to come to it."""
        made = [letter.notification.made for letter in self._shelf.hand.all()]
        oldest_s = max(0.0, (self._clock() - min(made)) / SECOND) if made else 0.0
        return Waiting(len(self._shelf), oldest_s)

    def take(self, letter: Letter) -> None:
        """A new letter, committed, or not to be committed now; never waits."""
        if self._standing.disabled:
            self._end((letter,), "gone", self._standing.disabled)
        elif (lost := self._shelf.hand.take(letter)) is not None:
            self._end((lost,), "dropped", "too many waiting")
        self._wake()

    def obey(self, disabled: Disabled | None, waiting: int, asked: int) -> None:
        """What the store said at `asked`, nanoseconds UTC: whether this is disabled, how many letters wait for it."""
        if disabled is not None:
            self._standing.disable(disabled.why, disabled.at)
        elif self._standing.disabled and self._standing.failing_since < asked:
            self._standing.enable()
        if not self._standing.disabled:
            self._shelf.refresh(waiting)
        self._wake()

    def close(self) -> None:
        """Nothing new comes: end when nothing waits any more."""
        self._closing = True
        self._wake()

    def retire(self) -> None:
        """Its settings are others now, or it is none any more: end soon, and leave what waits to who comes next."""
        self.retiring = True
        self._wake()

    def left(self) -> tuple[Letter, ...]:
        """What it holds and has not brought; the store may hold more."""
        return self._shelf.hand.all()

    async def run(self) -> None:
        """Until `close` and then all is brought, until `retire`, or until cancelled: what still waits then is kept."""
        try:
            while not self._is_done():
                step = self._decide()
                if isinstance(step, Parcel):
                    await self._attempt(step)
                else:
                    await self._rest(step)
        finally:
            if not self.retiring:
                self._keep()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + FAREWELL_S):
                await self._post.sink.aclose()

    def _is_done(self) -> bool:
        is_idle = not len(self._shelf) or bool(self._standing.disabled)
        return self.retiring or (self._closing and is_idle)

    def _decide(self) -> Parcel | float:
        """What to bring now, or for how many seconds there is nothing to do."""
        if self._standing.disabled:
            return math.inf
        if self._parcel is None:
            picked = self._picker.pick(closing=self._closing)
            if not isinstance(picked, Parcel):
                return picked
            self._parcel = picked
        parcel = self._parcel
        if self._clock() - parcel.born > self._post.max_age_ns:
            self._finish(parcel, "expired", f"older than {self._post.settings.max_age:g} s")
            return 0.0
        return self._standing.wait(trio.current_time()) or self._pace.wait() or parcel

    async def _attempt(self, parcel: Parcel) -> None:
        await self._pace.acquire()
        self._tallies.attempts[self._name] += 1
        match await self._post.sink.deliver(parcel.notification, parcel.earlier):
            case Delivered(reference):
                self._delivered(parcel, reference)
            case Retry() as answer:
                self._failed(parcel, answer)
            case Refused(why):
                self._standing.failed(why, self._clock())
                self._finish(parcel, "refused", why)
            case Gone(why):
                self._gone(parcel, why)

    def _delivered(self, parcel: Parcel, reference: str) -> None:
        self._standing.succeeded()
        now = self._clock()
        for letter in parcel.letters:
            self._tallies.seconds[self._name].observe(max(0.0, (now - letter.notification.made) / SECOND))
        # A message about many stories is none that one of them could go on in.
        thread = reference if parcel.is_alone else ""
        self._records.refer(parcel.notification.news.id, thread)
        self._finish(parcel, "delivered", reference=thread)

    def _failed(self, parcel: Parcel, answer: Retry) -> None:
        at = self._clock()
        self._standing.retry(answer, trio.current_time(), at)
        if self._post.durable:
            self._records.failed(parcel.letters, at, answer.why)
        tried = parcel.tried()
        if tried.attempts >= self._post.settings.attempts:
            self._finish(tried, "given_up", f"given up after {tried.attempts} attempts: {answer.why}")
            return
        self._parcel = tried
        self._tallies.count(self._name, "retried", len(parcel.letters))
        self._trouble.warning("alert retried", alert=parcel.notification.news.id, why=answer.why)

    def _gone(self, parcel: Parcel, why: str) -> None:
        """It is never asked again, and all that waits for it is dead; who looks after the scanner hears of it."""
        at = self._clock()
        self._standing.disable(why, at)
        if self._post.durable:
            self._records.bury(why, at)
        self._finish(parcel, "gone", why)
        self._end(self._shelf.hand.all(), "gone", why)
        self._tallies.count(self._name, "gone", self._shelf.hand.beyond)
        self._shelf.hand.beyond = 0

    def _finish(self, parcel: Parcel, outcome: Outcome, why: str = "", reference: str = "") -> None:
        """What was being brought has come to this."""
        self._parcel = None
        self._end(parcel.letters, outcome, why, reference)

    def _end(self, letters: tuple[Letter, ...], outcome: Outcome, why: str = "", reference: str = "") -> None:
        """Count it, mark it, and say so unless all is well."""
        if not letters:
            return
        self._tallies.count(self._name, outcome, len(letters))
        if self._post.durable:
            self._records.settle(letters, MARKS[outcome], self._clock(), why, reference)
        self._shelf.hand.remove(letters)
        if outcome != "delivered":
            self._trouble.warning(f"alert {outcome}", alert=letters[0].notification.news.id, why=why)

    def _keep(self) -> None:
        """What still waits at the end is in the store, or lost where there is none that can be written."""
        stored = self._post.durable and self._writer.writable
        lost = 0 if stored else sum(not letter.seq for letter in self._shelf.hand.all())
        self._tallies.count(self._name, "dropped", lost)
        self._tallies.count(self._name, "kept", len(self._shelf) - lost)

    async def _rest(self, seconds: float) -> None:
        """For so long, or until something has changed."""
        with trio.move_on_after(seconds):
            await self._woken.wait()
        self._woken = trio.Event()

    def _wake(self) -> None:
        self._woken.set()
