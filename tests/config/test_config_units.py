"""Durations and shares: read as people write them, written so that they read back."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config.units import format_duration, format_fraction, parse_duration, parse_fraction


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("9ms", 0.009),
        ("15s", 15.0),
        ("5m", 300.0),
        ("1h", 3600.0),
        ("2d", 172800.0),
        ("90", 90.0),
        ("1.5m", 90.0),
        (".5s", 0.5),
        (" 15 s ", 15.0),
        ("0", 0.0),
    ],
)
def test_a_duration_is_read_in_seconds(text, seconds):
    # Promise: every unit means what it says, a bare number is seconds.
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-5s", "5 min", "1h30m", "inf", "nan", "1e3s", "5S", "9" * 400])
def test_what_is_no_duration_is_refused_with_what_was_expected(text):
    # Promise: no guess is made about time.
    with pytest.raises(ValueError, match="expected a duration such as 500ms, 15s, 5m or 1h"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 0.05), ("0.05", 0.05), ("-3 %", -0.03), ("+10%", 0.1), ("0.1%", 0.001), ("250%", 2.5)]
)
def test_a_share_is_read_from_per_cents_or_as_it_is(text, share):
    # Promise: 5% and 0.05 are one value.
    assert parse_fraction(text) == share


@pytest.mark.parametrize("text", ["", "%", "5 percent", "five", "nan", "inf%", "1e-2"])
def test_what_is_no_share_is_refused_with_what_was_expected(text):
    # Promise: no guess is made about thresholds.
    with pytest.raises(ValueError, match=r"expected a share such as 5% or 0\.05"):
        parse_fraction(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.5, "500ms"),
        (15.0, "15s"),
        (60.0, "1m"),
        (90.0, "90s"),
        (300.0, "5m"),
        (86400.0, "1d"),
        (0.0, "0s"),
        (1e-7, "0.0000001s"),
        (1.5, "1500ms"),
    ],
)
def test_a_duration_is_written_short(seconds, text):
    # Promise: `config show` says 5m, not 300.0.
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("share", "text"), [(0.05, "5%"), (0.001, "0.1%"), (-0.5, "-50%"), (0.0, "0%"), (3.0, "300%")])
def test_a_share_is_written_in_per_cents(share, text):
    # Promise: `config show` says 5%, not 0.05.
    assert format_fraction(share) == text


@given(st.floats(min_value=0, max_value=1e12))
def test_a_duration_survives_being_written(seconds):
    # Promise: what `config show` prints is exactly what is in force.
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_a_share_survives_being_written(share):
    # Promise: what `config show` prints is exactly what is in force.
    assert parse_fraction(format_fraction(share)) == share


@given(st.text())
def test_any_text_is_a_duration_or_a_refusal(text):
    # Promise: no other error comes out, and no wait is negative.
    with suppress(ValueError):
        assert parse_duration(text) >= 0
