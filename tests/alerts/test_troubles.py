"""When the scanner says something about itself: held for its time, told once, closed when it is over for as long."""

from math import inf

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts import conditions
from scanner.alerts.conditions import Condition, Settings
from scanner.alerts.states import Changes
from scanner.alerts.troubles import SAVED, Troubles, told

SECOND = 1_000_000_000
START = 1_790_000_040 * SECOND
SETTINGS = Settings()


def silent(since=START, exchange="upbit"):
    return conditions.venue_silent(SETTINGS, exchange, "no data for 15 s", since)


def at(seconds):
    return START + round(seconds * SECOND)


def run(troubles, holds, seconds):
    """Second by second; what was told, with its second. `holds` gives what holds then."""
    return [(second, trouble.kind) for second in seconds for trouble in troubles.judge(holds(second), at(second))]


def test_a_venue_is_told_when_it_has_been_silent_for_a_minute_and_when_it_is_heard_for_a_minute():
    # Promise: one story, its two tellings, exact seconds.
    heard = run(Troubles(), lambda second: [silent()] if second < 100 else [], range(300))
    assert heard == [(60, "opened"), (160, "closed")]


def test_a_silence_that_began_before_it_was_looked_at_counts_from_its_beginning():
    # Promise: a condition says since when, and that is what counts.
    assert run(Troubles(), lambda _: [silent(at(-50))], range(20)) == [(10, "opened")]


def test_what_does_not_last_is_not_told():
    # Promise: 59 seconds are none, however often they come.
    troubles = Troubles()
    heard = run(troubles, lambda second: [silent(at(second - second % 60))] if second % 60 < 59 else [], range(600))
    assert heard == []


def test_a_venue_that_stutters_is_one_trouble():
    # Promise: heard for 59 seconds in between, it is not over; the telling at night is one.
    troubles = Troubles()
    heard = run(troubles, lambda second: [silent()] if second < 61 or second % 60 == 0 else [], range(600))
    assert heard == [(60, "opened")]
    assert [trouble.rule for trouble in troubles.open] == ["venue_silent"]


def test_an_end_tells_how_long_it_was():
    # Promise: from the beginning of the silence to its end, without the minute that was waited for.
    troubles = Troubles()
    (opened,) = troubles.judge([silent(at(-70))], at(0))
    assert opened.facts == {"why": "no data for 15 s", "for_s": 70.0}
    troubles.judge([], at(30))
    (closed,) = troubles.judge([], at(90))
    assert closed.facts == {"why": "no data for 15 s", "duration_s": 100.0}
    assert (closed.headline, closed.severity, closed.exchange) == ("upbit is heard again", "high", "upbit")
    assert (opened.id, opened.number) == (closed.id, closed.number - 1)
    assert troubles.open == []


def test_the_next_silence_is_another_story():
    # Promise: ids differ, so nobody takes the second for a repeat of the first.
    troubles = Troubles()
    holds = [*[[silent()]] * 61, *[[]] * 61, *[[silent()]] * 61]
    opened = [
        trouble
        for second, holding in enumerate(holds)
        for trouble in troubles.judge(holding, at(second))
        if trouble.kind == "opened"
    ]
    assert len({trouble.id for trouble in opened}) == len(opened) == 2


def test_the_same_seconds_give_the_same_ids():
    # Promise: an id follows from what it is and when it was told, on any machine.
    first, second = (Troubles().judge([silent()], at(60)) for _ in range(2))
    assert first == second != []


def test_two_venues_are_two_troubles():
    troubles = Troubles()
    told = troubles.judge([silent(), silent(exchange="okx")], at(60))
    assert [trouble.exchange for trouble in told] == ["upbit", "okx"]
    assert len({trouble.id for trouble in told}) == 2


def test_a_quarantined_worker_is_told_at_once_and_once():
    # Promise: its venue's silence says no more, is not told beside it, and gets its minute when the worker runs again.
    troubles = Troubles()
    rests = conditions.worker_quarantined("upbit", 0, "exit code 1", START)
    heard = run(troubles, lambda second: [silent(), *([rests] if second < 600 else [])], range(700))
    assert heard == [(0, "opened"), (600, "closed"), (659, "opened")]


def test_a_quarantine_elsewhere_explains_nothing():
    rests = conditions.worker_quarantined("okx", 0, "exit code 1", START)
    assert [trouble.rule for trouble in Troubles().judge([silent(), rests], at(60))] == [
        "venue_silent",
        "worker_quarantined",
    ]


def test_a_silence_that_was_told_is_not_over_because_its_worker_rests():
    # Promise: an explanation that comes later takes nothing back.
    troubles = Troubles()
    rests = conditions.worker_quarantined("upbit", 0, "exit code 1", at(70))
    heard = run(troubles, lambda second: [silent(), *([rests] if second >= 70 else [])], range(300))
    assert heard == [(60, "opened"), (70, "opened")]


def test_a_failing_receiver_is_named_so_that_it_is_not_asked():
    (trouble,) = Troubles().judge([conditions.receiver_failing(SETTINGS, "slack", "HTTP 500", START)], at(120))
    assert (trouble.receiver, trouble.exchange) == ("slack", "")
    assert trouble.headline == "receiver slack gets nothing: HTTP 500"


def test_a_full_disk_is_told_soon():
    full = conditions.state_unwritable(SETTINGS, "no space is left on its disk", START)
    assert run(Troubles(), lambda _: [full], range(20)) == [(10, "opened")]


def test_a_receiver_that_left_is_told_with_the_way_back():
    (trouble,) = Troubles().judge([conditions.receiver_disabled("hook", "410 Gone", START)], at(0))
    assert "scanner alerts enable hook" in trouble.headline


@pytest.mark.parametrize(
    "make",
    [
        lambda off: conditions.venue_silent(off, "upbit", "", START),
        lambda off: conditions.receiver_failing(off, "slack", "", START),
        lambda off: conditions.state_unwritable(off, "", START),
    ],
)
def test_nought_tells_it_never(make):
    off = Settings(venue_silent=0, receiver_failing=0, state_unwritable=0)
    assert make(off).hold_s == inf
    assert Troubles().judge([make(off)], at(10**7)) == []


def test_a_clock_that_jumps_back_keeps_nothing_quiet():
    # Promise: an hour back must not hide a trouble for an hour.
    troubles = Troubles()
    troubles.judge([silent()], at(1))
    assert [trouble.kind for trouble in troubles.judge([silent()], at(-3600))] == ["opened"]


def test_more_conditions_than_there_is_room_for_are_counted():
    # Promise: bounded; who was followed first still is.
    troubles = Troubles(most=2)
    many = [silent(exchange=name) for name in ("a", "b", "c")]
    assert [trouble.exchange for trouble in troubles.judge(many, at(60))] == ["a", "b"]
    assert troubles.dropped == 1


def test_a_start_is_worth_a_word():
    # Promise: two starts are two words, and neither waits to be over.
    first, second = (told(conditions.STARTED, "scanner 0.6.0 started", at(s), facts={"venues": 2}) for s in (0, 9))
    assert (first.kind, first.severity, first.rule) == ("told", "info", "started")
    assert first.id != second.id


def test_every_rule_is_one_that_routes_can_name():
    # Promise: no condition has a rule of its own invention.
    made = [
        conditions.worker_quarantined("upbit", 0, "", START),
        silent(),
        conditions.receiver_failing(SETTINGS, "a", "", START),
        conditions.receiver_disabled("a", "", START),
        conditions.state_unwritable(SETTINGS, "", START),
    ]
    assert {each.rule for each in made} < set(conditions.RULES)


def plain(rule="x", since=START, hold_s=3.0):
    return Condition(rule, "", "high", "wrong", "right", {}, since, hold_s)


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 6))
def test_openings_and_closings_take_turns(holding, hold):
    # Promise: whatever comes and goes, a story is opened before it is closed and never opened twice.
    troubles, since, kinds = Troubles(), START, []
    for second, holds in enumerate(holding):
        if not holds:
            since = at(second + 1)
        kinds += [one.kind for one in troubles.judge([plain(since=since, hold_s=hold)] if holds else [], at(second))]
    assert kinds == ["opened", "closed"] * (len(kinds) // 2) + ["opened"] * (len(kinds) % 2)
    assert len(troubles.open) == len(kinds) % 2


def test_what_a_trouble_says_is_as_it_was_last():
    # Promise: the reason may change while it lasts; the end tells the newest.
    troubles = Troubles()
    troubles.judge([plain()], at(3))
    changed = msgspec.structs.replace(plain(), facts={"why": "another"})
    troubles.judge([changed], at(4))
    troubles.judge([], at(5))
    (closed,) = troubles.judge([], at(8))
    assert closed.facts == {"why": "another", "duration_s": 5.0}


def test_a_restart_tells_nothing_anew_and_ends_what_was_open():
    # Promise: what still holds goes on in silence, what is gone is closed by its own id after its own time.
    before = Troubles()
    run(before, lambda _: [silent(), silent(exchange="okx")], range(61))
    opened = {trouble.exchange: trouble.id for trouble in before.open}
    states = before.changes().saved
    assert len(states) == 2
    assert before.changes() == Changes({}, set())
    after = Troubles()
    assert after.restore({**states, "story": b"a coin's"}) == {"story": b"a coin's"}
    assert run(after, lambda second: [silent(at(70))] if second < 200 else [], range(70, 190)) == [(130, "closed")]
    assert [trouble.id for trouble in after.open] == [opened["upbit"]]
    assert after.changes() == Changes({}, {SAVED + opened["okx"]})


@pytest.mark.parametrize("state", [b"", b"nonsense", b"\x81\xa1a\x01"])
def test_a_saved_trouble_that_cannot_be_read_is_forgotten(state):
    # Promise: another version's bytes keep nobody from starting.
    troubles = Troubles()
    assert troubles.restore({SAVED + "old": state}) == {}
    assert troubles.open == []
    assert troubles.changes() == Changes({}, {SAVED + "old"})


def test_a_trouble_that_is_not_told_any_more_can_be_saved():
    # Promise: a wait without end is a number like any other.
    troubles, never = Troubles(), Settings(receiver_failing=0.0)
    settings = [SETTINGS] * 200 + [never] * 10
    run(troubles, lambda second: [conditions.receiver_failing(settings[second], "hook", "down", START)], range(210))
    after = Troubles()
    after.restore(troubles.changes().saved)
    assert [trouble.receiver for trouble in after.open] == ["hook"]
