"""The protocol on recordings where each verdict can be worked out on paper."""

import pytest

from scanner.bench.detection.protocol import Verdict, is_genuine, judge
from tests.bench.detection.hand_made import DAY, HOUR, MINUTE, SECOND, START, line, recording

ONSET = 10 * HOUR
FLAT = recording((0, 1.0), (2 * DAY, 1.0))


def verdicts(made, onset, *moments):
    onset_ms = None if onset is None else START + onset
    return [each.verdict for each in judge(made, onset_ms, [line(at) for at in moments]).judged]


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (6 * HOUR - 1, Verdict.WARM_UP),
        (6 * HOUR, Verdict.NOISE),
        (ONSET - 120 * SECOND - 1, Verdict.NOISE),
        (ONSET - 120 * SECOND, Verdict.HIT),
        (ONSET, Verdict.HIT),
        (ONSET + 300 * SECOND, Verdict.HIT),
        (ONSET + 300 * SECOND + 1, Verdict.AFTERMATH),
        (ONSET + 2 * HOUR, Verdict.AFTERMATH),
        (ONSET + 2 * HOUR + 1, Verdict.NOISE),
    ],
)
def test_where_an_alert_falls_decides_what_it_is_worth(at, verdict):
    # Promise: both ends of the window around the onset count as inside, to the millisecond.
    assert verdicts(FLAT, ONSET, at) == [verdict]


def test_an_announced_coin_that_was_not_pumped_has_neither_hits_nor_aftermath():
    # Promise: on a control every alert is false.
    assert verdicts(FLAT, None, ONSET, ONSET + HOUR) == [Verdict.NOISE, Verdict.NOISE]


def rising(to, *, after):
    """Half an hour at 1.0, a trade a minute, then one print at another price."""
    return recording(*((minute * MINUTE, 1.0) for minute in range(31)), (30 * MINUTE + after, to))


@pytest.mark.parametrize(
    ("made", "genuine"),
    [
        (rising(1.05, after=5 * MINUTE), True),
        (rising(1.05, after=5 * MINUTE + 1), False),
        (rising(1.0499, after=1 * MINUTE), False),
    ],
)
def test_a_false_alert_is_genuine_when_the_price_soon_rose_by_a_twentieth(made, genuine):
    # Promise: the highest price of the next 5 minutes against the median of the 15 before, 5 % or more.
    assert is_genuine(made, START + 30 * MINUTE) is genuine


def test_the_moment_of_the_alert_belongs_to_what_comes_next():
    # Promise: an alert at the very top is measured by that top, and the top is not in the median.
    made = recording((0, 1.0), (MINUTE, 1.06), (2 * MINUTE, 1.0))
    assert is_genuine(made, START + MINUTE)
    assert not is_genuine(made, START + MINUTE + 1)


def test_the_median_forgives_one_wild_print():
    # Promise: a single print before the alert moves neither the usual price nor the verdict.
    made = recording((0, 1.0), (MINUTE, 9.0), (2 * MINUTE, 1.0), (3 * MINUTE, 1.05))
    assert is_genuine(made, START + 3 * MINUTE)


def test_where_nothing_was_traded_lately_the_last_price_is_the_usual_one():
    # Promise: a coin that slept for an hour and jumped did jump; one without any past did not.
    made = recording((0, 1.0), (HOUR, 1.06))
    assert is_genuine(made, START + HOUR)
    assert not is_genuine(made, START)


def test_the_days_that_count_are_those_in_which_an_alert_could_be_false():
    # Promise: 48 h less 6 h of warm-up; of a pump less 2 h and 2 minutes more.
    assert judge(FLAT, None, ()).symbol_days == 42 / 24
    assert judge(FLAT, START + ONSET, ()).symbol_days == pytest.approx((42 - 2 - 2 / 60) / 24)


def test_a_recording_shorter_than_the_warm_up_counts_for_nothing():
    assert judge(recording((0, 1.0), (HOUR, 1.0)), None, ()).symbol_days == 0
