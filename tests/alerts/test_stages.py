"""Where a story stands decides what is news: a table, looked at cell by cell, and long walks through it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.stages import IDLE, NEXT, RANKS, Progress, weight
from scanner.model.alert import SEVERITIES
from tests.alerts.signals import signal

STAGES = ("watch", "spike", "pump", "peak", "dump", "market")
NEWS = {
    "idle": "watch spike pump dump market",
    "watch": "watch spike pump dump market",
    "spike": "spike pump dump",
    "pump": "pump peak dump",
    "peak": "pump peak dump",
    "dump": "pump dump",
    "market": "market",
}
"""The contract in words, written a second time."""


def say(stage, severity="warning"):
    return signal(stage=stage, severity=severity)


def walked(*stages):
    """A story that was told these, in this order."""
    progress = Progress()
    for stage in stages:
        progress.tell(say(stage))
    return progress


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("standing", NEWS)
def test_the_table_says_what_may_follow(standing, stage):
    progress = walked() if standing == IDLE else walked(standing)
    assert progress.allows(say(stage)) is (stage in NEWS[standing].split())


def test_the_table_and_the_ranks_know_the_same_stages():
    assert set(NEXT) - {IDLE} == set(RANKS) == set(STAGES)
    assert list(RANKS.values()) == sorted(RANKS.values())


@pytest.mark.parametrize("standing", [("spike",), ("pump",), ("pump", "peak"), ()])
def test_a_dump_is_always_news_once(standing):
    progress = walked(*standing)
    assert progress.rises(say("dump"))
    progress.tell(say("dump"))
    assert not progress.rises(say("dump"))


@pytest.mark.parametrize("stage", ["spike", "pump", "peak", "dump", "market"])
def test_the_same_stage_is_news_again_only_when_it_is_more_severe(stage):
    progress = walked(stage)
    assert [progress.rises(say(stage, severity)) for severity in SEVERITIES] == [False, False, True, True]


def test_a_pump_that_was_told_is_no_news_after_its_dump():
    """What goes to and fro is told once each way, not for ever."""
    progress = walked("pump", "dump")
    assert not progress.rises(say("pump"))
    assert progress.rises(say("pump", "high"))


def test_a_rebound_after_a_dump_is_news():
    assert walked("dump").rises(say("pump"))


def test_a_fall_back_is_news_only_where_a_rise_was_told():
    assert not walked().rises(say("peak", "critical"))
    assert not walked("spike").rises(say("peak", "critical"))
    assert walked("pump").rises(say("peak", "info"))


def test_a_stage_of_somebody_else_s_counts_as_a_spike():
    """Another package may say what it likes: it is told by itself, and not beside a move."""
    assert walked().rises(say("squeeze"))
    assert not walked("pump").rises(say("squeeze", "critical"))
    assert walked("squeeze").rises(say("pump"))
    assert walked().rises(say("idle"))


def test_stage_weighs_more_than_severity_and_severity_more_than_score():
    ordered = [
        signal(stage="spike", severity="critical", score=100),
        signal(stage="pump", severity="info", score=100),
        signal(stage="pump", severity="high", score=1),
        signal(stage="pump", severity="high", score=2),
        signal(stage="dump", severity="info", score=0),
    ]
    shuffled = [ordered[place] for place in (3, 0, 4, 1, 2)]
    assert sorted(shuffled, key=weight) == ordered


def test_a_severity_that_the_story_has_reached_is_no_news_in_a_stage_that_was_told():
    """The dump after a critical pump is told once, however deep it gets."""
    progress = Progress()
    for stage, severity in (("pump", "critical"), ("dump", "warning")):
        assert progress.rises(say(stage, severity))
        progress.tell(say(stage, severity))
    assert not any(progress.rises(say("dump", severity)) for severity in SEVERITIES)


@given(st.lists(st.tuples(st.sampled_from(STAGES[1:]), st.sampled_from(SEVERITIES)), max_size=200))
def test_no_story_goes_on_for_ever(steps):
    """However long it is fed, each telling brings a new stage or a new height: at most seven in all."""
    progress, told = Progress(), []
    for stage, severity in steps:
        if progress.rises(say(stage, severity)):
            progress.tell(say(stage, severity))
            told.append((stage, SEVERITIES.index(severity)))
    assert len(told) <= 4 + 3
    for place, (stage, rank) in enumerate(told):
        before = told[:place]
        assert stage not in {each for each, _ in before} or rank > max(each for _, each in before)
