"""Tapes let only numbers above zero in, begin anew after a hole, survive a venue's clock, and learn from candles."""

import math

import pytest

from scanner.detectors.tape import LATE_S
from scanner.detectors.tapes import Tapes
from scanner.model.market import Candle
from tests.detectors.streams import ABC, UPBIT, at, candle, gap, ticker, trade

NONSENSE = [math.nan, math.inf, -math.inf, 0.0, -1.0, 1e-300, 1e300]


def fed(*events):
    tapes = Tapes()
    for event in events:
        tapes.see(event)
    return tapes


def usual(tapes):
    """Of the buyers' minute."""
    return tapes.find(UPBIT, ABC).bought.usual


@pytest.mark.parametrize("wrong", NONSENSE)
def test_no_nonsense_reaches_a_window(wrong):
    """Neither as price nor as size: it is counted, and the tape does not know that it came. A NaN first price once
    silenced a symbol for good."""
    tapes = fed(trade(0, wrong), trade(1, 100.0, wrong), ticker(1, wrong, 1e6), trade(2, 100.0))
    assert tapes.unusable == 3
    assert tapes.current.trades == 1
    assert tapes.current.price == 100.0
    assert tapes.current.bought.total == tapes.current.bought.minute == 100.0
    assert tapes.current.bought.climb.price == 100.0


@pytest.mark.parametrize("wrong", [wrong for wrong in NONSENSE if wrong])
@pytest.mark.parametrize("field", ["high", "low", "turnover"])
def test_no_nonsense_of_a_candle_reaches_what_is_usual(wrong, field):
    """No turnover at all is a number like others; no price is not."""
    good = candle(-1, 50.0, seen=0)
    told = {name: getattr(good, name) for name in good.__struct_fields__} | {field: wrong}
    tapes = fed(Candle(**told), ticker(0, 100.0, 1440 * 100.0), trade(1, 100.0))
    assert tapes.unusable == (wrong != 1e-300 or field != "turnover")
    assert usual(tapes) == pytest.approx(50.0, rel=0.02)


def test_a_candle_whose_low_is_above_its_high_is_no_candle():
    assert fed(candle(-1, 50.0, high=99.0, low=101.0)).unusable == 1


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.0, 1e300])
def test_a_day_s_total_that_is_no_number_is_no_beginning(wrong):
    assert fed(ticker(0, 100.0, wrong), trade(1, 100.0)).unusable == 1


def test_two_negatives_make_no_turnover():
    assert fed(trade(0, -100.0, -1.0)).unusable == 1


@pytest.mark.parametrize("event", [trade(1, math.nan), ticker(1, 100.0, 1e6), candle(-1, 5.0), gap(1)], ids=type)
def test_detectors_are_shown_a_tape_only_for_a_good_trade(event):
    tapes = fed(trade(0, 100.0))
    assert tapes.current is not None
    tapes.see(event)
    assert tapes.current is None


@pytest.mark.parametrize("channel", ["trade", "ticker"])
def test_a_gap_begins_a_new_tape_and_only_what_is_usual_outlives_it(channel):
    tapes = fed(ticker(0, 100.0, 1440e6), trade(1, 100.0), gap(2, ABC, channel=channel), trade(3, 120.0))
    assert tapes.current.trades == 1
    assert tapes.current.bought.total == 120.0
    assert tapes.current.bought.climb.price == 120.0
    assert tapes.current.blind
    assert usual(tapes) == 5e5


@pytest.mark.parametrize("other", [gap(2, channel="orderbook"), gap(2, channel="candle"), gap(2, exchange="bithumb")])
def test_blindness_elsewhere_takes_nothing_away(other):
    """For books, for candles, on another venue."""
    assert fed(trade(1, 100.0), other, trade(3, 100.0)).current.trades == 2


def test_a_gap_for_an_instrument_never_seen_is_no_trouble():
    assert fed(gap(0), trade(1, 100.0)).current.trades == 1


def test_a_tape_is_found_by_name_while_there_is_one():
    tapes = fed(trade(1, 100.0))
    assert tapes.find(UPBIT, ABC) is tapes.current
    assert tapes.find("bithumb", ABC) is None
    tapes.see(gap(2))
    assert tapes.find(UPBIT, ABC) is None


def test_only_the_first_ticker_is_a_reference():
    """A later one may already tell of the trade that it would be the reference for; after a trade none is needed."""
    tapes = fed(ticker(0, 100.0, 1e6), ticker(1, 110.0, 1e6), trade(2, 110.0))
    assert tapes.current.bought.climb.price == 100.0


def test_latecomers_count_as_now():
    """Trades out of order by less than a minute are taken in at the newest time."""
    tapes = fed(trade(100, 100.0), trade(100 - LATE_S, 100.0))
    assert tapes.current.trades == 2
    assert tapes.current.at == at(100)


def test_a_clock_that_was_set_back_begins_a_new_tape():
    """Else one trade dated next week would hold every window open until then."""
    tapes = fed(ticker(0, 100.0, 1440e6), trade(7 * 86_400, 100.0), trade(0, 100.0), trade(1, 100.0))
    assert tapes.current.trades == 2
    assert tapes.current.at == at(1)
    assert usual(tapes) == 5e5


def test_candles_of_before_make_a_tape_know_what_is_usual_however_late_they_come():
    """An hour of them, fetched before the first trade or two minutes after it."""
    hour = [candle(minute, 100.0, 80.0, seen=130) for minute in range(-60, 0)]
    before = fed(*hour, trade(1, 100.0))
    after = fed(trade(1, 100.0), trade(70, 100.0), trade(125, 100.0), *hour, trade(190, 100.0))
    assert usual(before) == 80.0
    assert usual(after) == pytest.approx(80.0, rel=0.02)


def test_a_growing_candle_and_one_of_another_length_say_nothing():
    """A minute is over when the venue's time or ours has passed its end."""
    growing, longer = candle(0, 1e9, seen=59.9), candle(-60, 1e9, interval_s=300, seen=0)
    hour = [candle(minute, 100.0, seen=0) for minute in range(-60, 0)]
    assert usual(fed(*hour, longer, growing, growing, trade(61, 100.0))) == 50.0


def test_a_candle_channel_that_repeats_the_minutes_of_the_trades_changes_nothing():
    hour = [candle(minute, 100.0, seen=0) for minute in range(-60, 0)]
    live = [event for minute in range(5) for event in (trade(60 * minute, 100.0), candle(minute, 1e9, seen=400))]
    alone = [event for event in live if not isinstance(event, Candle)]
    assert usual(fed(*hour, *live)) == usual(fed(*hour, *alone))
