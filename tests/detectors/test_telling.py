"""Scores rise with what is beyond the threshold, and headlines say numbers the way people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors import telling
from scanner.detectors.telling import TIMES

MULTIPLES = st.floats(0, 1e6)


SEVERITIES = st.sampled_from(list(telling.SCORES))


@given(SEVERITIES, st.lists(st.tuples(st.integers(0, 30), MULTIPLES, MULTIPLES), max_size=3))
def test_more_is_never_scored_less_and_never_leaves_its_severity(severity, pairs):
    less = telling.score(severity, [(points, min(one, other)) for points, one, other in pairs])
    more = telling.score(severity, [(points, max(one, other)) for points, one, other in pairs])
    lowest, highest = telling.SCORES[severity]
    assert lowest <= less <= more <= highest


@pytest.mark.parametrize(
    ("beyond", "points"),
    [
        ((), 50),
        (((8, 1.0),), 50),
        (((8, 2.0),), 58),
        (((8, 2.0), (2, 4.0)), 62),
        (((8, 1e9),), 69),
        (((8, 0.1),), 50),
    ],
)
def test_each_doubling_adds_its_points(beyond, points):
    assert telling.score("warning", beyond) == points


def test_the_severities_share_the_points_from_20_to_100_among_them():
    bands = list(telling.SCORES.values())
    assert [lowest for lowest, _ in bands] == [20, 50, 70, 90]
    assert [highest for _, highest in bands] == [49, 69, 89, 100]


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
