"""A volume spike is told once, when turnover is many times the usual, on many trades, for a while."""

import msgspec
import pytest

from scanner.detectors.telling import TIMES
from scanner.detectors.volume_spike import VolumeSpikeRule
from scanner.model.instrument import Instrument
from tests.detectors.streams import ABC, at, gap, signals, ticker, trade

SPIKE = {"volume_spike": VolumeSpikeRule()}
USUAL = ticker(0, 1000.0, 1440 * 2e6)
"""Two million won in a usual minute."""


def burst(*, start=10.0, count=20, every=1.0, size=2e3, price=1000.0, side="buy", instrument=ABC):
    """Trades of two million won each, so that the tenth is worth ten usual minutes."""
    return [trade(start + number * every, price, size, side, instrument=instrument) for number in range(count)]


def test_a_spike_is_told_by_its_numbers():
    """Ten usual minutes at the tenth trade, 19 s; five seconds later it has lasted: fifteen of them."""
    (signal,) = signals([USUAL, trade(1, 1000.0, 1.0), *burst(price=1010.0, side="sell")], SPIKE)
    assert msgspec.structs.asdict(signal) == {
        "rule": "volume_spike",
        "stage": "spike",
        "exchange": "upbit",
        "instrument": ABC,
        "at": at(24),
        "price": 1010.0,
        "change": 0.01,
        "window_s": 60.0,
        "volume_ratio": 15.15,
        "severity": "info",
        "score": 46,
        "headline": f"ABC/KRW 15{TIMES} volume in 60 s, 16 trades, 6 % buys, +1.0 %",
        "facts": {
            "trades": 16,
            "buy_share": 0.0625,
            "turnover": 30301000.0,
            "baseline_turnover": 2000000.0,
            "reference_price": 1000.0,
            "threshold": 10.0,
            "threshold_window_s": 60.0,
        },
    }


def test_ten_times_the_usual_is_enough_and_a_little_less_is_not():
    assert len(signals([USUAL, *burst(count=10), *burst(start=24, count=1, size=1e-6)], SPIKE)) == 1
    assert signals([USUAL, *burst(count=10, size=1999.9), *burst(start=24, count=1, size=1e-6)], SPIKE) == []


def test_one_block_is_no_crowd():
    """Forty usual minutes in nine trades say nothing; the tenth trade makes it a crowd, and then it must last."""
    blocks = burst(count=9, size=1e4)
    assert signals([USUAL, *blocks], SPIKE) == []
    (signal,) = signals([USUAL, *blocks, trade(19, 1000.0, 1.0), trade(24, 1000.0, 1.0)], SPIKE)
    assert signal.at == at(24)


def test_it_must_hold_without_interruption():
    """It holds from 19 s to 22 s, then the crowd thins out; when it is back it has to last anew."""
    rules = {"volume_spike": VolumeSpikeRule(min_trades=60, floors={})}
    crowd = [trade(second, 1000.0, 2e3) for second in range(60)]
    thin = [trade(second, 1000.0, 1e4) for second in (62.5, 65.5)]
    again = [trade(65.6 + number / 10, 1000.0, 2e3) for number in range(80)]
    (signal,) = signals([USUAL, *crowd, *thin, *again], rules)
    back = next(event for event in again if event.at >= signal.at - 5_000_000_000)
    assert signal.at == back.at + 5_000_000_000
    assert back.at > at(65.5)


@pytest.mark.parametrize(
    ("quote", "floor"),
    [("KRW", 10_000_000.0), ("USDT", 10_000.0), ("BTC", 0.1)],
)
def test_ten_times_next_to_nothing_is_no_news(quote, floor):
    """Below the floor of its quote currency nothing is told, at the floor it is."""
    pair = Instrument("ABC", quote)
    dead = ticker(0, 1.0, 0.0, instrument=pair)
    steady = [burst(count=10, size=size, price=1.0, instrument=pair) for size in (floor / 10.001, floor / 9.999)]
    last = trade(24, 1.0, 1e-9, instrument=pair)
    assert signals([dead, *steady[0], last], SPIKE) == []
    assert len(signals([dead, *steady[1], last], SPIKE)) == 1


def test_other_quote_currencies_have_no_floor():
    pair = Instrument("ABC", "EUR")
    assert (
        len(signals([ticker(0, 1.0, 1e-3, instrument=pair), *burst(size=1e-3, price=1.0, instrument=pair)], SPIKE)) == 1
    )


def test_nothing_is_a_spike_while_the_usual_is_unknown():
    assert signals(burst(size=1e9), SPIKE) == []


def test_the_spike_does_not_poison_its_own_measure():
    """An hour at fifty times the usual is one spike, and at its end the usual has not even tripled."""
    hour = burst(count=3600, size=2e3 * 50 / 60)
    assert len(signals([USUAL, *hour], SPIKE)) == 1
    calm, later = trade(3800, 1000.0, 1.0), burst(start=3900, count=60, size=3e3)
    told = signals([USUAL, *hour, calm, *later], SPIKE)
    assert [signal.at > at(3800) for signal in told] == [False, True]
    assert told[1].facts["baseline_turnover"] < 3 * 2e6


@pytest.mark.parametrize(("pause", "told"), [(61, 2), (50, 1)])
def test_after_a_calm_minute_the_next_spike_is_a_new_one(pause, told):
    """Until then the first one's turnover is still in the window, and all is one spike."""
    assert len(signals([USUAL, *burst(), *burst(start=30 + pause)], SPIKE)) == told


def test_a_gap_takes_the_turnover_away_and_leaves_the_usual():
    """Half before and half after is no spike; a whole one after is."""
    assert signals([USUAL, *burst(count=8), gap(18), *burst(start=19, count=8)], SPIKE) == []
    assert len(signals([USUAL, *burst(count=8), gap(18), *burst(start=19)], SPIKE)) == 1


def test_a_price_move_of_the_same_burst_is_heard_before_the_spike():
    """The pump's third buy comes at once, the spike waits to see whether it lasts."""
    rules = ["pump", "volume_spike"]
    assert [s.rule for s in signals([USUAL, trade(9, 1000.0, 1.0), *burst(price=1100.0, size=2e4)])] == rules


def test_rules_are_judged_apart():
    rules = {"small": VolumeSpikeRule(volume_ratio=5.0, sustain=0.0), "large": VolumeSpikeRule(volume_ratio=15.0)}
    assert [(s.rule, s.at) for s in signals([USUAL, *burst()], rules)] == [("small", at(19)), ("large", at(29))]


def test_senseless_settings_are_refused_with_the_reason():
    with pytest.raises(msgspec.ValidationError, match="from 0 % to 100 %"):
        msgspec.convert({"rearm_below": -0.1}, VolumeSpikeRule)
