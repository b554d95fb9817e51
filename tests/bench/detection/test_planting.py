"""Pumps planted into quiet candles are heard: silence alone is no skill."""

from scanner.bench.detection import examine
from scanner.bench.detection.planting import planted
from scanner.bench.detection.quiet import Quiet
from tests.bench.detection.hand_made import (
    HOUR,
    MINUTE,
    START,
    candles,
    fresh_engine,
    quiet_folder,
    recording,
    talkative_engine,
)


def series(tmp_path, minutes=600):
    (made,) = Quiet(quiet_folder(tmp_path, candles("ADA", minutes), []), "binance")
    return made


def test_a_pump_is_planted_an_hour_after_the_warm_up():
    # Promise: what came before stays as it was, and the rise begins with the minute.
    calm = recording(*((minute * MINUTE, 1.0) for minute in range(600)))
    pumped, onset = planted(calm)
    assert onset == START + 7 * HOUR
    assert pumped.at_ms[:420] == calm.at_ms[:420]
    assert pumped.at_ms[420] == onset
    assert max(pumped.prices[420:]) == 1.25


def test_the_series_itself_is_left_alone():
    calm = recording(*((minute * MINUTE, 1.0) for minute in range(600)))
    planted(calm)
    assert len(calm) == 600


def test_a_series_that_ends_before_its_pump_gets_none():
    assert planted(recording((0, 1.0), (7 * HOUR - 1, 1.0))) is None
    assert planted(recording()) is None


def test_a_planted_pump_is_heard_and_the_quiet_series_is_not(tmp_path):
    # Promise: through the real engine with its default rules.
    for feed in ("trades", "tickers"):
        done = examine.quiet(fresh_engine, feed, series(tmp_path))
        assert done.ours.judged == ()
        assert done.planted is True, feed


def test_a_deaf_engine_is_found_out(tmp_path):
    # Promise: the planted pump can be missed.
    assert examine.quiet(lambda: talkative_engine(lambda _: False), "trades", series(tmp_path)).planted is False
