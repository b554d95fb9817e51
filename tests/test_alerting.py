"""From an alert to its receivers through the wired parts, in virtual time, with a real database."""

from contextlib import asynccontextmanager

import trio
from msgspec.structs import replace

from scanner.alerting import GOODBYE_S, LOOK_S, PRUNE_EVERY_S, Alerting
from scanner.alerts.conditions import receiver_failing, worker_quarantined
from scanner.alerts.episodes import Episodes
from scanner.delivery.deadman import Deadman
from scanner.delivery.post import Post
from scanner.delivery.tallies import Tallies
from scanner.model.decision import Decision
from scanner.settings import configuration, settle
from scanner.sinks.base import Delivered, Refused, Retry
from scanner.store import archive, decisions, stories
from scanner.store.database import DATABASE
from scanner.store.writer import Writer
from tests.alerts.signals import SECOND, START, signal
from tests.delivery.office import Sink
from tests.store.inline import inline
from tests.store.letters import asked

QUIET = ("ops_alerts.startup=false", "ops_alerts.shutdown=false")
MINUTE = 60 * SECOND


class Wired:
    """One life over a folder."""

    def __init__(self, folder, *sets, missed=lambda _: [], **sinks):
        self.path = folder / DATABASE
        self.sinks = sinks
        self.resumed = []
        self.episodes = Episodes()
        self._began = trio.current_time()
        settings = settle(configuration(environment={}, sets=sets or QUIET))
        self.alerting = Alerting(
            replace(settings, receivers={}),
            Writer(self.path, clock=self.clock, away=inline),
            {name: Post(name, sink) for name, sink in sinks.items()},
            self.episodes,
            tallies=Tallies(sinks),
            missed=missed,
            clock=self.clock,
        )

    def clock(self):
        return START + round((trio.current_time() - self._began) * SECOND)

    @asynccontextmanager
    async def open(self):
        async with self.alerting.open(self.resumed.extend):
            yield self
            await trio.testing.wait_all_tasks_blocked()

    def hear(self, **changes):
        """One signal through the episodes, on its way as the desk sends it."""
        at = self.clock()
        self.alerting.publish(self.episodes.hear(signal(at, **changes), at))

    def ask(self, job):
        return asked(self.path, job)


async def test_an_alert_arrives_with_the_page_where_the_coin_is_traded(tmp_path, autojump_clock):
    """The venue says where; the reader is one click away."""
    wired = Wired(tmp_path, hook=Sink())
    async with wired.open():
        wired.hear()
    (arrived,) = wired.sinks["hook"].got
    assert arrived.type == "alert.opened"
    assert "ABC" in arrived.news.link
    assert arrived.news.link.startswith("https://upbit.com/")


async def test_a_story_is_saved_with_its_alert_and_goes_on_in_the_next_life(tmp_path, autojump_clock):
    """The same coin is no second opening after a restart; it rises in the story that is there."""
    first = Wired(tmp_path, hook=Sink())
    async with first.open():
        first.hear()
    assert len(first.ask(stories.load)) == 1
    second = Wired(tmp_path, hook=Sink())
    async with second.open():
        second.hear(severity="critical", score=95)
    (opened,), (risen,) = first.sinks["hook"].got, second.sinks["hook"].got
    assert (risen.news.id, risen.type) == (opened.news.id, "alert.escalated")


async def test_a_story_that_cooled_while_nobody_ran_is_closed_at_once(tmp_path, autojump_clock):
    """Its closing is what the next life has to say first."""
    first = Wired(tmp_path, hook=Sink())
    async with first.open():
        first.hear()
    await trio.sleep(3600)
    second = Wired(tmp_path, hook=Sink())
    second._began = first._began
    async with second.open():
        assert [alert.kind for alert in second.resumed] == ["closed"]


async def test_what_has_not_arrived_at_the_end_waits_for_the_next_life(tmp_path, autojump_clock):
    """A receiver that is down gets it later, and under the same id."""
    first = Wired(tmp_path, hook=Sink(*[Retry("down")] * 100))
    async with first.open():
        first.hear()
        await trio.sleep(1)
        ended = trio.current_time()
    assert trio.current_time() - ended <= GOODBYE_S
    second = Wired(tmp_path, hook=Sink())
    async with second.open():
        await trio.sleep(1)
    (arrived,) = second.sinks["hook"].got
    assert arrived.id == first.sinks["hook"].attempts[0][1].id


async def test_start_and_end_are_worth_a_word_unless_nobody_wants_it(tmp_path, autojump_clock):
    """Whoever sees a start without an end before it knows that something fell."""
    wired = Wired(tmp_path, "ops_alerts.startup=true", hook=Sink())
    async with wired.open():
        pass
    assert [each.news.rule for each in wired.sinks["hook"].got] == ["started", "stopped"]


async def test_what_is_wrong_is_told_to_everybody_but_the_one_it_is_about(tmp_path, autojump_clock):
    """A receiver that gets nothing need not be asked to bring that news."""
    wired = Wired(tmp_path, hook=Sink(), phone=Sink())
    failing = receiver_failing(wired.alerting._settings.ops_alerts, "hook", "down", START)
    async with wired.open():
        for second in range(0, 200, 10):
            wired.alerting.tick(START + second * SECOND, [failing, worker_quarantined("okx", 0, "fell", START)])
    told = {name: sorted(each.news.rule for each in sink.got) for name, sink in wired.sinks.items()}
    assert told == {"hook": ["worker_quarantined"], "phone": ["receiver_failing", "worker_quarantined"]}


async def test_a_trouble_is_told_once_over_a_restart_and_closed_when_it_is_over(tmp_path, autojump_clock):
    """Kept where the stories are: the next life tells of a quarantine that goes on no second time, and ends it."""
    lives = [Wired(tmp_path, hook=Sink()), Wired(tmp_path, hook=Sink())]
    for wired, held in zip(lives, ([True, True], [True, False]), strict=True):
        async with wired.open():
            for holds in held:
                wired.alerting.tick(wired.clock(), [worker_quarantined("okx", 0, "fell", START)] if holds else [])
    assert lives[1].ask(stories.load) == {}
    (opened,), (closed,) = (wired.sinks["hook"].got for wired in lives)
    assert (closed.news.id, closed.type) == (opened.news.id, "ops.closed")


async def test_a_receiver_that_takes_nothing_is_found_out_by_itself(tmp_path, autojump_clock):
    """Its failures are the condition; nobody has to hand it in."""
    wired = Wired(tmp_path, hook=Sink(*[Retry("down")] * 1000), phone=Sink())
    async with wired.open():
        wired.hear()
        for _ in range(200):
            await trio.sleep(1)
            wired.alerting.tick(wired.clock(), [])
    assert "receiver_failing" in [each.news.rule for each in wired.sinks["phone"].got]
    assert wired.alerting.outlook.up == {"hook": 0, "phone": 1}


async def test_decisions_and_near_misses_are_kept_for_explain(tmp_path, autojump_clock):
    """Why something was told stands beside why something else was not."""
    near = Decision(START, "upbit", "XYZ/KRW", "pump", "missed", "volume 8 of 20 times")
    wired = Wired(tmp_path, hook=Sink(), missed=lambda _: [near])
    async with wired.open():
        wired.hear()
        wired.alerting.tick(START, [])

    def found(symbol):
        kept = wired.ask(lambda db: decisions.find(db, symbol=symbol, since=0, until=START + MINUTE, limit=100))
        return {each.outcome for each in kept}

    assert found("XYZ/KRW") == {"missed"}
    assert "first" in found("ABC/KRW")


async def test_the_store_is_pruned_again_and_again(tmp_path, autojump_clock):
    """What is older than it is kept goes, without a restart."""
    wired = Wired(tmp_path, *QUIET, "state.keep=1h", hook=Sink())
    async with wired.open():
        wired.hear()
        await trio.sleep(1)
        wired.alerting.tick(wired.clock(), [])
        await trio.sleep(PRUNE_EVERY_S + 3600)
        wired.alerting.tick(wired.clock(), [])
    assert wired.ask(lambda db: archive.listed(db, limit=10)) == []


async def test_dead_letters_are_seen_from_outside(tmp_path, autojump_clock):
    """They are counted in the store, where an operator revives them, and not in this life only."""
    wired = Wired(tmp_path, hook=Sink(Refused("no")))
    async with wired.open():
        wired.hear()
        await trio.sleep(2 * LOOK_S)
        assert wired.alerting.outlook.dead == {"hook": 1}


async def test_a_configuration_that_was_read_again_is_worth_a_word_to_who_hears_it_now(tmp_path, autojump_clock):
    """Whoever has just become a receiver is told, with the keys; nobody is where nobody wants it."""
    wired, fresh = Wired(tmp_path, *QUIET, hook=Sink()), Sink()
    settings = wired.alerting._settings
    posts = wired.alerting.dispatcher._posts
    async with wired.open():
        both = {**posts, "new": Post("new", fresh)}
        wired.alerting.revise(settings, both, deadman=None)
        wired.alerting.tell("changed: books.top", {"changed": "books.top"})
        await trio.sleep(1)
        silent = replace(settings, ops_alerts=replace(settings.ops_alerts, reload=False))
        wired.alerting.revise(silent, both, deadman=None)
        wired.alerting.tell("changed: log.level", {"changed": "log.level"})
    for sink in (wired.sinks["hook"], fresh):
        assert [(each.news.rule, each.news.facts) for each in sink.got] == [("reloaded", {"changed": "books.top"})]


async def test_another_dead_mans_switch_is_called_from_now_on(tmp_path, autojump_clock):
    """The one before is left alone, which is what it is to notice; without any, nobody is called."""
    called = []

    def switch(name):
        async def ping():
            await trio.lowlevel.checkpoint()
            called.append((name, round(trio.current_time() - began)))
            return Delivered()

        return Deadman(ping, lambda: True, 10.0)

    wired = Wired(tmp_path, *QUIET, hook=Sink())
    began, settings, posts = trio.current_time(), wired.alerting._settings, wired.alerting.dispatcher._posts
    async with wired.open():
        assert wired.alerting.signs_of_life == {}
        await trio.sleep(5)
        for name in ("one", "two"):
            wired.alerting.revise(settings, posts, deadman=switch(name))
            await trio.sleep(15)
        assert wired.alerting.signs_of_life["sent"] == 2
        wired.alerting.revise(settings, posts, deadman=None)
        await trio.sleep(100)
    assert called == [("one", 5), ("one", 15), ("two", 20), ("two", 30)]


async def test_routes_and_what_is_muted_are_others_at_once(tmp_path, autojump_clock):
    """The next alert goes the new way."""
    wired = Wired(tmp_path, *QUIET, hook=Sink(), phone=Sink())
    posts = wired.alerting.dispatcher._posts
    routed = settle(
        configuration(environment={}, sets=[*QUIET, "receivers.phone.sink=console", "routes.all.receivers=phone"])
    )
    muted = settle(configuration(environment={}, sets=[*QUIET, "alerts.mute=ABC/*"]))
    async with wired.open():
        wired.alerting.revise(routed, posts, deadman=None)
        wired.hear()
        await trio.sleep(1)
        wired.alerting.revise(muted, posts, deadman=None)
        wired.hear(severity="critical", score=95)
    assert len(wired.sinks["phone"].got) == 1
    assert wired.sinks["hook"].got == []
