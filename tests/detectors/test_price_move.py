"""A price move is told once, when a price went far enough, fast enough, on enough trades with enough behind it."""

import math

import msgspec
import pytest

from scanner.detectors.price_move import PriceMoveRule, Tier
from scanner.detectors.telling import TIMES
from tests.detectors.streams import ABC, at, gap, signals, ticker, trade, trades

PUMP = {"pump": PriceMoveRule()}
CALM = trades(100.0, *range(0, 60, 10))
"""A minute of buying at 100, and a turnover of 600: the last print is at 50 s."""


def test_a_pump_is_told_by_its_numbers():
    """From 100 to 106 on the third buy, 1.5 s after the price left 100; 318 in 15 s where 25 are usual."""
    events = [ticker(0, 100.0, 1440 * 100.0), *CALM, *trades(106.0, 61, 61.5, 62.5)]
    events.insert(-1, trade(62, 105.9, side="sell"))
    (signal,) = signals(events, PUMP)
    assert msgspec.structs.asdict(signal) == {
        "rule": "pump",
        "stage": "pump",
        "exchange": "upbit",
        "instrument": ABC,
        "at": at(62.5),
        "price": 106.0,
        "change": 0.06,
        "window_s": 1.0,
        "volume_ratio": 16.96,
        "severity": "warning",
        "score": 68,
        "headline": f"ABC/KRW +6.0 % in 1 s, 4 trades, 75 % buys, 17{TIMES} volume",
        "facts": {
            "trades": 4,
            "buy_share": 0.75,
            "turnover": 423.9,
            "reference_price": 100.0,
            "threshold": 0.05,
            "threshold_window_s": 15.0,
            "baseline_turnover": 25.0,
        },
    }


def test_a_dump_is_the_same_seen_from_the_sellers():
    """The change divides by the old, higher price: 94 from 100 is 6 % down."""
    events = [*trades(100.0, *range(0, 60, 10), side="sell"), *trades(94.0, 61, 61.5, 62.5, side="sell")]
    (signal,) = signals(events)
    assert (signal.rule, signal.stage, signal.change, signal.price) == ("dump", "dump", -0.06, 94.0)
    assert signal.facts["threshold"] == -0.05
    assert signal.facts["reference_price"] == 100.0
    assert signal.headline == "ABC/KRW -6.0 % in 1 s, 3 trades, 0 % buys"


def test_without_a_usual_minute_the_ratio_is_nought_and_left_unsaid():
    (signal,) = signals([*CALM, *trades(106.0, 61, 61.5, 62.5)])
    assert signal.volume_ratio == 0.0
    assert "volume" not in signal.headline
    assert "baseline_turnover" not in signal.facts


@pytest.mark.parametrize(("price", "told"), [(105.0, 1), (104.99, 0)])
def test_the_threshold_itself_is_far_enough(price, told):
    assert len(signals([*CALM, *trades(price, 61, 61.5, 62.5)], PUMP)) == told


@pytest.mark.parametrize(("replaced_at", "told"), [(47.500000001, 1), (47.5, 0)])
def test_the_old_price_must_have_stood_within_the_window(replaced_at, told):
    """In steps of 4 %, which no tier minds alone: 100 was last in force 15 s before the end, or a nanosecond less."""
    events = [*CALM[:5], *trades(104.0, 47, replaced_at, 55), *trades(108.0, 62, 62.5, 62.5)]
    rules = {"pump": PriceMoveRule(tiers=(Tier(15.0, 0.05),))}
    assert len(signals(events, rules)) == told


def test_a_slower_climb_is_the_longer_tier_s_business():
    """2 % every 10 s is 4 % in 15 s, but over 8 % in 60 s."""
    steps = [trade(10 * step + part, 100 * 1.02**step) for step in range(7) for part in (0, 0.5, 1)]
    (signal,) = signals(steps, PUMP)
    assert signal.facts["threshold_window_s"] == 60.0
    assert signal.change == pytest.approx(1.02**4 - 1, abs=1e-6)
    assert signal.window_s == 30.0


def test_the_bounce_between_bid_and_ask_is_no_move():
    """Buyers pay 110, sellers get 100, in turns for minutes: nobody's price moves."""
    bounce = [
        trade(second, 110.0 if second % 2 else 100.0, side="buy" if second % 2 else "sell") for second in range(240)
    ]
    assert signals(bounce) == []


@pytest.mark.parametrize("fat", [150.0, 1000.0, 50.0, 1.0])
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_fat_finger_is_no_move(fat, side):
    """One print far above or below, and back: neither the way there nor the way back is a move."""
    events = [
        *trades(100.0, *range(60), side=side),
        trade(60, fat, 50.0, side),
        *trades(100.0, *range(61, 120), side=side),
    ]
    assert signals(events) == []


def test_two_prints_are_not_yet_three():
    assert signals([*CALM, *trades(110.0, 61, 61.5)]) == []


def test_trades_of_the_other_side_prove_nothing():
    """Five trades in the move, but only two of them by buyers."""
    events = [*CALM, trade(61, 110.0), *trades(109.0, 61.1, 61.2, 61.3, side="sell"), trade(61.5, 110.0)]
    assert signals(events, PUMP) == []


@pytest.mark.parametrize(("usual", "told"), [(424.0, 1), (425.0, 0)])
def test_a_move_on_ordinary_turnover_is_not_believed(usual, told):
    """Three buys at 106 are 318 in a window where a quarter of the usual minute is usual: three times that is asked."""
    events = [ticker(0, 100.0, 1440 * usual), trade(0, 100.0), *trades(106.0, 11, 11.5, 12)]
    assert len(signals(events, PUMP)) == told


def test_a_move_that_is_not_believed_yet_is_told_as_soon_as_it_is():
    """Price first, volume later: no edge is missed."""
    events = [ticker(0, 100.0, 1440 * 1000.0), trade(0, 100.0), *trades(106.0, 11, 11.5, 12), trade(13, 106.0, 10.0)]
    (signal,) = signals(events, PUMP)
    assert signal.at == at(13)


def test_a_move_is_told_once_however_far_it_goes():
    """90 % in 9 s, on thirty trades."""
    climb = [trade(10 + step * 0.3, 100.0 + 3 * step) for step in range(30)]
    (signal,) = signals([trade(0, 100.0), *climb], PUMP)
    assert signal.change == pytest.approx(0.06)


def test_a_move_that_wavers_around_its_threshold_stays_one_move():
    """Up and down between 4 and 6 % for minutes, never calm for a whole minute."""
    steps = [trade(10 + second, 100.0 if second % 40 == 39 else 104.0 + 2 * (second // 5 % 2)) for second in range(200)]
    assert len(signals([trade(0, 100.0), *steps], PUMP)) == 1


@pytest.mark.parametrize(("again", "told"), [(72.9, 2), (72.899999999, 1)])
def test_after_a_calm_minute_the_next_move_is_a_new_one(again, told):
    """The first move is last found in its window at 12.9 s; the second is first found there a minute later."""
    rules = {"pump": PriceMoveRule(tiers=(Tier(1.0, 0.05),))}
    first = [trade(10, 100.0), *trades(106.0, 12, 12, 12, 12.9)]
    calm = trades(106.0, *range(13, 73))
    second = trades(112.0, 72.5, again, 72.95)
    assert len(signals([*first, *calm, *second], rules)) == told


def test_a_thin_coin_is_compared_with_its_last_price_five_minutes_ago():
    """Nothing traded in between, so it stood until the move, which took no longer than its own trades."""
    (signal,) = signals([trade(0, 100.0), *trades(110.0, 300, 300.4, 301)], PUMP)
    assert signal.change == 0.1
    assert signal.window_s == 0.6


def test_a_price_older_than_ten_minutes_says_nothing():
    assert signals([trade(0, 100.0), *trades(110.0, 601, 601.4, 602)], PUMP) == []


def test_nothing_is_computed_across_a_gap():
    """A jump while we were blind may be an hour's honest drift."""
    assert signals([*CALM, gap(59), *trades(150.0, *range(60, 120))]) == []


def test_a_pump_in_progress_is_heard_after_a_gap_as_after_a_start():
    """Measured from the first price seen then."""
    climb = [trade(60 + step, 150.0 + 2 * step) for step in range(10)]
    (signal,) = signals([*CALM, gap(59), *climb], PUMP)
    assert signal.facts["reference_price"] == 150.0


def test_the_ticker_at_the_start_is_the_reference_of_a_pump_that_began_before_us():
    (signal,) = signals([ticker(0, 100.0, 1e3), *trades(110.0, 5, 5.2, 5.4)], PUMP)
    assert signal.change == 0.1


def test_a_ticker_of_ten_minutes_ago_is_no_reference():
    assert signals([ticker(0, 100.0, 1e3), *trades(110.0, 601, 601.2, 601.4)], PUMP) == []


def test_a_ticker_does_not_bridge_a_gap():
    assert signals([ticker(0, 100.0, 1e3), gap(1), *trades(110.0, 5, 5.2, 5.4)], PUMP) == []


def test_several_rules_look_at_one_climb():
    """Each by its own tiers, named by its own name."""
    rules = {
        "touchy": PriceMoveRule(tiers=(Tier(15.0, 0.02),)),
        "stolid": PriceMoveRule(tiers=(Tier(60.0, 0.50),)),
        "faller": PriceMoveRule(direction="down", tiers=(Tier(5.0, 0.01),)),
    }
    assert [signal.rule for signal in signals([*CALM, *trades(106.0, 61, 61.5, 62)], rules)] == ["touchy"]


def test_every_number_of_a_signal_is_finite():
    """From the smallest price to the largest, on a coin that usually trades nothing."""
    events = [ticker(0, 2e-15, 0.0), *trades(2e-15, 0, 1, 2, size=1e3), *trades(9e14, 3, 4, 5, 6)]
    (signal,) = signals(events, PUMP)
    values = [*msgspec.structs.asdict(signal).values(), *signal.facts.values()]
    assert all(math.isfinite(value) for value in values if isinstance(value, (int, float)))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"tiers": []}, "at least one tier"),
        ({"tiers": [{"window": 0.0, "change": 0.05}]}, "longer than 0 s"),
        ({"tiers": [{"window": 15.0, "change": -0.05}]}, "above 0 %"),
        ({"tier": []}, "unknown field"),
        ({"rearm_below": 1.5}, "from 0 % to 100 %"),
    ],
)
def test_senseless_settings_are_refused_with_the_reason(settings, expected):
    with pytest.raises(msgspec.ValidationError, match=expected):
        msgspec.convert(settings, PriceMoveRule)
