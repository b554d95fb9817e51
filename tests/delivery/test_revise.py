"""Receivers that come, change and go while letters are on their way."""

import trio
from msgspec.structs import replace

from scanner.alerts.routing import Routing
from scanner.delivery.post import Post
from scanner.sinks.base import Gone, ReceiverSettings, Retry
from tests.delivery.office import Office, Sink, alert, quiet, scattered


def revise(office, posts, mute=()):
    office.dispatcher.revise(posts, Routing({}, (), tuple(posts)), mute)


async def test_who_is_new_hears_what_comes_next(tmp_path, autojump_clock):
    """Nothing of what was told before."""
    office = Office(tmp_path, {"old": Sink()})
    fresh = Sink()
    async with office.open():
        office.offer(alert(1))
        await trio.sleep(1)
        revise(office, {**office.posts, "new": Post("new", fresh)})
        office.offer(alert(2))
    assert office.sinks["old"].stories == [("story-1", "opened"), ("story-2", "opened")]
    assert fresh.stories == [("story-2", "opened")]
    assert office.outcomes("new") == {"delivered": 1}


async def test_the_first_receiver_of_all_may_come_later(tmp_path, autojump_clock):
    """A run without anybody to tell waits for somebody."""
    office, fresh = Office(tmp_path, {}), Sink()
    async with office.open():
        await trio.sleep(1)
        revise(office, {"new": Post("new", fresh)})
        office.offer(alert(1))
    assert fresh.stories == [("story-1", "opened")]


async def test_who_stays_the_same_notices_nothing(tmp_path, autojump_clock):
    """Its attempt goes on, its connection stays open, and so does its wait after a failure."""
    office = Office(tmp_path, {"same": Sink(Retry("down", after_s=60), takes=5)})
    async with office.open():
        office.offer(alert(1))
        await trio.sleep(2)
        revise(office, {**office.posts, "new": Post("new", Sink())})
        await trio.sleep(10)
        assert office.sinks["same"].closed_at is None
    assert office.sinks["same"].moments == [0, 65]


async def test_who_changes_ends_the_attempt_under_way_and_leaves_the_rest_to_the_next(tmp_path, autojump_clock):
    """Each letter arrives once, in order, none is brought by both."""
    office = Office(tmp_path, {"hook": Sink(takes=5)})
    then = Sink()
    async with office.open():
        office.offer(*scattered(3))
        await trio.sleep(2)
        revise(office, {"hook": Post("hook", then, fingerprint="another")})
        office.offer(alert(3, exchanges=("elsewhere",)))
    assert office.sinks["hook"].stories == [("story-0", "opened")]
    assert office.sinks["hook"].closed_at == 5
    assert [story for story, _ in then.stories] == ["story-1", "story-2", "story-3"]
    assert then.moments == [5, 5, 5]
    assert office.outcomes("hook") == {"delivered": 4}


async def test_a_screen_that_changes_shows_what_was_not_shown_yet(tmp_path, autojump_clock):
    """What no store keeps is handed on from memory."""
    office = Office(tmp_path, {"console": Sink(takes=5)})
    office.change("console", durable=False)
    then = Sink()
    async with office.open():
        office.offer(*scattered(3))
        await trio.sleep(2)
        revise(office, {"console": replace(office.posts["console"], sink=then)})
    assert [story for story, _ in then.stories] == ["story-1", "story-2"]
    assert office.outcomes("console") == {"delivered": 3}


async def test_letters_of_who_is_gone_are_dead_as_at_a_start(tmp_path, autojump_clock):
    """They can be looked at and tried again; nothing waits for nobody."""
    office = Office(tmp_path, {"hook": Sink(*[Retry("down")] * 9), "other": Sink()})
    async with office.open():
        office.offer(*scattered(3))
        await trio.sleep(1)
        revise(office, {"other": office.posts["other"]})
        await trio.sleep(1)
        assert "hook" not in office.dispatcher.states()
        assert office.states("hook") == {"dead": 3}
        office.offer(alert(9))
    assert office.sinks["hook"].closed_at is not None
    assert office.sinks["other"].stories[-1] == ("story-9", "opened")


async def test_a_letter_that_is_being_written_for_who_goes_is_dead_too(tmp_path, autojump_clock):
    """Between the decision and the store there is a moment."""
    office = Office(tmp_path, {"hook": Sink(), "other": Sink()})
    async with office.open():
        office.offer(alert(1))
        revise(office, {"other": office.posts["other"]})
        await trio.sleep(1)
        assert office.states("hook").keys() <= {"dead", "delivered"}
    assert office.sinks["other"].stories == [("story-1", "opened")]


async def test_who_wanted_nothing_any_more_is_asked_again_once_he_has_changed(tmp_path, autojump_clock):
    """Another address is another chance."""
    office = Office(tmp_path, {"hook": Sink(Gone("no such hook"))})
    office.change("hook", fingerprint="one")
    then = Sink()
    async with office.open():
        office.offer(alert(1))
        await trio.sleep(1)
        assert office.dispatcher.states() == {"hook": "disabled"}
        revise(office, {"hook": Post("hook", then, fingerprint="two")})
        await trio.sleep(1)
        assert office.dispatcher.states() == {"hook": "up"}
        office.offer(alert(2, exchanges=("elsewhere",)))
    assert then.stories == [("story-2", "opened")]


async def test_changes_upon_changes_end_with_the_last(tmp_path, autojump_clock):
    """Gone, back and changed again, all while one attempt is under way."""
    office, between, last = Office(tmp_path, {"hook": Sink(takes=5)}), Sink(), Sink()
    async with office.open():
        office.offer(*scattered(2))
        await trio.sleep(1)
        revise(office, {})
        await quiet()
        revise(office, {"hook": Post("hook", between)})
        revise(office, {"hook": Post("hook", last)})
        await trio.sleep(10)
        office.offer(alert(7, exchanges=("elsewhere",)))
    assert between.attempts == []
    assert last.stories[-1] == ("story-7", "opened")


async def test_what_is_muted_now_reaches_nobody(tmp_path, autojump_clock):
    """The receivers stay as they are."""
    office = Office(tmp_path, {"hook": Sink()})
    async with office.open():
        revise(office, office.posts, mute=("C1/*",))
        office.offer(alert(1), alert(2))
    assert office.sinks["hook"].stories == [("story-2", "opened")]
    assert office.posts["hook"].settings == ReceiverSettings()
