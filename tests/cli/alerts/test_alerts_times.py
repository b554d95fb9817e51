"""Moments as operators name them, in UTC, past and future."""

from datetime import UTC, datetime

import click
import pytest
from hypothesis import given
from hypothesis import strategies as some

from scanner.cli.alerts.times import Moment, ago, ahead
from scanner.model.moments import SECOND

NOW = round(datetime(2026, 11, 21, 12, 44, 12, tzinfo=UTC).timestamp()) * SECOND


def moment(text):
    """Seconds before now."""
    return (NOW - ago(text, NOW)) / SECOND


@pytest.mark.parametrize(
    ("text", "seconds_ago"),
    [
        ("10m", 600),
        (" 24h ", 86_400),
        ("90", 90),
        ("12:44", 12),
        ("12:44:10", 2),
        ("12:45", 86_400 - 48),
        ("00:00", 12 * 3600 + 44 * 60 + 12),
        ("2026-11-21", 12 * 3600 + 44 * 60 + 12),
        ("2026-11-21T12:43:12Z", 60),
        ("2026-11-21 12:43:12", 60),
        ("2026-11-21T21:43:12+09:00", 60),
        ("2026-11-21T12:44:11.5Z", 0.5),
    ],
)
def test_a_moment_of_the_past_may_be_said_in_many_ways(text, seconds_ago):
    # Promise: a duration is how long ago; a time of day is the last one; without an offset it is UTC.
    assert moment(text) == seconds_ago


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "12:60", "2026-13-01", "-10m", "10 parsecs", "0001-01-01", "nan"]
)
def test_what_is_no_time_is_refused_with_what_is(text):
    with pytest.raises(ValueError, match="expected"):
        ago(text, NOW)


@pytest.mark.parametrize("text", ["2026-11-22", "2026-11-21T12:44:13Z"])
def test_what_is_still_to_come_is_no_past(text):
    with pytest.raises(ValueError, match="still to come"):
        ago(text, NOW)


@given(some.text(max_size=30))
def test_any_text_is_a_moment_of_the_past_or_a_sentence(text):
    # Promise: nothing else comes out, whatever is typed.
    try:
        assert ago(text, NOW) <= NOW
    except ValueError as error:
        assert "expected" in str(error)  # noqa: PT017  # either is fine, nothing else is


def test_what_is_to_come_is_read_likewise():
    # Promise: a time of day is the next one.
    assert ahead("2h", NOW) - NOW == 7200 * SECOND
    assert ahead("12:44", NOW) - NOW == (86_400 - 12) * SECOND


def test_on_the_command_line_a_mistake_repeats_what_was_typed_once():
    kind = Moment(ago, clock=lambda: NOW)
    assert kind.convert("10m", None, None) == NOW - 600 * SECOND
    assert kind.convert(NOW, None, None) == NOW
    for text in ("soon", "2999-01-01"):
        with pytest.raises(click.BadParameter) as caught:
            kind.convert(text, None, None)
        assert caught.value.message.count(repr(text)) == 1
