"""A volume spike is told when far more is taken than usual, by many, and the price goes with it or it lasts."""

import msgspec
import pytest

from scanner.detectors.telling import TIMES
from scanner.detectors.volume_spike import VolumeSpikeRule
from scanner.model.instrument import Instrument
from tests.detectors.streams import ABC, at, candle, gap, signals, ticker, trade, trades

SPIKE = {"volume_spike": VolumeSpikeRule()}
USUAL = ticker(0, 1000.0, 1440 * 4e6)
"""Two million won a usual minute for each taker side."""
DAY = [candle(minute, 4e6, seen=0) for minute in range(-1440, 0)]
"""The same, minute by minute."""


def burst(*, start=10.0, count=20, every=1.0, size=2e3, price=1010.0, side="buy", instrument=ABC):
    """Trades of two million won each and 1 % above the last price, so that the tenth makes ten usual minutes."""
    return [trade(start + number * every, price, size, side, instrument=instrument) for number in range(count)]


def steady(minutes, size, *, start=10.0):
    """Two trades a second, without any move."""
    return burst(start=start, count=round(minutes * 120), every=0.5, size=size, price=1000.0)


def test_a_spike_is_told_by_its_numbers():
    """Over ten usual minutes with the tenth trade, at 19 s; five seconds later it has lasted, and there are fifteen."""
    (signal,) = signals([USUAL, trade(1, 1000.0, 1.0, "sell"), *burst(price=990.0, side="sell")], SPIKE)
    assert msgspec.structs.asdict(signal) == {
        "rule": "volume_spike",
        "stage": "spike",
        "exchange": "upbit",
        "instrument": ABC,
        "at": at(25),
        "price": 990.0,
        "change": -0.01,
        "window_s": 60.0,
        "volume_ratio": 15.84,
        "severity": "info",
        "score": 23,
        "headline": f"ABC/KRW 16{TIMES} volume sold in 60 s, 17 trades, 0 % buys, -1.0 %",
        "facts": {
            "trades": 17,
            "buy_share": 0.0,
            "turnover": 31681000.0,
            "baseline_turnover": 2000000.0,
            "reference_price": 1000.0,
            "threshold": 10.0,
            "threshold_window_s": 60.0,
        },
    }


@pytest.mark.parametrize(("size", "told"), [(2e7 / 10 / 1010 + 1e-3, 1), (2e7 / 10 / 1010 - 1e-3, 0)])
def test_ten_times_the_usual_is_enough_and_a_little_less_is_not(size, told):
    last = trade(24, 1010.0, 1e-6)
    assert len(signals([USUAL, *burst(count=10, size=size), last], SPIKE)) == told


@pytest.mark.parametrize(("price", "told"), [(1010.0, 1), (1009.0, 0), (990.0, 0)])
def test_volume_without_a_move_of_its_own_way_is_none(price, told):
    """Buyers that the price does not follow, or that it flees from."""
    assert len(signals([USUAL, trade(1, 1000.0), *burst(price=price)], SPIKE)) == told


@pytest.mark.parametrize(("minutes", "told"), [(4.0, 0), (4.5, 1)])
def test_volume_that_lasts_needs_no_move(minutes, told):
    """Twelve usual minutes a minute: fifty are a little over four of them, for the measure creeps up with them."""
    found = signals([*DAY, *steady(minutes, 2.4e7 / 120_000)], {"volume_spike": VolumeSpikeRule(sustain=0.0)})
    assert [signal.window_s for signal in found] == [300.0] * told
    assert all(signal.headline.startswith(f"ABC/KRW 10{TIMES} volume bought in 5 min, ") for signal in found)


@pytest.mark.parametrize(("price", "told"), [(1059.0, 0), (1061.0, 1)])
def test_a_coin_that_flickers_by_three_per_cent_every_hour_has_to_go_twice_as_far(price, told):
    """Hours of such trading, two million won a minute."""
    hours = [
        event
        for minute in range(300)
        for event in trades(1030.0 if minute % 10 == 5 else 1000.0, 60 * minute + 1, 60 * minute + 2, size=1e3)
    ]
    found = signals([*hours, *burst(start=18_001, size=1.3e3, price=price)], SPIKE)
    assert [signal.window_s for signal in found] == [60.0] * told


def test_one_block_is_no_crowd():
    """Forty usual minutes in nine trades say nothing; the tenth trade makes it a crowd, and then it must last."""
    blocks = burst(count=9, size=1e4)
    assert signals([USUAL, *blocks], SPIKE) == []
    (signal,) = signals([USUAL, *blocks, trade(19, 1010.0, 1.0), trade(24, 1010.0, 1.0)], SPIKE)
    assert signal.at == at(24)


def test_it_must_hold_without_interruption():
    """It holds from 19 s to 22 s, then the crowd thins out; when it is back it has to last anew."""
    rules = {"volume_spike": VolumeSpikeRule(min_trades=60, floors={}, change=0.0)}
    crowd = [trade(second, 1000.0, 2e3) for second in range(60)]
    thin = [trade(second, 1000.0, 1e4) for second in (65.5, 68.5)]
    again = [trade(69.6 + number / 10, 1000.0, 2e3) for number in range(80)]
    (signal,) = signals([USUAL, *crowd, *thin, *again], rules)
    back = next(event for event in again if event.at >= signal.at - 5_000_000_000)
    assert signal.at == back.at + 5_000_000_000
    assert back.at > at(69.5)


@pytest.mark.parametrize(("quote", "floor"), [("KRW", 10_000_000.0), ("USDT", 10_000.0), ("BTC", 0.2)])
def test_ten_times_next_to_nothing_is_no_news(quote, floor):
    """Below the floor of its quote currency nothing is told, at the floor it is."""
    pair = Instrument("ABC", quote)
    dead = ticker(0, 0.9, 0.0, instrument=pair)
    steady = [burst(count=10, size=size, price=1.0, instrument=pair) for size in (floor / 10.001, floor / 9.999)]
    last = trade(24, 1.0, 1e-9, instrument=pair)
    assert signals([dead, *steady[0], last], SPIKE) == []
    assert len(signals([dead, *steady[1], last], SPIKE)) == 1


@pytest.mark.parametrize(("size", "told"), [(2e2, 1), (1.9e2, 0)])
def test_five_minutes_have_five_times_the_floor(size, told):
    """On a coin that usually trades nothing: ten million won in the last minute, and fifty in the last five."""
    dead = ticker(0, 1000.0, 0.0)
    slow = [trade(10 + second, 1000.0, size) for second in range(258)]
    assert [signal.window_s for signal in signals([dead, *slow], SPIKE)] == [300.0] * told


def test_other_quote_currencies_have_no_floor():
    pair = Instrument("ABC", "EUR")
    thin = burst(size=1e-3, price=1.0, instrument=pair)
    assert len(signals([ticker(0, 0.9, 1e-3, instrument=pair), *thin], SPIKE)) == 1


def test_nothing_is_a_spike_while_the_usual_is_unknown():
    assert signals([trade(0, 1000.0), *burst(size=1e9)], SPIKE) == []


def test_a_spike_is_told_again_when_it_is_five_times_as_large():
    """Fifty usual minutes are a warning."""
    told = signals([USUAL, *burst(count=60, size=4e3)], SPIKE)
    assert [signal.severity for signal in told] == ["info", "warning"]
    assert told[1].volume_ratio == pytest.approx(50.0, abs=2.5)


def test_the_spike_does_not_poison_its_own_measure():
    """An hour at fifty times the usual is one spike, and at its end the usual has not even tripled."""
    hour = burst(count=3600, size=2e3 * 50 / 60)
    calm = [trade(4_000, 1000.0, 1.0), trade(4_001, 1000.0, 1.0)]
    first, louder, again = signals([*DAY, trade(0, 1000.0), *hour, *calm, *burst(start=4_002, size=4e3)], SPIKE)
    assert (first.severity, louder.severity) == ("info", "warning")
    assert first.at < louder.at < at(120) < at(4_000) < again.at
    assert again.facts["baseline_turnover"] < 3 * 2e6


@pytest.mark.parametrize(("pause", "told"), [(400, 2), (50, 1)])
def test_after_a_calm_minute_the_next_spike_is_a_new_one(pause, told):
    """Before that the first one's turnover is still in the window, and all is one spike."""
    calm = trades(1000.0, 20 + pause, 21 + pause)
    assert len(signals([USUAL, *burst(), *calm, *burst(start=30 + pause, size=4e3)], SPIKE)) == told


def test_a_gap_takes_the_turnover_away_and_leaves_the_usual():
    """Half before and half after is no spike; a whole one after is."""
    after = [gap(18), trade(18.5, 1000.0)]
    assert signals([USUAL, *burst(count=8), *after, *burst(start=19, count=8)], SPIKE) == []
    (signal,) = signals([USUAL, *burst(count=8), *after, *burst(start=19)], SPIKE)
    assert signal.facts["blind_until_s_ago"] == 14.5


def test_a_price_move_of_the_same_burst_is_heard_before_the_spike():
    """The pump is told at once, the spike waits to see whether it lasts."""
    heard = signals([USUAL, trade(9, 1000.0, 1.0), *burst(price=1100.0, size=2e4)])
    assert [signal.rule for signal in heard if signal.stage != "watch"] == ["pump", "volume_spike"]


def test_rules_are_judged_apart():
    rules = {"small": VolumeSpikeRule(volume_ratio=5.0, sustain=0.0), "large": VolumeSpikeRule(volume_ratio=15.0)}
    assert [(s.rule, s.at) for s in signals([USUAL, *burst()], rules)] == [("small", at(19)), ("large", at(29))]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({"rearm_below": -0.1}, "from 0 % to 100 %"), ({"change": -0.01}, "0 % or more"), ({"times": 1}, "unknown field")],
)
def test_senseless_settings_are_refused_with_the_reason(settings, expected):
    with pytest.raises(msgspec.ValidationError, match=expected):
        msgspec.convert(settings, VolumeSpikeRule)
