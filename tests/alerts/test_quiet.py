"""Quiet hours on the wall clock of a time zone: over midnight, over the days that are an hour short or long."""

from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.quiet import Span, is_quiet, parse, zone

SECOND = 1_000_000_000
SEOUL, BERLIN, NEW_YORK = "Asia/Seoul", "Europe/Berlin", "America/New_York"


def moment(text):
    """Nanoseconds of `2026-11-21T23:30+09:00`."""
    return round(datetime.fromisoformat(text).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("time", "quiet"),
    [("22:59:59", False), ("23:00:00", True), ("00:00:00", True), ("06:59:59", True), ("07:00:00", False)],
)
def test_a_night_reaches_over_midnight(time, quiet):
    # Promise: 23:00-07:00 begins with the first second of 23:00 and ends before the first of 07:00.
    assert is_quiet("23:00-07:00", SEOUL, moment(f"2026-11-21T{time}+09:00")) is quiet


@pytest.mark.parametrize(("time", "quiet"), [("11:59", False), ("12:00", True), ("13:29", True), ("13:30", False)])
def test_a_lunch_is_within_a_day(time, quiet):
    assert is_quiet("12:00-13:30", SEOUL, moment(f"2026-11-21T{time}:00+09:00")) is quiet


def test_several_hours_may_be_quiet():
    # Promise: any of them is enough, and spaces do not matter.
    hours = "23:00 - 07:00, 12:00-13:00"
    quiet = [hour for hour in range(24) if is_quiet(hours, "UTC", hour * 3600 * SECOND)]
    assert quiet == [0, 1, 2, 3, 4, 5, 6, 12, 23]


def test_no_hours_are_never_quiet():
    assert not any(is_quiet(hours, "UTC", hour * 3600 * SECOND) for hours in ("", "  ") for hour in range(24))


def test_midnight_is_written_as_either_end_of_a_day():
    # Promise: 20:00-24:00 and 20:00-00:00 are the same.
    assert parse("20:00-24:00") == parse("20:00-00:00") == (Span(20 * 60, 0),)


def test_the_hour_that_a_spring_day_lacks_is_not_missed():
    # Promise: at 2:00 the clock in Berlin shows 3:00; quiet until 3:00 is over then, an hour of real time early.
    assert is_quiet("01:00-03:00", BERLIN, moment("2026-03-29T01:59:59+01:00"))
    assert not is_quiet("01:00-03:00", BERLIN, moment("2026-03-29T03:00:00+02:00"))
    skipped = [
        is_quiet("02:00-03:00", BERLIN, moment("2026-03-29T00:00:00+01:00") + n * 60 * SECOND) for n in range(360)
    ]
    assert not any(skipped)


def test_the_hour_that_an_autumn_day_has_twice_is_quiet_twice():
    # Promise: in New York 1:30 comes in summer time, and an hour later again in winter time.
    for offset in ("-04:00", "-05:00"):
        assert is_quiet("01:00-02:00", NEW_YORK, moment(f"2026-11-01T01:30:00{offset}"))
    assert not is_quiet("01:00-02:00", NEW_YORK, moment("2026-11-01T02:00:00-05:00"))


@given(
    st.integers(0, 23 * 60 + 59),
    st.integers(0, 23 * 60 + 59),
    st.integers(0, 4_000_000_000),
    st.sampled_from([SEOUL, BERLIN, NEW_YORK, "UTC", "Asia/Kathmandu", "Pacific/Chatham"]),
)
def test_quiet_is_what_the_clock_on_the_wall_says(begin, end, seconds, name):
    # Promise: at any moment of any year, in any zone, against a walk around the clock.
    if begin == end:
        return
    minute, quiet = begin, set()
    while minute != end:
        quiet.add(minute)
        minute = (minute + 1) % (24 * 60)
    hours = f"{begin // 60}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    there = datetime.fromtimestamp(seconds, ZoneInfo(name))
    assert is_quiet(hours, name, seconds * SECOND) is (there.hour * 60 + there.minute in quiet)


@pytest.mark.parametrize(
    "hours", ["night", "23-7", "23:00", "23:60-07:00", "23:00-07:00-", "23:00-07:00,", "1:00 to 2:00"]
)
def test_what_are_no_hours_is_told_with_an_example(hours):
    with pytest.raises(ValueError, match=r"^expected hours such as 23:00-07:00"):
        parse(hours)


@pytest.mark.parametrize(
    ("hours", "why"),
    [("24:00-07:00", "24:00"), ("23:00-25:00", "24:00"), ("8:00-08:00", "raise severity"), ("0:00-24:00", "severity")],
)
def test_hours_that_no_day_has_or_that_never_end_are_told(hours, why):
    with pytest.raises(ValueError, match=why):
        parse(hours)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    # Promise: a configuration can say anything; only ValueError comes out.
    for read in (parse, zone):
        with suppress(ValueError):
            read(text)


@pytest.mark.parametrize("name", ["", "Seoul", "Asia", "../etc/passwd", "Mars/Base", "Asia/Seoul\0"])
def test_what_is_no_time_zone_is_told(name):
    # Promise: a folder of zones, a path and a wish are none.
    with pytest.raises(ValueError, match=r"^expected the name of a time zone such as Asia/Seoul"):
        zone(name)


def test_the_zones_of_the_world_are_there():
    # Promise: also on a machine without a time zone database of its own (the package tzdata brings one).
    assert str(zone(SEOUL)) == SEOUL
