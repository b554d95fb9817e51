"""The watchdog: looks for streams that are silent for too long, has them asked about, and renews those that are stale.

Where the venue cannot be asked nothing is done, except that a connection is given up when nothing at all comes over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import trio
from msgspec import Struct

from scanner.model.market import Subscription
from scanner.telemetry import log
from scanner.worker.inquiry import Answer, Inquiry
from scanner.worker.kit import Kit
from scanner.worker.staleness import FLOOR_S, Staleness, Suspect
from scanner.worker.trades import TradeMemory

LOOK_S = 1.0
"""Between looks, and so at least between questions."""
RENEWAL_S = 60.0
"""A connection that was to be renewed, and still is the old one after this, is judged again."""


class Carried(Struct, frozen=True):
    """What one live connection carries."""

    link: str
    subscriptions: tuple[Subscription, ...]
    live_since: float
    """On trio's clock."""


class Lines(Protocol):
    """The connections, as far as the watchdog minds them."""

    def carried(self) -> Sequence[Carried]:
        """Live ones only."""
        ...

    def renew(self, link: str, reason: str, subscriptions: tuple[Subscription, ...]) -> None:
        """Make that connection anew, because of these streams."""
        ...


class Doubt(Struct, frozen=True):
    """What to ask about next."""

    carried: Carried
    suspect: Suspect
    whole: bool
    """Nothing came over the whole connection, so it goes unless it is known to be quiet."""


class Watchdog:
    """Settles one doubt at a time."""

    def __init__(self, kit: Kit, memory: TradeMemory, staleness: Staleness) -> None:
        self._staleness = staleness
        self._ledger = kit.ledger
        self._silence_s = kit.settings.silence
        self._inquiry = Inquiry(kit, memory, staleness)
        self._carried: dict[str, Carried] = {}
        self._renewed: dict[str, float] = {}
        """Link → until when its renewal is waited for."""
        self._excused: dict[str, float] = {}
        """Link → until when its silence is known to be that of its markets."""
        self._trouble = log.Seldom(log.get(exchange=kit.exchange.name, actor="watchdog"), trio.current_time)

    async def run(self, lines: Lines) -> None:
        """Until cancelled."""
        while True:
            await trio.sleep(LOOK_S)
            self._look(lines.carried())
            doubt = self._choose(trio.current_time())
            if doubt is not None:
                await self._settle(doubt, lines)
            self._ledger.stale = tuple(self._staleness.stale())
            if doubt is not None:
                await trio.sleep(max(0.0, self._inquiry.pause(doubt.suspect.subscription) - LOOK_S))

    # ---- what there is

    def _look(self, carried: Iterable[Carried]) -> None:
        """Follow what the connections carry: what is new to one is watched, what none carries is left in peace."""
        before, self._carried = self._carried, {one.link: one for one in carried}
        if before == self._carried:
            return
        self._ledger.carried = frozenset(one.instrument for one in _streams(self._carried.values()))
        for link, one in self._carried.items():
            old = before.get(link)
            if old is not None and old.live_since == one.live_since:
                self._staleness.watch(set(one.subscriptions).difference(old.subscriptions), trio.current_time())
            else:
                self._staleness.watch(one.subscriptions, one.live_since)
                self._start_over(link)
        self._staleness.rest(_streams(before.values()) - _streams(self._carried.values()))
        for link in before.keys() - self._carried.keys():
            self._start_over(link)

    def _start_over(self, link: str) -> None:
        self._renewed.pop(link, None)
        self._excused.pop(link, None)

    # ---- what to doubt

    def _choose(self, now: float) -> Doubt | None:
        """A connection on which nothing comes at all, else the most suspicious stream that can be asked about."""
        settled = [one for one in self._carried.values() if now >= self._renewed.get(one.link, now)]
        for one in settled:
            if self._is_silent(one, now) and (suspect := self._staleness.quietest(one.subscriptions, now)):
                return Doubt(one, suspect, whole=True)
        if not (suspects := self._staleness.suspects(now)):
            return None
        home = {stream: one for one in settled for stream in one.subscriptions}
        for suspect in suspects:
            stream = suspect.subscription
            if stream in home and self._inquiry.can_ask(stream):
                return Doubt(home[stream], suspect, whole=False)
        return None

    def _is_silent(self, carried: Carried, now: float) -> bool:
        silent_s = now - max(carried.live_since, self._staleness.last_heard(carried.subscriptions))
        return silent_s >= self._silence_s and now >= self._excused.get(carried.link, now)

    # ---- what follows

    async def _settle(self, doubt: Doubt, lines: Lines) -> None:
        answer = await self._inquiry.ask(doubt.suspect, doubt.carried.subscriptions)
        self._ledger.count("stale_checks", answer.value)
        now, stream = trio.current_time(), doubt.suspect.subscription
        if answer in {Answer.QUIET, Answer.NONE}:
            self._staleness.cleared(stream, now)  # whoever cannot be asked about makes room for the next
        if answer is Answer.QUIET:
            self._excused[doubt.carried.link] = now + self._silence_s
        if answer is Answer.STALE:
            self._staleness.confirmed(stream, now)
            self._ledger.count("stale", stream.channel)
        if any(
            one.link == doubt.carried.link and one.live_since == doubt.carried.live_since for one in lines.carried()
        ):
            self._renew(doubt, answer, lines, now)

    def _renew(self, doubt: Doubt, answer: Answer, lines: Lines, now: float) -> None:
        """Nothing is done without evidence, unless all is silent and nobody can say why."""
        link, streams = doubt.carried.link, doubt.carried.subscriptions
        if doubt.whole and answer in {Answer.STALE, Answer.NONE}:
            self._say("nothing comes over a connection", doubt)
            lines.renew(link, "silent", streams)
        elif answer is Answer.STALE:
            self._say("a stream is stale: the venue has newer trades than it brought", doubt)
            lines.renew(link, "stale", self._blind(doubt, now))
        else:
            return
        self._renewed[link] = now + RENEWAL_S

    def _blind(self, doubt: Doubt, now: float) -> tuple[Subscription, ...]:
        """The stream that is known to be stale, and all beside it that have not spoken of late either.

        A quiet coin's hole looks like its calm: should all of them have stalled, none may stay untold. Those that were
        only quiet pay with a needless `Gap`, which is the cheaper mistake.
        """
        stale = doubt.suspect.subscription
        others = self._staleness.unheard(doubt.carried.subscriptions, now - FLOOR_S)
        return stale, *(stream for stream in others if stream != stale)

    def _say(self, event: str, doubt: Doubt) -> None:
        suspect = doubt.suspect
        self._trouble.warning(
            event,
            link=doubt.carried.link,
            channel=suspect.subscription.channel,
            instrument=str(suspect.subscription.instrument),
            silent_s=round(suspect.silent_s, 1),
            expected_s=round(suspect.expected_s, 1),
        )


def _streams(carried: Iterable[Carried]) -> set[Subscription]:
    return {subscription for one in carried for subscription in one.subscriptions}
