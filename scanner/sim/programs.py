"""What is on at a venue: a simulated market that goes on with time, or a tape that waits to be taken.

A `Feed` is one connection's share of it, drained by the connection's sender. Whether time or the reader sets the pace
is the whole difference between the two programs.
"""

from __future__ import annotations

from typing import Protocol

import trio

from scanner.actors.mailbox import Mailbox, Policy
from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND
from scanner.sim.capture import Capture
from scanner.sim.clock import Clock
from scanner.sim.listing import Action
from scanner.sim.market import SimulatedMarket
from scanner.sim.recorded import RecordedMarket
from scanner.sim.roster import WHOLE
from scanner.sim.scenario import STARTS_AFTER_S
from scanner.sim.tape import Tape
from scanner.sim.venues.base import Desk, Frame, Heard, MarketView, Teller, Venue
from scanner.telemetry import log

BATCHES = 256
"""What may wait for a slow reader: twelve seconds of steps. Then the oldest goes, as it would at a venue."""


class Feed(Protocol):
    """One connection's conversation, and the data it is owed."""

    @property
    def desk(self) -> Desk:
        """Where its requests are read."""
        ...

    def hear(self, message: Frame) -> Heard:
        """Take a message of the client's in."""
        ...

    async def drain(self) -> list[Frame]:
        """What to send next; waits until there is something."""
        ...

    def close(self) -> None:
        """The connection is gone."""
        ...


class Program(Protocol):
    """What is on."""

    @property
    def view(self) -> MarketView:
        """What the REST side shows."""
        ...

    def begin(self, now_ns: int) -> None:
        """The first subscription came."""
        ...

    def open(self, name: str, path: str) -> Feed:
        """A share for a new connection, which asked for `path`."""
        ...

    def advance(self, now_ns: int, *, muted: bool) -> None:
        """Time went on; `muted` means that nobody is to hear what happened."""
        ...

    def change_listing(self, action: Action, instrument: Instrument) -> None:
        """Let something happen to a market; ValueError says why it cannot."""
        ...


class LiveProgram:
    """A simulated market, or a part of it. A reader who does not keep up holds nobody back: it loses the oldest."""

    def __init__(self, venue: Venue, scenario: str, seed: int, origin_ns: int, part: slice = WHOLE) -> None:
        self.view = SimulatedMarket(venue.name, seed, scenario, origin_ns, part)
        self._venue = venue
        self._feeds: dict[LiveFeed, None] = {}

    def begin(self, now_ns: int) -> None:
        """The script starts ten seconds from now."""
        self.view.start_script(now_ns + int(STARTS_AFTER_S * SECOND))

    def open(self, name: str, path: str) -> LiveFeed:
        """A share for a new connection."""
        feed = LiveFeed(self, name, *self._venue.converse(self.view, path))
        self._feeds[feed] = None
        if feed.desk.streams:  # asked for in the address
            feed.start()
        return feed

    def advance(self, now_ns: int, *, muted: bool) -> None:
        """Let the market go on and tell every connection its part."""
        happenings = self.view.advance(now_ns)
        for feed in () if muted else self._feeds:
            feed.owe(feed.teller.tell(happenings))

    def change_listing(self, action: Action, instrument: Instrument) -> None:
        """It trades from the next step on, or does not."""
        self.view.change_listing(action, instrument)

    def left(self, feed: LiveFeed) -> None:
        """A connection is gone."""
        del self._feeds[feed]
        self.watch()

    def watch(self) -> None:
        """Somebody's wishes changed: books nobody looks at are not made."""
        self.view.watch_books({instrument for feed in self._feeds for instrument in feed.teller.books()})


class LiveFeed:
    """One connection's share of a simulated market."""

    def __init__(self, program: LiveProgram, name: str, desk: Desk, teller: Teller) -> None:
        self.desk = desk
        self.teller = teller
        self._program = program
        self._name = name
        self._mailbox: Mailbox[list[Frame]] = Mailbox(name, BATCHES, Policy.DROP_OLDEST, on_drop=self._lost)

    def hear(self, message: Frame) -> Heard:
        """Take a message of the client's in."""
        heard = self.desk.hear(message)
        if heard.subscribed:
            self.start()
        return heard

    def start(self) -> None:
        """A new set of streams begins with the state of each."""
        self.owe(self.teller.snapshots())
        self._program.watch()

    def owe(self, frames: list[Frame]) -> None:
        """Have these sent, unless there are none."""
        if frames:
            self._mailbox.put_nowait(frames)

    async def drain(self) -> list[Frame]:
        """All that waits."""
        return [frame for batch in await self._mailbox.drain() for frame in batch]

    def close(self) -> None:
        """Nothing more will be owed."""
        self._mailbox.close()
        self._program.left(self)

    def _lost(self, batch: list[Frame]) -> None:
        """Said once; the venue it stands for would not say it at all."""
        if self._mailbox.dropped == 1:
            log.get(actor="sim", connection=self._name).warning(
                "a reader is too slow, frames are lost", frames=len(batch)
            )


class TapeProgram:
    """A recording. Nothing waits anywhere but on the tape, so a slow reader simply hears it later."""

    def __init__(self, venue: Venue, capture: Capture, speed: float, clock: Clock) -> None:
        self.view = RecordedMarket(capture)
        self._venue = venue
        self._tape = Tape(capture.recorded, speed)
        self._clock = clock

    def begin(self, now_ns: int) -> None:
        """The tape's time starts."""
        self._tape.begin(now_ns / SECOND)

    def open(self, name: str, path: str) -> TapeFeed:
        """A share for a new connection."""
        del name
        return TapeFeed(self._venue, path, self._tape, self._clock)

    def advance(self, now_ns: int, *, muted: bool) -> None:
        """The tape is taken, not told."""

    def change_listing(self, action: Action, instrument: Instrument) -> None:
        """What was recorded cannot be changed."""
        raise ValueError(f"cannot {action} {instrument}: a recording lists what it lists")


class TapeFeed:
    """One connection's share of a recording."""

    def __init__(self, venue: Venue, path: str, tape: Tape, clock: Clock) -> None:
        self.desk = venue.desk(path)
        self._binary = venue.binary
        self._tape = tape
        self._clock = clock
        self._claim = tape.claim(self.desk.streams)
        self._asked = trio.Event()

    def hear(self, message: Frame) -> Heard:
        """A new set of streams claims its frames; those of the old one stay on the tape."""
        heard = self.desk.hear(message)
        if heard.subscribed:
            self._claim = self._tape.claim(self.desk.streams)
            self._asked.set()
            self._asked = trio.Event()
        return heard

    async def drain(self) -> list[Frame]:
        """One frame, taken off the tape the moment the connection is ready for it."""
        while (wait := self._wait()) is None or wait > 0:
            with trio.move_on_after(float("inf") if wait is None else wait):
                await self._asked.wait()
        frame = self._claim.take().frame
        return [frame if self._binary else frame.decode()]

    def close(self) -> None:
        """What was not sent stays on the tape."""

    def _wait(self) -> float | None:
        """Seconds until the next frame is due; None when there is none."""
        recorded = self._claim.peek()
        return None if recorded is None else self._tape.due_in(recorded, self._clock.now_ns() / SECOND)
