"""Answers of many rows: a bad one hides no other, and what comes in their place is told in the venue's words."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Nonsense, RemoteNonsense
from scanner.exchanges.rows import LISTING, answer, read_list, read_rows, sift

NUMBER = msgspec.json.Decoder(int)


def positive(row):
    """A row of a number; 0 has nothing to tell."""
    number = NUMBER.decode(row)
    if number < 0:
        raise RemoteNonsense(f"{number} is below 0")
    return number or None


def test_rows_come_in_order_without_the_bad_and_the_silent_ones():
    """Wrong types, wrong sense and nothing to tell: the others are there."""
    assert read_list(b'[3,"x",0,-1,null,2]', positive) == [3, 2]
    assert read_list("[1]", positive) == [1]
    assert read_list(msgspec.Raw(b"[1]"), positive) == [1]


def test_no_rows_are_no_fault():
    """And neither are rows that have nothing to tell, whatever stands beside them."""
    assert read_list(b"[]", positive) == []
    assert read_list(b"[0,-1]", positive) == []


def test_when_nothing_can_be_read_the_first_row_is_shown():
    """It is quoted, so that the log tells what was new about it."""
    with pytest.raises(RemoteNonsense, match=r"-1 is below 0: b'-1'"):
        read_list(b'[-1,"x"]', positive)
    with pytest.raises(RemoteNonsense, match=r"Expected `int`.*: b'\"x\"'"):
        read_rows([msgspec.Raw(b'"x"'), msgspec.Raw(b"-1")], positive)


def test_bad_rows_among_good_ones_are_counted_and_the_first_is_quoted():
    """One blame for all of them, however many; without bytes to quote, in its own words."""

    def halved(number):
        if number % 2:
            raise RemoteNonsense(f"{number} is odd")
        return number // 2

    assert sift([4, 6], halved) == ([2, 3], [])
    assert sift([], halved) == ([], [])
    assert sift([4, 5, 6, 7], halved) == ([2, 3], [Nonsense("2 of 4 rows: 5 is odd")])
    with pytest.raises(RemoteNonsense, match=r"^5 is odd$"):
        sift([5, 7], halved)


@given(st.lists(st.integers(-3, 3) | st.text(max_size=3)))
def test_reading_agrees_with_a_slow_and_obvious_reading(values):
    """What is above 0 is told; blame goes on when not one value is a number from 0."""
    body = json.dumps(values).encode()
    readable = [value for value in values if isinstance(value, int) and value >= 0]
    if values and not readable:
        with pytest.raises(RemoteNonsense):
            read_list(body, positive)
    else:
        assert read_list(body, positive) == [value for value in readable if value]


@pytest.mark.parametrize("code", ["-1121", '"40020"'])
def test_an_error_body_is_told_in_its_own_words(code):
    """Its code is a number or text."""
    body = f'{{"code":{code},"msg":"Invalid symbol."}}'.encode()
    for read in (lambda: answer(LISTING, body), lambda: read_list(body, positive)):
        with pytest.raises(RemoteNonsense, match=f"^refused with {json.loads(code)} Invalid symbol"):
            read()


@pytest.mark.parametrize("body", [b"<html>403</html>", b"", b"\xff", b'{"symbols":5}', b"[" * 100_000])
def test_any_other_body_is_quoted_briefly(body):
    """However long it is."""
    with pytest.raises(RemoteNonsense) as blame:
        answer(LISTING, body)
    assert len(str(blame.value)) < 500
