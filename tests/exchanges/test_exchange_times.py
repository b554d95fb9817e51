"""Venue times in any unit become nanoseconds."""

import pytest

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.times import nanoseconds


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        (1_790_000_000, 1_790_000_000_000_000_000),
        (1_790_000_000_123, 1_790_000_000_123_000_000),
        (1_790_000_000_123_456, 1_790_000_000_123_456_000),
        (1_790_000_000_123_456_789, 1_790_000_000_123_456_789),
        (1_000_000_000_000, 1_000_000_000_000_000_000),
        (2**63 - 1, 2**63 - 1),
    ],
)
def test_digits_tell_the_unit(stamp, at):
    """Seconds, milliseconds, microseconds, nanoseconds."""
    assert nanoseconds(stamp) == at


@pytest.mark.parametrize(
    "stamp", [0, -1, -179_000_000, -1_790_000_000_123, 5, 179_000_000, 17_900_000_000, 2**63, 9_999_999_999_999, 10**30]
)
def test_what_is_no_time_of_our_age_is_nonsense(stamp):
    """Negative, of an odd length, or beyond the 64 bits that a time travels in."""
    with pytest.raises(RemoteNonsense):
        nanoseconds(stamp)
