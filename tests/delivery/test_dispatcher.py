"""What is told becomes letters once, in the store, before anything is sent; who hears it, and why, is written down."""

import trio

from scanner.alerts.routing import Routing
from scanner.alerts.silences import silence
from scanner.delivery.tallies import OUTCOMES
from scanner.sinks.base import Delivered, Retry
from scanner.store import outbox, silences
from scanner.store.folder import StoreUnusable
from tests.delivery.office import SECOND, Office, Sink, alert, quiet, scattered, trouble


class Looking(Sink):
    """Notes what the store holds while it is being delivered to."""

    def __init__(self):
        super().__init__()
        self.office = None
        self.seen = []

    async def deliver(self, notification, earlier=""):
        self.seen.append(
            self.office.ask(lambda database: len(database.execute("SELECT * FROM notifications").fetchall()))
        )
        return await super().deliver(notification, earlier)


async def test_nothing_is_sent_or_printed_before_it_is_committed(autojump_clock, tmp_path):
    """Another process finds it in the store at the moment of the first attempt, also where it goes to a terminal."""
    sink, console = Looking(), Looking()
    office = Office(tmp_path, {"one": sink, "console": console})
    office.change("console", durable=False)
    sink.office = console.office = office
    async with office.open():
        for number in range(3):
            office.offer(alert(number))
            await quiet()
    assert sink.seen == console.seen == [1, 2, 3]


async def test_what_is_not_durable_is_told_in_order_and_leaves_no_letters(autojump_clock, tmp_path):
    console = Sink()
    office = Office(tmp_path, {"console": console})
    office.change("console", durable=False)
    await office.serve(*[alert(number) for number in range(6)])
    assert console.stories == [(f"story-{number}", "opened") for number in range(6)]
    assert office.outcomes("console") == {"delivered": 6}
    assert office.ask(outbox.tallies) == []


async def test_too_much_for_a_terminal_that_is_stuck_drops_the_oldest_counted(autojump_clock, tmp_path):
    """The one that is being printed stays; the newest are news."""
    console = Sink(takes=0.1)
    office = Office(tmp_path, {"console": console}, max_age=1e9)
    office.change("console", durable=False)
    async with office.open():
        office.offer(alert(0))
        await quiet()
        office.offer(*[alert(number) for number in range(1, 520)])
    assert office.outcomes("console") == {"delivered": 512, "dropped": 8}
    assert [story for story, _ in console.stories[:2]] == ["story-0", "story-9"]


async def test_an_alert_that_is_offered_twice_is_told_once(autojump_clock, tmp_path):
    """Also after a restart, in which a story may tell itself again."""
    for attempts in (1, 0):
        sink = Sink()
        async with Office(tmp_path, {"one": sink}).open() as office:
            office.offer(alert(), alert())
            await quiet()
            office.offer(alert())
        assert len(sink.attempts) == attempts


async def test_every_name_is_known_before_anything_happens(autojump_clock, tmp_path):
    """So that a graph shows a nought instead of nothing."""
    office = Office(tmp_path, {"one": Sink()})
    async with office.open():
        tallies = office.dispatcher.tallies
        assert tallies.deliveries == {("one", outcome): 0 for outcome in OUTCOMES}
        assert tallies.attempts == tallies.undurable == tallies.dead_letters() == {"one": 0}
        assert office.dispatcher.states() == {"one": "up"}
        assert office.dispatcher.waiting()["one"].letters == 0


async def test_a_muted_coin_is_told_to_nobody_and_kept_with_the_reason(autojump_clock, tmp_path):
    sink = Sink()
    office = Office(tmp_path, {"one": sink}, mute=("C1/*",))
    await office.serve(alert(0), alert(1))
    assert sink.stories == [("story-0", "opened")]
    muted, told = sorted(office.ledger.take(), key=lambda decision: decision.outcome)
    assert (muted.outcome, muted.symbol, muted.receiver, muted.why) == ("muted", "C1/KRW", "", "alerts.mute holds C1/*")
    assert (told.outcome, told.receiver) == ("routed", "one")
    assert office.dispatcher.tallies.notifications == {("pump", "told"): 1, ("pump", "muted"): 1}
    assert office.ask(lambda database: len(database.execute("SELECT * FROM notifications").fetchall())) == 2


async def test_a_silence_that_is_set_beside_a_running_scanner_counts_at_once(autojump_clock, tmp_path):
    """Until it ends: what comes then is heard again."""
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        until = office.clock() + 60 * SECOND
        hush = silence(["rule=pump"], until=until, comment="too loud", created=office.clock())
        office.ask(lambda database: silences.add(database, hush))
        await trio.sleep(1.5)
        office.offer(alert(0), alert(1, rule="volume"))
        await trio.sleep(60)
        office.offer(alert(2))
    assert sink.stories == [("story-1", "opened"), ("story-2", "opened")]
    hushed = next(decision for decision in office.ledger.take() if decision.outcome == "silenced")
    assert hushed.why == f"silence {hush.id} (rule=pump): too loud"


async def test_a_silence_for_one_receiver_is_none_for_the_others(autojump_clock, tmp_path):
    one, two = Sink(), Sink()
    office = Office(tmp_path, {"one": one, "two": two})
    hush = silence(["receiver=one"], until=office.clock() + 60 * SECOND, comment="", created=office.clock())
    async with office.open():
        office.ask(lambda database: silences.add(database, hush))
        await trio.sleep(1.5)
        office.offer(alert())
    assert (len(one.got), len(two.got)) == (0, 1)
    assert office.decisions() == [("one", "silenced"), ("two", "routed")]


async def test_what_nobody_is_to_hear_is_kept_with_the_reason(autojump_clock, tmp_path):
    office = Office(tmp_path, {}, routes=Routing({}, (), ()))
    await office.serve(alert())
    assert office.decisions() == [("", "unheard")]
    assert office.dispatcher.tallies.notifications == {("pump", "unheard"): 1}
    assert office.ask(lambda database: len(database.execute("SELECT * FROM notifications").fetchall())) == 1


async def test_letters_for_a_receiver_that_is_no_longer_configured_are_dead(autojump_clock, tmp_path):
    """With that reason; an operator who brings it back can have them sent."""
    await Office(tmp_path, {"old": Sink(Retry("busy"))}).serve(alert(0), grace_s=0.5)
    await Office(tmp_path, {"new": Sink()}).serve()
    office = Office(tmp_path, {"old": (sink := Sink())})
    assert office.states("old") == {"dead": 1}
    (why,) = office.ask(lambda database: database.execute("SELECT why FROM letters").fetchone())
    assert why == "receiver old is no longer configured"
    office.ask(lambda database: outbox.revive(database, office.clock(), receiver="old"))
    await office.serve()
    assert sink.stories == [("story-0", "opened")]


async def test_while_the_store_cannot_be_written_alerts_go_on_from_memory(autojump_clock, tmp_path):
    """Counted; and when it can be written again it holds them as delivered, and none of them is sent twice."""
    sink = Sink(Delivered(), Retry("busy"))
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        with no_room(office):
            office.offer(*scattered(3))
            await trio.sleep(5)
            assert len(sink.got) == 3
            assert office.states("one") == {}
            assert not office.writer.writable
        await trio.sleep(5)
        office.offer(alert(9))
        await quiet()
        assert office.dispatcher.tallies.undurable == {"one": 3}
    assert len(sink.attempts) == 5
    assert office.states("one") == {"delivered": 4}


async def test_what_went_on_from_memory_and_did_not_arrive_is_in_the_store_when_it_can_be_written(
    autojump_clock, tmp_path
):
    sink = Sink(*[Retry("busy", 300.0)] * 2)
    office = Office(tmp_path, {"one": sink})
    async with office.open(grace_s=0):
        with no_room(office):
            office.offer(alert())
            await trio.sleep(5)
        await trio.sleep(5)
        assert office.states("one") == {"waiting": 1}
    assert office.outcomes("one") == {"retried": 1, "kept": 1}
    after = Sink()
    await Office(tmp_path, {"one": after}).serve()
    assert after.stories == [("story-0", "opened")]


async def test_what_can_neither_be_sent_nor_stored_at_the_end_is_counted_as_lost(autojump_clock, tmp_path):
    office = Office(tmp_path, {"one": Sink(*[Retry("busy")] * 9)})
    with no_room(office):
        async with office.open(grace_s=2):
            office.offer(alert())
    assert office.outcomes("one") == {"retried": 2, "dropped": 1}


async def test_a_store_that_cannot_be_written_at_the_start_is_asked_again(autojump_clock, tmp_path):
    """What waits in it is delivered when it can be; what is told meanwhile does not wait for that."""
    await Office(tmp_path, {"one": Sink(Retry("busy"))}).serve(alert(0), grace_s=0.5)
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    with no_room(office) as room:
        async with office.open():
            office.offer(alert(1))
            await trio.sleep(10)
            room.make()
            await trio.sleep(5)
    assert sink.stories == [("story-1", "opened"), ("story-0", "opened")]


async def test_what_is_offered_after_closing_waits_for_the_next_start(autojump_clock, tmp_path):
    office = Office(tmp_path, {"one": Sink(takes=1.0)})
    async with office.open():
        office.offer(alert(0))
        await quiet()
        office.dispatcher.close(60)
        office.offer(alert(1))
    assert office.outcomes("one") == {"delivered": 1, "kept": 1}
    after = Sink()
    await Office(tmp_path, {"one": after}).serve()
    assert after.stories == [("story-1", "opened")]


async def test_word_of_a_failing_receiver_goes_to_the_others(autojump_clock, tmp_path):
    one, two = Sink(), Sink()
    await Office(tmp_path, {"one": one, "two": two}).serve(trouble("receiver_failing", receiver="one"))
    assert (one.got, [each.type for each in two.got]) == ([], ["ops.opened"])


async def test_the_course_of_an_alert_goes_with_it(autojump_clock, tmp_path):
    """Through the store, and to every receiver."""
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    async with office.open(grace_s=0):
        office.dispatcher.offer([alert()], lambda told: ((told.at, told.price, 5.0),))
        await quiet()
    assert sink.got[0].course == ((alert().at, 106.0, 5.0),)


class no_room:  # noqa: N801 - reads as it is used
    """As if the disk were full: no transaction of this writer comes off, until `make` or the end."""

    def __init__(self, office):
        self.file = office.writer._file
        self.commit = self.file.commit

    def __enter__(self):
        self.file.commit = self.fail
        return self

    def __exit__(self, *_):
        self.make()

    def make(self):
        self.file.commit = self.commit

    def fail(self, _):
        raise StoreUnusable("no space is left on its disk")


async def test_who_heard_nothing_of_a_story_does_not_hear_how_it_ended(autojump_clock, tmp_path):
    """Its opening was too mild, or fell into quiet hours: a closing alone says nothing, and explain says why not."""
    one, strict = Sink(), Sink()
    office = Office(tmp_path, {"one": one, "strict": strict})
    office.change("strict", settings={"severity": "warning"})
    closing = {"kind": "closed", "number": 1}
    async with office.open():
        office.offer(alert(1, severity="info"), alert(2))
        await quiet()
        office.decisions()
        office.offer(alert(1, **closing), alert(2, **closing))
        await quiet()
        assert ("strict", "unopened") in office.decisions()
    assert [story for story in one.stories if story[1] == "closed"] == [("story-1", "closed"), ("story-2", "closed")]
    assert strict.stories == [("story-2", "opened"), ("story-2", "closed")]


async def test_a_restart_knows_who_has_heard_of_a_story(autojump_clock, tmp_path):
    """Its closing goes to the receivers of its opening, and not to one that has come since."""
    async with Office(tmp_path, {"old": Sink()}).open() as office:
        office.offer(alert())
        await quiet()
    old, new = Sink(), Sink()
    await Office(tmp_path, {"old": old, "new": new}).serve(alert(kind="closed", number=1))
    assert (old.stories, new.stories) == ([("story-0", "closed")], [])
