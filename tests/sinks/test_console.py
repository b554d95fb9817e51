"""The console says an alert in one line: a sentence for people, or exactly the body that every program gets."""

import json

from msgspec.structs import replace

from scanner.sinks.base import Delivered, bulletin
from scanner.sinks.console import Console, ConsoleSettings
from tests.alerts.signals import SECOND, START, alert

TIMES = "\N{MULTIPLICATION SIGN}"
ALERT = alert(START + SECOND // 2, headline=f"ABC/KRW +6.0 % in 1 s, up 24{TIMES}")


async def line(alert=ALERT, **settings):
    written = []

    async def write(text):
        written.append(text)

    sink = Console(ConsoleSettings(**settings), write)
    assert await sink.deliver(alert) == Delivered()
    await sink.aclose()
    (text,) = written
    return text


async def test_people_read_time_severity_venue_and_headline():
    assert await line() == f"14:14:00Z  warning   upbit     ABC/KRW +6.0 % in 1 s, up 24{TIMES}"


async def test_programs_read_exactly_the_body_in_one_line():
    text = await line(json=True)
    assert "\n" not in text
    assert json.loads(text) == bulletin(ALERT)
    assert TIMES in text


async def test_what_is_told_again_says_so():
    """People read that it goes on, programs read another type; the id is that of the story."""
    again = replace(ALERT, kind="escalated", severity="high")
    assert await line(again) == f"14:14:00Z  high      upbit     then {ALERT.headline}"
    told = [json.loads(await line(each, json=True)) for each in (ALERT, again)]
    assert [each["type"] for each in told] == ["alert.opened", "alert.escalated"]
    assert told[0]["data"]["id"] == told[1]["data"]["id"]


async def test_every_venue_of_a_story_is_listed_the_leader_first():
    told = json.loads(await line(replace(ALERT, exchanges=("upbit", "bithumb")), json=True))
    assert told["data"]["exchange"] == "upbit"
    assert told["data"]["exchanges"] == ["upbit", "bithumb"]
