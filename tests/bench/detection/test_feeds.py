"""What detectors are shown of a recording, as trades and as tickers."""

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.bench.detection.feeds import tickers, trades
from scanner.bench.detection.recording import Recording
from scanner.model.market import Trade
from tests.bench.detection.hand_made import ABC, DAY, HOUR, SECOND, START, recording

MS = 1_000_000


def test_trades_come_as_they_were_made():
    # Promise: price, size, taker's side and the venue's time; heard at once.
    made = Recording("ABC_1", "binance", ABC)
    made.add(START, 1.5, 2.0, buy=False)
    at = START * MS
    assert list(trades(made)) == [Trade("binance", ABC, at, at, "0", 1.5, 2.0, "sell")]


def test_a_late_trade_keeps_its_time_and_is_heard_after_those_before_it():
    # Promise: the virtual clock never goes back.
    first, late = trades(recording((5, 1.0), (2, 1.0)))
    assert (late.at, late.seen) == ((START + 2) * MS, first.seen)


def test_a_ticker_comes_at_the_end_of_each_second_with_trades():
    # Promise: the last price of that second, told when it is over; silent seconds have none.
    made = recording((0, 1.0), (400, 2.0), (3_100, 3.0))
    assert [(ticker.seen, ticker.at, ticker.price) for ticker in tickers(made)] == [
        ((START + 1_000) * MS, (START + 1_000) * MS, 2.0),
        ((START + 4_000) * MS, (START + 4_000) * MS, 3.0),
    ]


def test_totals_tell_of_the_last_24_hours():
    # Promise: what is a day old leaves them; turnover is in quote, volume in base currency.
    made = recording((0, 2.0), (HOUR, 3.0), (DAY + 2 * SECOND, 5.0))
    last = list(tickers(made))[-1]
    assert (last.volume_24h, last.turnover_24h) == (pytest.approx(2.0), pytest.approx(8.0))


def test_the_day_before_the_recording_is_assumed_to_have_been_like_its_first():
    # Promise: totals begin at their usual size and grow by exactly what is traded, less the assumed share that leaves.
    made = recording(*((hour * HOUR, 1.0) for hour in range(24)), (30 * HOUR, 1.0))
    told = list(tickers(made))
    assert [round(ticker.volume_24h) for ticker in told[:24]] == [25] * 24
    assert round(told[-1].volume_24h) == 18


@given(st.lists(st.integers(0, 3 * DAY), min_size=1, max_size=30).map(sorted))
def test_totals_agree_with_a_slow_sum(moments):
    # Promise: after the first day, totals are the plain sum over the 24 hours, whatever the trades.
    made = recording(*((at, 1.0 + at % 7) for at in moments))
    for ticker in tickers(made):
        now = ticker.seen // MS - START
        heard = moments[: bisect_right(moments, now - 1)]
        recent = [at for at in heard if at > now - DAY]
        if now - moments[0] >= DAY:
            assert ticker.volume_24h == pytest.approx(len(recent))
            assert ticker.turnover_24h == pytest.approx(sum(1.0 + at % 7 for at in recent))
        assert ticker.volume_24h >= len(recent)
