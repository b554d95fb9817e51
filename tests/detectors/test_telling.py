"""Scores rise with what is beyond the threshold, and headlines say numbers the way people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors import telling
from scanner.detectors.telling import TIMES

MULTIPLES = st.floats(0, 1e6)


@given(st.lists(st.tuples(st.integers(0, 30), MULTIPLES, MULTIPLES), max_size=3))
def test_more_is_never_scored_less(pairs):
    less = telling.score(50, [(points, min(one, other)) for points, one, other in pairs])
    more = telling.score(50, [(points, max(one, other)) for points, one, other in pairs])
    assert 50 <= less <= more <= 100


@pytest.mark.parametrize(
    ("beyond", "points"),
    [
        ((), 50),
        (((20, 1.0),), 50),
        (((20, 2.0),), 70),
        (((20, 4.0), (5, 2.0)), 95),
        (((20, 1e9),), 100),
        (((20, 0.1),), 50),
    ],
)
def test_each_doubling_adds_its_points(beyond, points):
    assert telling.score(50, beyond) == points


@pytest.mark.parametrize(
    ("points", "name"),
    [
        (100, "critical"),
        (90, "critical"),
        (89, "high"),
        (70, "high"),
        (69, "warning"),
        (50, "warning"),
        (49, "info"),
        (0, "info"),
    ],
)
def test_severities_begin_where_the_table_says(points, name):
    assert telling.severity(points) == name


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        (telling.per_cent(0.175), "+17.5 %"),
        (telling.per_cent(-0.05), "-5.0 %"),
        (telling.per_cent(3.5), "+350.0 %"),
        (telling.within(0.0), "at once"),
        (telling.within(0.099), "at once"),
        (telling.within(0.42), "in 0.4 s"),
        (telling.within(0.97), "in 1 s"),
        (telling.within(1.46), "in 1.5 s"),
        (telling.within(4.6), "in 5 s"),
        (telling.within(59.9), "in 60 s"),
        (telling.within(300.0), "in 5 min"),
        (telling.times(3.44), f"3.4{TIMES}"),
        (telling.times(9.96), f"10{TIMES}"),
        (telling.times(24.3), f"24{TIMES}"),
        (telling.times(2400.0), f"2,400{TIMES}"),
        (telling.prints(185, 167), "185 trades, 90 % buys"),
        (telling.prints(0, 0), "0 trades, 0 % buys"),
    ],
)
def test_numbers_are_said_as_people_read_them(phrase, said):
    assert phrase == said
