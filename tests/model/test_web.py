"""What everybody who speaks HTTP has to read alike."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.web import address_of, retry_after

NOON = 1_790_337_600.0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://user:word@hooks.example.org/a/b?c=d#e", "https://hooks.example.org"),
        ("http://[::1]:8080/secret", "http://[::1]:8080"),
        ("https://hooks.example.org:8443", "https://hooks.example.org:8443"),
    ],
)
def test_an_address_is_told_without_its_secrets(url, said):
    assert address_of(url) == said


@pytest.mark.parametrize(
    ("headers", "after_s"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "Friday, 25-Sep-26 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri Sep 25 12:00:30 2026"}, 30.0),
        ({"retry-after": "Fri, 25 Sep 2026 18:00:30 GMT", "date": "Fri, 25 Sep 2026 18:00:00 GMT"}, 30.0),
        ({"retry-after": "Fri, 25 Sep 2026 12:00:30 GMT", "date": "yesterday"}, 30.0),
    ],
)
def test_retry_after_is_read_in_every_form_that_http_allows(headers, after_s):
    """A date is held against the answer's own clock where it shows one: ours may be another."""
    assert retry_after(headers, NOON) == after_s


@given(st.text() | st.integers().map(str), st.text())
def test_no_retry_after_is_too_strange_to_judge(wish, date):
    """It is a wait of no negative length, or none at all."""
    after_s = retry_after({"retry-after": wish, "date": date}, NOON)
    assert after_s is None or (after_s >= 0 and not math.isnan(after_s))
