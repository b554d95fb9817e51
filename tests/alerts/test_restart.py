"""A restart goes on with the stories that were open: same id, next number, peak so far; and never falls over bytes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.episodes import Episodes
from scanner.alerts.states import Refused, restored, saved
from scanner.alerts.story import Story
from scanner.model.instrument import Instrument
from tests.alerts.prices import Prices
from tests.alerts.signals import SECOND, START, signal


def life(*signals, prices=None):
    """Episodes that heard these, a second apart, and what was to be saved of them."""
    episodes = Episodes()
    episodes.course = prices or Prices()
    for place, each in enumerate(signals):
        episodes.hear(each, START + place * SECOND)
    return episodes, dict(episodes.changes().saved)


def test_a_story_goes_on_after_a_restart():
    """It escalates under its id, tells what it has told no second time, and knows the peak of its life before."""
    before, _ = life(signal())
    before.course.go(140.0, turnover=50.0)
    before.tick(START + 5 * SECOND)
    states = before.changes().saved
    after = Episodes()
    after.course = Prices(120.0)
    after.course.began, after.course.turnover = START + 20 * SECOND, 30.0
    assert after.restore(states, START + 20 * SECOND) == []
    assert after.hear(signal(), START + 21 * SECOND) == []
    (escalated,) = after.hear(signal(severity="high", price=121.0), START + 22 * SECOND)
    (closing,) = after.tick(START + 322 * SECOND)
    ((story, _),) = states.items()
    assert (escalated.id, escalated.kind, escalated.number) == (story, "escalated", 1)
    assert (closing.id, closing.kind, closing.number) == (story, "closed", 2)
    assert (closing.facts["peak_price"], closing.facts["peak_after_s"]) == (140.0, 5.0)
    assert closing.facts["turnover"] == 80.0


def test_what_cooled_while_nobody_was_there_is_closed_at_once():
    """And forgotten by the store; what had not cooled goes on."""
    _, states = life(signal(), signal(instrument=Instrument("XYZ", "KRW")))
    after = Episodes()
    (closing,) = after.restore(states, START + 300 * SECOND)
    assert (closing.kind, str(closing.instrument), closing.facts["duration_s"]) == ("closed", "ABC/KRW", 0.0)
    changes = after.changes()
    assert changes.dropped == {closing.id}
    assert changes.saved.keys() == states.keys() - {closing.id}


def test_a_story_is_saved_when_it_is_told_or_its_peak_moves_and_at_no_other_time():
    prices = Prices()
    episodes, states = life(signal(), prices=prices)
    assert len(states) == 1
    episodes.tick(START + SECOND)
    assert episodes.changes().saved == {}
    prices.go(110.0)
    episodes.tick(START + 2 * SECOND)
    assert episodes.changes().saved.keys() == states.keys()
    episodes.tick(START + 302 * SECOND)
    assert episodes.changes().dropped == set(states)
    changes = episodes.changes()
    assert (changes.saved, changes.dropped) == ({}, set())


def test_what_is_held_is_not_saved():
    """Nobody has heard of it."""

    class Three:
        def venues(self, _):
            return 3

        def stirring(self, *_):
            return False

        def explains(self, _):
            return False

    episodes = Episodes()
    episodes.surroundings = Three()
    episodes.hear(signal(), START)
    assert episodes.due
    assert episodes.changes().saved == {}


def test_another_version_s_state_is_refused_and_forgotten():
    _, states = life(signal())
    ((key, state),) = states.items()
    older = msgspec.msgpack.encode(msgspec.msgpack.decode(state) | {"version": 0})
    after = Episodes()
    assert after.restore({key: older, "x": b"\xc1", "y": b""}, START) == []
    assert after.refused == {"version": 1, "unreadable": 2}
    assert after.changes().dropped == {key, "x", "y"}
    assert [alert.kind for alert in after.hear(signal(), START)] == ["opened"]


@pytest.mark.parametrize(
    ("part", "nonsense"),
    [
        ("id", ""),
        ("showings", {}),
        ("progress", {"stage": "moon"}),
        ("progress", {"severity": 9}),
        ("coin", ["ABC"]),
        ("opened_seen", "noon"),
    ],
)
def test_a_state_that_makes_no_sense_is_refused(part, nonsense):
    """Whatever wrote it: it must not fall over a second later."""
    _, states = life(signal())
    state = msgspec.msgpack.decode(next(iter(states.values())))
    state["story"][part] = nonsense
    with pytest.raises(Refused):
        restored(msgspec.msgpack.encode(state))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_and_never_a_crash(data):
    with pytest.raises(Refused):
        restored(data)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_state_with_one_wrong_byte_is_refused_or_goes_on(place, byte):
    """It can be told, followed and closed, or it is no story."""
    _, states = life(signal(), signal(exchange="okx", severity="high"))
    data = bytearray(next(iter(states.values())))
    data[place % len(data)] = byte
    episodes = Episodes()
    episodes.course = Prices()
    episodes.restore({"key": bytes(data)}, START + SECOND)
    episodes.hear(signal(severity="critical"), START + 2 * SECOND)
    episodes.tick(START + 3 * SECOND)
    episodes.tick(START + 10_000 * SECOND)
    episodes.changes()


def test_a_saved_story_is_the_same_story():
    story = Story.begin(signal(), START)
    story.hear(signal(exchange="okx"), START + 1)
    story.open(START + 2)
    story.follow(Prices(), START + 3)
    assert restored(saved(story)) == story
