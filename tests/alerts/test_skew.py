"""Whose clock is wrong: told from the quickest event of each minute, and only where it is certain."""

import pytest

from scanner.alerts.skew import Skew
from scanner.alerts.troubles import Troubles
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Event, Gap, Ticker, Trade

SECOND = 1_000_000_000
START = 1_790_000_040 * SECOND
ABC = Instrument("ABC", "KRW")


def trade(second, delay_s, exchange="upbit", **more) -> Event:
    seen = START + round(second * SECOND)
    return Trade(exchange, ABC, seen - round(delay_s * SECOND), seen, "1", 1.0, 1.0, "buy", **more)


def watched(skew, seconds, **delays):
    """An event a second of each venue; what is wrong at the end."""
    for second in range(seconds):
        for exchange, delay_s in delays.items():
            skew.see(trade(second, delay_s, exchange))
    return skew.conditions(START + seconds * SECOND)


def test_clocks_that_agree_are_not_spoken_of():
    skew = Skew(5.0)
    assert watched(skew, 200, upbit=0.05, okx=0.4) == []
    assert skew.delays(START + 200 * SECOND) == {"upbit": 0.05, "okx": 0.4}


def test_what_comes_from_the_future_is_a_clock_that_is_wrong():
    # Promise: one venue of two is blamed alone, with the offset.
    (condition,) = watched(Skew(5.0), 200, upbit=0.05, okx=-7.25)
    assert (condition.subject, condition.exchange, condition.severity) == ("okx", "okx", "warning")
    assert condition.facts == {"offset_s": -7.25}
    assert condition.headline.startswith("okx tells of what is 7.2 s in the future")


def test_within_the_tolerance_nothing_is_wrong():
    # Promise: venues' clocks differ; only beyond the tolerance is it a trouble.
    assert watched(Skew(5.0), 200, okx=-5.0) == []
    assert len(watched(Skew(5.0), 200, okx=-5.001)) == 1


def test_where_every_venue_is_ahead_our_own_clock_is_behind():
    (condition,) = watched(Skew(5.0), 200, upbit=-9.0, okx=-8.0)
    assert (condition.subject, condition.exchange, condition.severity) == ("our own clock", "", "high")
    assert condition.facts == {"offset_s": -8.0, "venues": 2}
    assert "8.0 s behind those of all 2 venues" in condition.headline


def test_where_every_venue_is_late_our_own_clock_is_ahead():
    (condition,) = watched(Skew(5.0), 200, upbit=30.0, okx=31.0)
    assert condition.facts == {"offset_s": 30.0, "venues": 2}
    assert "30.0 s ahead of" in condition.headline


def test_one_venue_that_is_late_proves_nothing():
    # Promise: its road may be slow, or little may happen there.
    assert watched(Skew(5.0), 200, upbit=0.05, okx=31.0) == []
    assert watched(Skew(5.0), 200, okx=31.0) == []


def test_a_clock_set_to_another_time_zone_is_found():
    (condition,) = watched(Skew(5.0), 200, upbit=9 * 3600.0, okx=9 * 3600.0)
    assert condition.facts["offset_s"] == 9 * 3600.0


def test_a_recording_that_is_played_back_proves_nothing():
    # Promise: last year's frames are old, and no clock is wrong.
    assert watched(Skew(5.0), 200, upbit=400 * 86_400.0, okx=400 * 86_400.0) == []


def test_the_quickest_event_of_a_minute_counts():
    # Promise: queues and lulls make events old; one that is quick says that the clocks agree.
    skew = Skew(5.0)
    for second in range(180):
        for exchange in ("upbit", "okx"):
            skew.see(trade(second, 0.1 if second % 60 == 7 else 40.0, exchange))
    assert skew.conditions(START + 180 * SECOND) == []


@pytest.mark.parametrize(
    "event",
    [
        trade(0, -60, backfilled=True),
        Gap("upbit", "trade", (ABC,), START + 60 * SECOND, START, "closed"),
        Candle("upbit", ABC, START + 60 * SECOND, START, 60, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
        Trade("upbit", ABC, 0, START, "1", 1.0, 1.0, "buy"),
    ],
)
def test_events_that_tell_no_moment_of_theirs_are_passed_over(event):
    skew = Skew(5.0)
    for _ in range(3):
        skew.see(event)
    skew.see(trade(200, 0.1))
    assert skew.delays(START + 200 * SECOND) == {}


@pytest.mark.parametrize(
    "event",
    [
        Ticker("upbit", ABC, START + 9 * SECOND, START, 1.0, 1.0, 1.0),
        BookTop("upbit", ABC, START + 9 * SECOND, START, (1.0, 1.0), (1.0, 1.0)),
    ],
)
def test_quotes_tell_the_time_too(event):
    skew = Skew(5.0)
    skew.see(event)
    skew.see(trade(61, 0.1))
    assert [condition.subject for condition in skew.conditions(START + 61 * SECOND)] == ["upbit"]


def test_a_venue_that_is_not_heard_any_more_is_not_judged():
    # Promise: a clock is not wrong for as long as nobody speaks.
    skew = Skew(5.0)
    assert watched(skew, 125, okx=-7.0)
    assert skew.conditions(START + 400 * SECOND) == []


def test_a_tolerance_of_nought_looks_at_nothing():
    assert watched(Skew(0.0), 200, upbit=-9.0, okx=40.0) == []


def test_a_clock_that_is_set_right_is_told_from_beginning_to_end():
    # Promise: through the troubles: told after it has lasted, over after it has been gone for as long.
    skew, troubles, heard = Skew(5.0), Troubles(), []
    for second in range(900):
        delay_s = -7.0 if second < 400 else 0.1
        skew.see(trade(second, 0.1, "upbit"))
        skew.see(trade(second, delay_s, "okx"))
        now = START + second * SECOND
        heard += [(second, one.kind, one.exchange) for one in troubles.judge(skew.conditions(now), now)]
    # START lies on a whole minute: the first is measured after 60 s and has to last 90 s more; the last wrong one ends
    # at 420 s and has to be gone for 90 s.
    assert heard == [(150, "opened", "okx"), (570, "closed", "okx")]
