"""Tapes let only numbers above zero in, begin anew after a hole, and survive a venue's clock."""

import math

import pytest

from scanner.detectors.tapes import LATE_S, Tapes
from tests.detectors.streams import ABC, gap, ticker, trade

NONSENSE = [math.nan, math.inf, -math.inf, 0.0, -1.0, 1e-300, 1e300]


def fed(*events):
    tapes = Tapes()
    for event in events:
        tapes.see(event)
    return tapes


@pytest.mark.parametrize("wrong", NONSENSE)
def test_no_nonsense_reaches_a_window(wrong):
    """Neither as price nor as size: it is counted, and the tape does not know that it came. A NaN first price once
    silenced a symbol for good."""
    tapes = fed(trade(0, wrong), trade(1, 100.0, wrong), ticker(1, wrong, 1e6), trade(2, 100.0))
    assert tapes.unusable == 3
    assert tapes.current.trades == 1
    assert tapes.current.price == 100.0
    assert tapes.current.turnover == 100.0
    assert tapes.current.seed_price == 0.0


def test_two_negatives_make_no_turnover():
    assert fed(trade(0, -100.0, -1.0)).unusable == 1


@pytest.mark.parametrize("event", [trade(1, math.nan), ticker(1, 100.0, 1e6), gap(1)], ids=type)
def test_detectors_are_shown_a_tape_only_for_a_good_trade(event):
    tapes = fed(trade(0, 100.0))
    assert tapes.current is not None
    tapes.see(event)
    assert tapes.current is None


@pytest.mark.parametrize("channel", ["trade", "ticker"])
def test_a_gap_begins_a_new_tape_and_only_the_usual_minute_outlives_it(channel):
    tapes = fed(ticker(0, 100.0, 1440e6), trade(1, 100.0), gap(2, ABC, channel=channel), trade(3, 120.0))
    assert tapes.current.trades == 1
    assert tapes.current.turnover == 120.0
    assert tapes.current.seed_price == 0.0
    assert tapes.current.baseline.usual == 1e6


@pytest.mark.parametrize("other", [gap(2, channel="orderbook"), gap(2, channel="candle"), gap(2, exchange="bithumb")])
def test_blindness_elsewhere_takes_nothing_away(other):
    """For books, for candles, on another venue."""
    assert fed(trade(1, 100.0), other, trade(3, 100.0)).current.trades == 2


def test_a_gap_for_an_instrument_never_seen_is_no_trouble():
    assert fed(gap(0), trade(1, 100.0)).current.trades == 1


def test_only_the_first_ticker_is_a_reference():
    """A later one may already tell of the trade that it would be the reference for; after a trade none is needed."""
    tapes = fed(ticker(0, 100.0, 1e6), ticker(1, 110.0, 1e6), trade(2, 110.0), ticker(3, 120.0, 1e6), trade(4, 110.0))
    assert tapes.current.seed_price == 100.0


def test_latecomers_count_as_now():
    """Trades out of order by less than a minute are taken in at the newest time."""
    tapes = fed(trade(100, 100.0), trade(100 - LATE_S, 100.0))
    assert tapes.current.trades == 2
    assert tapes.current.at == trade(100, 1.0).at


def test_a_clock_that_was_set_back_begins_a_new_tape():
    """Else one trade dated next week would hold every window open until then."""
    tapes = fed(ticker(0, 100.0, 1440e6), trade(7 * 86_400, 100.0), trade(0, 100.0), trade(1, 100.0))
    assert tapes.current.trades == 2
    assert tapes.current.at == trade(1, 1.0).at
    assert tapes.current.baseline.usual == 1e6
