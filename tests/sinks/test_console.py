"""The console says an alert in one line: a sentence for people, or exactly the body that every program gets."""

import json

from scanner.alerts.episodes import opened as alert_of
from scanner.sinks.base import Delivered, opened
from scanner.sinks.console import Console, ConsoleSettings
from tests.alerts.signals import SECOND, START, signal

TIMES = "\N{MULTIPLICATION SIGN}"
ALERT = alert_of(signal(START + SECOND // 2, headline=f"ABC/KRW +6.0 % in 1 s, up 24{TIMES}"))


async def line(**settings):
    written = []

    async def write(text):
        written.append(text)

    sink = Console(ConsoleSettings(**settings), write)
    assert await sink.deliver(ALERT) == Delivered()
    await sink.aclose()
    (text,) = written
    return text


async def test_people_read_time_severity_venue_and_headline():
    assert await line() == f"14:14:00Z  warning   upbit     ABC/KRW +6.0 % in 1 s, up 24{TIMES}"


async def test_programs_read_exactly_the_body_in_one_line():
    text = await line(json=True)
    assert "\n" not in text
    assert json.loads(text) == opened(ALERT)
    assert TIMES in text
