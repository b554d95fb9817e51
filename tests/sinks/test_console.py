"""The console says each notification in one line: a sentence for people, or exactly the body that programs get."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.moments import SECOND
from scanner.sinks.base import Delivered, Kit, bulletin
from scanner.sinks.console import Console, ConsoleSettings, as_text
from tests.sinks.notices import START, group, notice, trouble

TIMES = "\N{MULTIPLICATION SIGN}"
NOTICE = notice(at=START + SECOND // 2, headline=f"ABC/KRW +6.0 % in 1 s, up 24{TIMES}")


async def line(notification=NOTICE, **settings):
    written = []

    async def write(text):
        written.append(text)

    sink = Console(ConsoleSettings(**settings), Kit(name="console", write=write))
    assert await sink.deliver(notification, "whatever came first") == Delivered()
    await sink.aclose()
    (text,) = written
    return text


async def test_people_read_time_severity_venue_and_headline():
    assert await line() == f"14:14:00Z  warning   upbit     ABC/KRW +6.0 % in 1 s, up 24{TIMES}"


async def test_programs_read_exactly_the_body_in_one_line():
    text = await line(json=True)
    assert "\n" not in text
    assert json.loads(text) == bulletin(NOTICE)
    assert TIMES in text


@pytest.mark.parametrize(
    ("kind", "begins"), [("opened", "ABC"), ("escalated", "then ABC"), ("repeated", "still ABC"), ("closed", "over: A")]
)
async def test_what_goes_on_with_a_story_says_so(kind, begins):
    """People read that it goes on, programs read another type; the id is that of the story."""
    again = notice(kind=kind, severity="high")
    assert (await line(again)).startswith(f"14:14:00Z  high      upbit     {begins}")
    told = json.loads(await line(again, json=True))
    assert told["type"] == f"alert.{kind}"
    assert told["data"]["id"] == notice().news.id


async def test_a_burst_is_one_line_with_the_loudest_of_it():
    assert await line(group(4)) == ("14:14:03Z  warning   upbit     4 alerts opened on upbit; ABC/KRW +6.0 % in 1 s")
    told = json.loads(await line(group(4), json=True))
    assert told["type"] == "alert.grouped"
    assert [each["score"] for each in told["data"]["alerts"]] == [50, 51, 52, 53]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "14:14:00Z  high      upbit     upbit has sent nothing for 61 s"),
        ({"kind": "closed"}, "14:14:00Z  high      upbit     over: upbit has sent nothing for 61 s"),
        ({"kind": "told", "exchange": ""}, "14:14:00Z  high      scanner   upbit has sent nothing for 61 s"),
    ],
)
async def test_the_scanner_s_own_troubles_are_lines_too(changes, expected):
    assert await line(notice(trouble(**changes))) == expected


@given(st.text())
def test_a_name_neither_ends_a_line_nor_commands_a_terminal(name):
    """What a venue calls its coins is its own business; lines, and the terminal they stand on, are ours."""
    text = as_text(notice(headline=f"{name} +6 %"))
    assert text.isprintable()
    assert len(text.splitlines()) == 1


async def test_every_venue_of_a_story_is_listed_the_leader_first():
    told = json.loads(await line(notice(exchanges=("upbit", "bithumb")), json=True))
    assert told["data"]["exchange"] == "upbit"
    assert told["data"]["exchanges"] == ["upbit", "bithumb"]


def test_a_console_hears_each_alert_by_itself():
    """Lines are no messages: a burst scrolls by, and nothing has to be saved up."""
    assert ConsoleSettings().group is False
