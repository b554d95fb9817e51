"""Whatever receivers answer, whenever a scanner ends or its disk is full: nothing is lost, repeated or out of order."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from scanner.model.news import Group, Notification
from scanner.sinks.base import Delivered, Gone, Refused, Retry
from scanner.store import outbox, receivers
from tests.delivery.office import Office, Sink, alert
from tests.delivery.test_dispatcher import no_room

NAMES = ("one", "two", "three")
RETRY = st.builds(Retry, st.just("busy"), st.sampled_from([None, 0.5, 20.0]))
ANSWERS = st.lists(
    st.one_of(st.just(Delivered("message")), RETRY, RETRY, st.just(Refused("no")), st.just(Gone("away"))), max_size=12
)
TELLINGS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(["opened", "escalated", "escalated", "closed"]),
        st.sampled_from(["warning", "critical"]),
        st.sampled_from([0.0, 0.0, 0.3, 3.0, 11.0]),
    ),
    max_size=25,
)
"""(story, kind, severity, seconds until the next)"""
LIVES = st.lists(
    st.tuples(TELLINGS, st.tuples(*[ANSWERS] * len(NAMES)), st.booleans(), st.sampled_from([0.0, 1.0, 9.0]))
)
"""(what is told, what each receiver answers, whether the disk is full for a while, the grace at the end)"""


def members(notification):
    """What each of its letters would have said alone."""
    news = notification.news
    return [Notification(each, 0) for each in news.alerts] if isinstance(news, Group) else [notification]


class Wear:
    """Several lives over one state folder."""

    def __init__(self, folder):
        self.folder = folder
        self.offered = set()
        self.got = {name: [] for name in NAMES}
        """Receiver → tellings that it has confirmed, in order."""
        self.numbers = Counter()
        self.now = 0.0

    async def live(self, tellings, answers, full, grace_s, *, last=False):
        sinks = {name: Sink(*script, takes=0.1) for name, script in zip(NAMES, answers, strict=True)}
        office = Office(self.folder, sinks, attempts=4, max_age=1e9)
        office.step = round(self.now * 1e9)
        try:
            async with office.open(grace_s=grace_s):
                await self._tell(office, tellings, full=full)
                if last:
                    office.ask(lambda database: [receivers.enable(database, name) for name in NAMES])
                    await trio.sleep(3)
        finally:
            for name, sink in sinks.items():
                self.got[name] += [each for notification in sink.got for each in members(notification)]
            self.now = (office.clock() - 1_790_000_040 * 10**9) / 1e9

    async def _tell(self, office, tellings, *, full):
        room = no_room(office)
        for turn, (story, kind, severity, pause_s) in enumerate(tellings):
            if full and turn == 3:
                room.__enter__()
            begins = not self.numbers[story]
            told = alert(story, kind="opened" if begins else kind, severity=severity, number=self.numbers[story])
            self.numbers[story] += 1
            self.offered.add(Notification(told, 0).id)
            office.offer(told)
            await trio.sleep(pause_s)
        room.make()
        if full:
            await trio.sleep(3)

    def check(self, states):
        assert {(name, receiver) for name, receiver, _ in states} == {(a, b) for a in self.offered for b in NAMES}
        assert {state for *_, state in states} <= {"delivered", "dead"}
        for receiver in NAMES:
            got = [each.id for each in self.got[receiver]]
            assert sorted(got) == sorted(name for name, who, state in states if (who, state) == (receiver, "delivered"))
            for story in {each.news.id for each in self.got[receiver]}:
                told = [each.news.number for each in self.got[receiver] if each.news.id == story]
                assert told == sorted(told)


@pytest.mark.timeout(600)
@settings(max_examples=40)
@given(LIVES)
def test_nothing_is_lost_and_a_story_is_told_in_order(lives):
    """Each telling has arrived at each receiver exactly once, or is a dead letter there, after a last quiet life."""

    async def main():
        with tempfile.TemporaryDirectory() as folder:
            wear = Wear(Path(folder))
            for tellings, answers, full, grace_s in lives:
                await wear.live(tellings, answers, full, grace_s)
            await wear.live([], [[]] * len(NAMES), full=False, grace_s=1e6, last=True)
            office = Office(Path(folder), {})
            found = office.ask(
                lambda database: database.execute("SELECT notification, receiver, state FROM letters").fetchall()
            )
            wear.check(found)
            assert not [each for each in office.ask(outbox.tallies) if each.state == "waiting"]

    trio.run(main, clock=MockClock(autojump_threshold=0))
