"""Where a venue shows tickers only, a move is read off the last price and the day's total, and the telling says so."""

import pytest

from scanner.detectors.price_move import DEFAULTS, PriceMoveRule
from scanner.detectors.tapes import Tapes
from scanner.detectors.telling import TIMES
from scanner.detectors.tiers import Tier
from scanner.model.market import Ticker
from tests.detectors.streams import ABC, UPBIT, at, gap, signals, trade

DAY = 1440 * 100_000.0
"""A usual minute turns over 100,000, both sides together."""
RULES = {"pump": DEFAULTS["pump"], "dump": DEFAULTS["dump"]}


def tick(second, price, total=DAY, *, instrument=ABC):
    return Ticker(UPBIT, instrument, at(second), at(second), price, 1.0, total)


def ticks(*prices, start=0.0, total=DAY, each=0.0):
    """One a second; each adds so much to the day's total."""
    return [tick(start + second, price, total + each * (second + 1)) for second, price in enumerate(prices)]


CALM = ticks(*[100.0] * 60)


def test_a_pump_is_told_by_the_ticker_s_numbers():
    """From 100 to 109 in five ticks that add 50 million, where a little over 25,000 are usual in 15 s."""
    (signal,) = signals([*CALM, *ticks(104.0, 108.0, 108.5, 109.0, 109.0, start=60, each=10e6)], RULES)
    assert (signal.rule, signal.stage, signal.severity) == ("pump", "pump", "warning")
    assert signal.headline == f"ABC/KRW +9.0 % in 3 s, by its ticker, 1,998{TIMES} volume"
    assert signal.facts["feed"] == "ticker"
    assert signal.facts["tickers"] == 5
    assert signal.facts["turnover"] == 50e6
    assert "rush_orders" not in signal.facts


def test_a_dump_likewise():
    (signal,) = signals([*CALM, *ticks(96.0, 92.0, 91.5, 91.0, 91.0, start=60, each=10e6)], RULES)
    assert (signal.rule, signal.stage, signal.price) == ("dump", "dump", 91.0)


def test_a_move_without_volume_is_none():
    """The price went as far, and the day's total hardly moved."""
    assert signals([*CALM, *ticks(104.0, 108.0, 108.5, 109.0, 109.0, start=60, each=1.0)], RULES) == []


def test_the_floor_is_twice_as_high_as_for_one_taker_side():
    """A total is that of buyers and sellers."""
    rise = [104.0, 108.0, 108.5, 109.0, 109.0, 109.0]
    assert signals([*CALM, *ticks(*rise, start=60, each=3.3e6)], RULES) == []
    assert len(signals([*CALM, *ticks(*rise, start=60, each=3.4e6)], RULES)) == 1


def test_one_wrong_last_price_is_no_move():
    assert signals([*CALM, *ticks(200.0, *[100.0] * 30, start=60, each=10e6)], RULES) == []


def test_once_a_trade_was_seen_tickers_say_nothing_more():
    """Trades tell more, and both would tell it twice; also after a hole."""
    rise = ticks(104.0, 108.0, 108.5, 109.0, 109.0, start=62, each=10e6)
    assert signals([*CALM, trade(60, 100.0), *rise], RULES) == []
    assert signals([*CALM, trade(60, 100.0), gap(61), *rise], RULES) == []


def test_nothing_is_computed_across_a_gap():
    assert signals([*CALM, gap(60), *ticks(*[150.0] * 30, start=61, each=10e6)], RULES) == []


def test_a_pump_after_a_gap_says_so():
    (signal,) = signals(
        [*CALM, gap(60), *ticks(100.0, 100.0, 104.0, 108.0, 108.5, 109.0, 109.0, start=61, each=10e6)], RULES
    )
    assert signal.facts["blind_until_s_ago"] == 6.0


def test_a_rule_without_tiers_for_tickers_uses_those_that_ask_for_no_rush_orders():
    tiers = (Tier(15.0, 0.05, volume_ratio=0.0, rush=1), Tier(15.0, 0.10, volume_ratio=0.0))
    rules = {"own": PriceMoveRule(tiers=tiers, floors={}, min_trades=1)}
    assert signals([*CALM, *ticks(106.0, 106.0, start=60)], rules) == []
    assert len(signals([*CALM, *ticks(111.0, 111.0, start=60)], rules)) == 1


def test_what_is_usual_follows_the_day_s_total_slowly():
    """A pump of a whole day's turnover doubles the total at once, and the usual minute by a 520th."""
    tapes = Tapes()
    for minute in range(600):
        tapes.see(tick(60 * minute, 100.0))
    tapes.see(tick(36_001, 100.0, 2 * DAY))
    assert tapes.ticks.up.usual == pytest.approx(100_192.0, abs=1.0)


def test_a_ticker_that_comes_late_counts_as_now_and_a_clock_that_was_set_back_begins_anew():
    """Late by less than a minute, or by more."""
    late, back = Tapes(), Tapes()
    for event in (tick(100, 100.0), tick(101, 101.0), tick(50, 102.0)):
        late.see(event)
    for event in (tick(100, 100.0), tick(101, 101.0), tick(40, 102.0)):
        back.see(event)
    assert (late.ticks.at, late.ticks.trades) == (at(101), 2)
    assert (back.ticks.at, back.ticks.trades) == (at(40), 0)


def test_a_day_s_total_that_shrinks_is_no_turnover():
    """What was traded a day ago falls out of it."""
    rise = [tick(60 + second, price, DAY - 1e6 * second) for second, price in enumerate((108.0, 108.5, 109.0, 109.0))]
    rules = {"own": PriceMoveRule(tiers=(Tier(15.0, 0.05, volume_ratio=0.0),), floors={}, min_trades=1)}
    (signal,) = signals([*CALM, *rise], rules)
    assert signal.facts["turnover"] == 0.0
    assert signal.volume_ratio == 0.0
