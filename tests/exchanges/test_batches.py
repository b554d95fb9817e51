"""Names are spread over messages in order, each within the venue's sizes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.batches import batches


def test_each_message_takes_so_many_names():
    """The last one takes what is left; no names, no message."""
    assert list(batches("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(batches("", 2)) == []


def test_each_message_takes_so_many_bytes():
    """As the venue counts them; a name that never fits goes alone, for the venue to refuse."""
    assert list(batches(["aa", "b", "cccc", "dddddd", "e"], 9, 4)) == [["aa", "b"], ["cccc"], ["dddddd"], ["e"]]
    assert list(batches(["波", "浪"], 9, 3, lambda name: len(name.encode()))) == [["波"], ["浪"]]


@given(st.lists(st.text("ab", max_size=6)), st.integers(1, 4), st.integers(1, 12))
def test_nothing_is_lost_and_no_message_is_too_large(names, most, room):
    """In order, and never a message more than a greedy walk needs."""
    made = list(batches(names, most, room))
    assert [name for batch in made for name in batch] == names
    for batch in made:
        assert len(batch) == 1 or (len(batch) <= most and sum(map(len, batch)) <= room)
    for batch, following in pairwise(made):
        assert len(batch) == most or sum(map(len, batch)) + len(following[0]) > room


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201])
def test_names_are_taken_as_they_come(count):
    """Any iterable will do."""
    assert sum(len(batch) for batch in batches((str(n) for n in range(count)), 200)) == count
