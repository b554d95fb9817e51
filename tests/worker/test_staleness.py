"""A stream is suspected by its own habits, seldom without reason, and asked about ever more seldom while it is well."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.instrument import Instrument
from scanner.model.market import Subscription
from scanner.worker.staleness import (
    CEILING_S,
    FIRST_MESSAGE_S,
    FLOOR_S,
    LEARNING_S,
    LONGEST_TIMES,
    NOVICE_S,
    RENEWED_S,
    WINDOW_S,
    Staleness,
)

BTC, ETH = (Subscription("trade", Instrument(base, "KRW")) for base in ("BTC", "ETH"))
SECOND = 1_000_000_000


def fed(moments, key=BTC):
    """Watched since 0, heard at these."""
    staleness = Staleness()
    staleness.watch([key], 0.0)
    for now in moments:
        staleness.suspects(now)
        staleness.heard(key, now, round(now * SECOND))
    return staleness


def every(step, until, start=0.0):
    return [start + n * step for n in range(int((until - start) / step) + 1)]


def suspected(staleness, now):
    return [suspect.subscription for suspect in staleness.suspects(now)]


def assert_suspected_after(staleness, last, patience, key=BTC):
    """Not a moment earlier."""
    assert suspected(staleness, last + patience) == []
    assert suspected(staleness, last + patience + 0.1) == [key]


def test_the_busiest_stream_is_suspected_after_the_floor():
    """Ten messages a second for five minutes: its own gaps would allow less, but everything pauses once."""
    assert_suspected_after(fed(every(0.1, 300)), 300, FLOOR_S)


def test_an_ordinary_stream_is_suspected_by_its_own_longest_gap():
    """Every few seconds, once with a rest of 25 s."""
    staleness = fed([*every(3, 300), *every(3, 600, start=325)])
    assert_suspected_after(staleness, 598, LONGEST_TIMES * 25)


def test_a_burst_does_not_wash_out_the_rest_before_it():
    """Ten thousand trades in a minute after four minutes of nothing: the next rest of that kind is ordinary."""
    staleness = fed([0.0, 240.0, *every(0.006, 300, start=240)])
    assert suspected(staleness, 299 + LONGEST_TIMES * 240 - 1) == []
    (suspect,) = staleness.suspects(301 + LONGEST_TIMES * 240)
    assert suspect.expected_s == LONGEST_TIMES * 240


def test_a_habit_is_forgotten_with_time():
    """A coin that woke up is soon held to its new pace: the rest of an hour ago does not count."""
    staleness = fed([*every(1, 200), *every(1, 200 + 400 + 2 * WINDOW_S, start=600)])
    assert_suspected_after(staleness, 600 + 2 * WINDOW_S, FLOOR_S)


def test_nothing_at_all_is_suspicious_after_the_first_message_s_time():
    """Many venues begin with a snapshot; and nothing else is known yet."""
    staleness = fed([])
    assert_suspected_after(staleness, 0, FIRST_MESSAGE_S)
    (suspect,) = staleness.suspects(FIRST_MESSAGE_S * 2)
    assert (suspect.silent_s, suspect.expected_s, suspect.overdue) == (FIRST_MESSAGE_S * 2, FIRST_MESSAGE_S, 2.0)


@pytest.mark.parametrize("moments", [[5.0], every(0.01, 6, start=5), every(1, LEARNING_S - 1)])
def test_a_novice_is_given_time(moments):
    """One message, or one burst, tells nothing of a coin's habits."""
    assert_suspected_after(fed(moments), moments[-1], NOVICE_S)


def test_what_was_never_watched_is_never_suspected():
    """Polled tickers are heard, but no connection carries them."""
    staleness = Staleness()
    staleness.heard(BTC, 1.0, SECOND)
    assert suspected(staleness, 1e6) == []
    assert staleness.quietest([BTC], 1e6) is None


def test_data_that_came_before_it_was_watched_counts():
    """The watchdog looks once a second and names the moment at which the link went live."""
    staleness = Staleness()
    staleness.heard(BTC, 10.5, 1)
    staleness.watch([BTC], 10.0)
    assert_suspected_after(staleness, 10.5, NOVICE_S)


def test_the_most_overdue_comes_first():
    """A busy coin's half minute says more than a thin one's two minutes."""
    staleness = fed(every(0.5, 300))
    staleness.watch([ETH], 0.0)
    for now in (0.0, 50.0, 100.0, 150.0, 200.0):
        staleness.heard(ETH, now, 1)
    assert suspected(staleness, 330) == [BTC, ETH]
    assert staleness.quietest([ETH, BTC], 302).subscription == ETH


def test_a_hole_of_ours_is_no_habit_of_a_coin():
    """Half an hour without a connection teaches nothing, and the silence counts from when it is back."""
    staleness = fed(every(1, 300))
    staleness.rest([BTC, ETH])
    assert suspected(staleness, 1500) == []
    staleness.watch([BTC], 2100.0)
    assert_suspected_after(staleness, 2100, FIRST_MESSAGE_S)
    staleness.heard(BTC, 2101.0, 1)
    assert_suspected_after(staleness, 2101, FLOOR_S)


def test_a_quiet_coin_is_asked_about_ever_more_seldom_and_never_forgotten():
    """Each answer doubles the silence that is allowed, until the ceiling; there it is asked about as often."""
    staleness, asked = fed([1.0]), []
    for now in range(1, 20_000):
        if staleness.suspects(float(now)):
            asked.append(now)
            staleness.cleared(BTC, float(now))
    silences = [now - 1 for now in asked]
    assert silences[:5] == [61, 122, 244, 488, 976]
    assert {later - earlier for earlier, later in pairwise(asked[5:])} == {CEILING_S}


def test_a_quiet_time_that_rest_confirmed_becomes_a_habit_with_the_next_trade():
    """It is not asked about again for the same silence."""
    staleness = fed(every(1, 300))
    staleness.cleared(BTC, 311.0)
    staleness.heard(BTC, 380.0, 1)
    assert_suspected_after(staleness, 380, LONGEST_TIMES * 80)


def test_a_stale_stream_is_named_until_it_is_heard():
    """In order, and no longer."""
    staleness = fed(every(1, 300))
    staleness.watch([ETH], 0.0)
    staleness.confirmed(ETH, 311.0)
    staleness.confirmed(BTC, 311.0)
    assert staleness.stale() == [BTC, ETH]
    staleness.heard(BTC, 312.0, 1)
    assert staleness.stale() == [ETH]
    staleness.rest([ETH])
    assert staleness.stale() == []


def test_a_stream_that_is_found_stale_again_and_again_is_left_alone_for_longer_and_longer():
    """A venue that does not carry what it lists, however often we connect, is no reason for a storm; a snapshot on
    each new connection does not deceive us."""
    staleness, found = fed(every(1, 300)), []
    for now in range(301, 4000):
        if staleness.suspects(float(now)):
            found.append(now)
            staleness.confirmed(BTC, float(now))
            staleness.watch([BTC], now + 1.0)
            staleness.heard(BTC, now + 2.0, 1)
    waits = [later - earlier for earlier, later in pairwise(found)]
    assert waits == [60, 120, 240, 480, 960, CEILING_S]


def test_after_a_long_good_time_the_next_trouble_is_the_first_again():
    """Two faults in a day are not one."""
    staleness = fed([])
    staleness.confirmed(BTC, 100.0)
    staleness.confirmed(BTC, 200.0)
    later = 200.0 + 2 * CEILING_S + 1
    staleness.confirmed(BTC, later)
    assert suspected(staleness, later + RENEWED_S - 1) == []
    assert suspected(staleness, later + RENEWED_S) == [BTC]


def test_what_is_forgotten_is_gone():
    """A delisted coin is neither suspected nor kept, and verdicts about it come to nothing."""
    staleness = fed([1.0])
    staleness.watch([ETH], 0.0)
    staleness.keep(frozenset({ETH.instrument}))
    staleness.forget([ETH, BTC])
    staleness.cleared(BTC, 2.0)
    staleness.confirmed(BTC, 2.0)
    staleness.rest([BTC])
    assert suspected(staleness, 1e5) == []
    assert staleness.stale() == []
    assert not staleness._streams


def test_the_venue_s_clock_is_known_by_its_freshest_trade():
    """Whatever our own clock shows: nothing is heard before it happens. Tickers count where there are no trades."""
    staleness = Staleness()
    assert staleness.venue_time(5.0) is None
    ticker = Subscription("ticker", BTC.instrument)
    staleness.heard(ticker, 10.0, 7_000 * SECOND)
    assert staleness.venue_time(12.0) == 7_002 * SECOND
    staleness.heard(BTC, 10.0, 1_000 * SECOND)
    staleness.heard(ETH, 20.0, 1_001 * SECOND)
    assert staleness.venue_time(15.0) == 1_005 * SECOND


def test_which_of_them_have_brought_nothing_since():
    """Those that were never heard too."""
    staleness = fed([3.0])
    assert staleness.unheard([ETH, BTC], 3.0) == [ETH]
    assert staleness.unheard([ETH, BTC], 3.1) == [BTC, ETH]


def test_when_any_of_them_was_heard_last():
    """The latest of all; never, where none was."""
    staleness = fed([3.0])
    staleness.heard(ETH, 2.0, 1)
    assert staleness.last_heard([ETH, BTC]) == 3.0
    assert staleness.last_heard([ETH]) == 2.0
    assert staleness.last_heard([]) == float("-inf")


@pytest.mark.parametrize("mean_s", [0.2, 2.0, 20.0, 120.0])
def test_a_healthy_stream_is_seldom_asked_about(mean_s):
    """Bursts of trades at random, for six hours: at most a few questions an hour, whatever the pace."""
    dice, now, questions = random.Random(7), 0.0, 0
    staleness = fed([])
    for _ in range(int(6 * 3600 / mean_s)):
        pause = dice.expovariate(1 / mean_s)
        for second in range(1, int(pause) + 1):
            if staleness.suspects(now + second):
                questions += 1
                staleness.cleared(BTC, now + second)
        now += pause
        for n in range(dice.choice([1, 1, 1, 2, 30])):
            staleness.heard(BTC, now + n * 0.001, 1)
    assert questions <= 6 * 4


@given(st.lists(st.floats(0.001, 400.0), min_size=1, max_size=80))
def test_what_is_ordinary_is_at_least_every_gap_of_the_last_window(gaps):
    """Against the obvious model: all gaps in a list. It is never below twice one of the last quarter of an hour, and
    never above twice one of the last half hour or so and what any stream is allowed."""
    now, moments = 0.0, [0.0]
    for gap in gaps:
        now += gap
        moments.append(now)
    staleness = fed(moments)
    expected = staleness.quietest([BTC], now + 0.001).expected_s
    past = list(zip(moments[1:], gaps, strict=True))
    recent = max((gap for at, gap in past if at > now - WINDOW_S + 400), default=0.0)
    longest = max((gap for at, gap in past if at >= now - 2 * WINDOW_S - 400), default=0.0)
    assert min(CEILING_S, LONGEST_TIMES * recent) <= expected + 1e-6
    assert expected <= max(NOVICE_S, LONGEST_TIMES * longest) + 1e-6
