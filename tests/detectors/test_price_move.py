"""A price move is told when a price went far enough, fast enough, on enough trades with enough and many behind it."""

import math

import msgspec
import pytest

from scanner.detectors.base import CALM as CALM_MARKET
from scanner.detectors.price_move import DEFAULTS, PriceMove, PriceMoveRule
from scanner.detectors.tapes import Tapes
from scanner.detectors.telling import TIMES
from scanner.detectors.tiers import Tier
from tests.detectors.streams import ABC, at, candle, gap, orders, signals, ticker, trade, trades

QUICK, SLOWER = Tier(15.0, 0.05, volume_ratio=0.0), Tier(60.0, 0.08, volume_ratio=0.0)
"""How far and how fast, and nothing else."""


def rules(*tiers, **settings):
    """One rule that asks for little: three trades, any turnover, any crowd."""
    return {"pump": PriceMoveRule(**({"tiers": tiers or (QUICK, SLOWER), "floors": {}, "min_trades": 3} | settings))}


PUMP = rules()
CALM = trades(100.0, *range(0, 60, 10))
"""A minute of buying at 100, and a turnover of 600: the last print is at 50 s."""


def test_a_pump_is_told_by_its_numbers():
    """From 100 to 106 on three orders of two fills, in 1.5 s; takers buy 636, where in 15 s they usually buy 12.5."""
    events = [ticker(0, 100.0, 1440 * 100.0), *CALM, *orders(106.0, 61, 61.5, 62.5)]
    events.insert(-1, trade(62, 105.9, side="sell"))
    (signal,) = signals(events, rules(Tier(15.0, 0.05, volume_ratio=20.0, rush=3)))
    assert msgspec.structs.asdict(signal) == {
        "rule": "pump",
        "stage": "pump",
        "exchange": "upbit",
        "instrument": ABC,
        "at": at(62.5),
        "price": 106.0,
        "change": 0.06,
        "window_s": 1.5,
        "volume_ratio": 50.88,
        "severity": "warning",
        "score": 53,
        "headline": f"ABC/KRW +6.0 % in 1.5 s, 7 trades, 86 % buys, 51{TIMES} volume",
        "facts": {
            "trades": 7,
            "buy_share": 0.8571,
            "turnover": 636.0,
            "largest_order": 212.0,
            "reference_price": 100.0,
            "threshold": 0.05,
            "threshold_window_s": 15.0,
            "volume_ratio_asked": 20.0,
            "rush_orders": 3,
            "rush_orders_asked": 3,
            "baseline_turnover": 12.5,
        },
    }


def test_a_dump_is_the_same_seen_from_the_sellers():
    """The change divides by the old, higher price: 94 from 100 is 6 % down."""
    events = [*trades(100.0, *range(0, 60, 10), side="sell"), *trades(94.0, 61, 61.5, 62.5, side="sell")]
    (signal,) = signals(events, {"dump": rules(direction="down")["pump"]})
    assert (signal.rule, signal.stage, signal.change, signal.price) == ("dump", "dump", -0.06, 94.0)
    assert signal.facts["threshold"] == -0.05
    assert signal.facts["reference_price"] == 100.0
    assert signal.headline == "ABC/KRW -6.0 % in 1 s, 3 trades, 0 % buys"


def test_without_a_usual_minute_the_ratio_is_nought_and_left_unsaid():
    """And the telling says that nothing is known yet."""
    (signal,) = signals([*CALM, *trades(106.0, 61, 61.5, 62.5)], PUMP)
    assert signal.volume_ratio == 0.0
    assert "volume" not in signal.headline
    assert "baseline_turnover" not in signal.facts
    assert signal.facts["warm"] is False


def test_until_the_usual_minute_is_known_only_tiers_that_do_not_ask_for_it_speak():
    """Of the default ones those are the strongest: ten rush orders that go 10 % within a minute."""
    pump = [*orders(106.0, 61, 61.1, 61.2, 61.3, 61.4, size=1e6), *orders(111.0, 62, 62.1, 62.2, 62.3, 62.4, size=1e6)]
    heard = {"pump": DEFAULTS["pump"]}
    (cold,) = signals([*CALM, *pump], heard)
    assert (cold.severity, cold.at) == ("high", at(62.4))
    warm = signals([ticker(0, 100.0, 1440 * 100.0), *CALM, *pump], heard)
    assert [(signal.stage, signal.severity) for signal in warm] == [
        ("watch", "info"),
        ("pump", "warning"),
        ("pump", "high"),
    ]


def test_candles_make_it_ready_before_the_first_trade():
    """An hour of minutes as the warm-up fetches them."""
    hour = [candle(minute, 100.0, seen=0) for minute in range(-60, 0)]
    (signal,) = signals([*hour, *CALM, *trades(106.0, 61, 61.5, 62.5)], rules(Tier(15.0, 0.05, volume_ratio=20.0)))
    assert signal.volume_ratio == 25.44
    assert "warm" not in signal.facts


@pytest.mark.parametrize(("price", "told"), [(105.0, 1), (104.99, 0)])
def test_the_threshold_itself_is_far_enough(price, told):
    assert len(signals([*CALM, *trades(price, 61, 61.5, 62.5)], PUMP)) == told


@pytest.mark.parametrize(("replaced_at", "told"), [(47.500000001, 1), (47.5, 0)])
def test_the_old_price_must_have_stood_within_the_window(replaced_at, told):
    """In steps of 4 %, which no tier minds alone: 100 was last in force 15 s before the end, or a nanosecond less."""
    events = [*CALM[:5], *trades(104.0, 47, replaced_at, 55), *trades(108.0, 62, 62.5, 62.5)]
    assert len(signals(events, rules(QUICK))) == told


def test_a_slower_climb_is_the_longer_tier_s_business():
    """2 % every 10 s is 4 % in 15 s, but over 8 % in 60 s."""
    steps = [trade(10 * step + part, 100 * 1.02**step) for step in range(7) for part in (0, 0.5, 1)]
    (signal,) = signals(steps, PUMP)
    assert signal.facts["threshold_window_s"] == 60.0
    assert signal.change == pytest.approx(1.02**4 - 1, abs=1e-6)
    assert signal.window_s == 30.0


@pytest.mark.parametrize(("every", "window"), [(20, 300.0), (60, 900.0), (180, None)])
def test_a_pump_may_take_five_minutes_or_fifteen_and_a_drift_is_none(every, window):
    """2 % at a time on a hundred usual minutes: within 2, 10 and 30 minutes."""
    steps = [trade(every * step + part, 100 * 1.02**step, 1e5) for step in range(11) for part in (0, 0.5, 1)]
    told = signals([ticker(0, 100.0, 1440 * 1e5), *steps], {"pump": DEFAULTS["pump"]})
    assert [signal.facts["threshold_window_s"] for signal in told] == ([window] if window else [])


def test_the_bounce_between_bid_and_ask_is_no_move():
    """Buyers pay 110, sellers get 100, in turns for minutes: nobody's price moves."""
    bounce = [
        trade(second, 110.0 if second % 2 else 100.0, side="buy" if second % 2 else "sell") for second in range(240)
    ]
    assert signals(bounce, PUMP) == []


@pytest.mark.parametrize("fat", [150.0, 1000.0, 50.0, 1.0])
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_fat_finger_is_no_move(fat, side):
    """One print far above or below, and back: neither the way there nor the way back is a move."""
    events = [
        *trades(100.0, *range(60), side=side),
        trade(60, fat, 50.0, side),
        *trades(100.0, *range(61, 120), side=side),
    ]
    assert signals(events, PUMP | {"dump": rules(direction="down")["pump"]}) == []


def test_two_prints_are_not_yet_three():
    assert signals([*CALM, *trades(110.0, 61, 61.5)], PUMP) == []


def test_trades_of_the_other_side_prove_nothing():
    """Five trades in the move, but only two of them by buyers."""
    events = [*CALM, trade(61, 110.0), *trades(109.0, 61.1, 61.2, 61.3, side="sell"), trade(61.5, 110.0)]
    assert signals(events, PUMP) == []


@pytest.mark.parametrize(("usual", "told"), [(423.0, 1), (425.0, 0)])
def test_a_move_on_ordinary_turnover_is_not_believed(usual, told):
    """Three buys at 106 are 318 in a window where an eighth of the usual minute is bought: six times that is asked."""
    events = [ticker(0, 100.0, 1440 * usual), trade(0, 100.0), *trades(106.0, 11, 11.5, 12)]
    assert len(signals(events, rules(Tier(15.0, 0.05, volume_ratio=6.0)))) == told


def test_what_sellers_turn_over_stands_behind_no_rise():
    """A hundred usual minutes are sold on the way up, and next to nothing is bought."""
    sold = trades(104.0, 61.2, 61.4, side="sell", size=1e3)
    events = [ticker(0, 100.0, 1440 * 1000.0), *CALM, *sold, *trades(106.0, 61, 61.5, 62)]
    assert signals(sorted(events, key=lambda event: event.seen), rules(Tier(15.0, 0.05, volume_ratio=6.0))) == []


def test_a_move_that_is_not_believed_yet_is_told_as_soon_as_it_is():
    """Price first, volume later: no edge is missed."""
    events = [ticker(0, 100.0, 1440 * 1000.0), trade(0, 100.0), *trades(106.0, 11, 11.5, 12), trade(13, 106.0, 10.0)]
    (signal,) = signals(events, rules(Tier(15.0, 0.05, volume_ratio=6.0)))
    assert signal.at == at(13)


@pytest.mark.parametrize(("orders_in_it", "told"), [(3, 1), (2, 0)])
def test_so_many_rush_orders_are_asked_and_not_one_less(orders_in_it, told):
    """Each of three fills at one moment."""
    rush = orders(106.0, *(61 + number / 10 for number in range(orders_in_it)), fills=3)
    assert len(signals([*CALM, *rush], rules(Tier(15.0, 0.05, volume_ratio=0.0, rush=3)))) == told


@pytest.mark.parametrize(("count", "told"), [(13, 1), (12, 0)])
def test_where_no_fills_ever_share_a_moment_an_unusual_rate_of_trades_stands_for_rush_orders(count, told):
    """After hours of a trade every 20 s: three usual a minute, so nearly one in 15 s; three orders ask for nine steps
    of 1.3 more."""
    calm = trades(100.0, *range(0, 14_400, 20))
    burst = trades(106.0, *(14_401 + number / 10 for number in range(count)))
    found = signals([*calm, *burst], rules(Tier(15.0, 0.05, volume_ratio=0.0, rush=3), times_usual_move=0.0))
    assert len(found) == told
    assert all(signal.facts["crowd"] >= 3 and "rush_orders" not in signal.facts for signal in found)


@pytest.mark.parametrize(("quote", "size", "told"), [("KRW", 2.6e6, 1), ("KRW", 2.4e6, 0), ("EUR", 1e4, 1)])
def test_a_move_on_next_to_nothing_is_no_news(quote, size, told):
    """Five buys at 106, of which the largest does not count; other quote currencies have no floor."""
    pair = msgspec.structs.replace(ABC, quote=quote)
    rise = [trade(1 + part / 10, 106.0, size / 106, instrument=pair) for part in range(5)]
    events = [trade(0, 100.0, instrument=pair), *rise]
    assert len(signals(events, {"pump": PriceMoveRule(tiers=(QUICK,))})) == told


@pytest.mark.parametrize(("others", "told"), [(1e4, 0), (4e6, 1)])
def test_one_order_that_sweeps_the_book_is_no_crowd(others, told):
    """A hundred million in twenty fills from 100 to 110, and three small buys that follow it. It began at the old
    price; and it is no crowd either when the first of the small ones comes before it."""
    sweep = [trade(61, 100.0 + max(0, fill - 9), 5e6 / 100) for fill in range(20)]
    small = [trade(61 + part / 10, 110.0, others / 110) for part in (1, 2, 3)]
    ahead = [trade(60.9, 106.0, others / 106), *sweep, *small]
    rule = {"pump": PriceMoveRule(tiers=(QUICK,))}
    assert len(signals([*CALM, *sweep, *small], rule)) == told
    assert len(signals([*CALM, *ahead], rule)) == told


@pytest.mark.parametrize(("price", "told"), [(107.9, 0), (108.1, 1)])
def test_a_coin_that_flickers_by_four_per_cent_every_hour_has_to_go_twice_as_far(price, told):
    """Hours of trading, all but the first seen whole, in which each hour has one such minute."""
    hours = [
        event
        for hour in range(4)
        for event in (
            *trades(100.0, *(3600 * hour + minute * 60 for minute in range(60))),
            *trades(104.0, 3600 * hour + 3541, 3600 * hour + 3542),
            *trades(100.0, 3600 * hour + 3543, 3600 * hour + 3544),
        )
    ]
    move = trades(price, 14_460, 14_461, 14_462)
    assert len(signals([*hours, *move], rules(QUICK))) == told


def test_a_move_is_told_once_however_far_it_goes():
    """90 % in 9 s, on thirty trades."""
    climb = [trade(10 + step * 0.3, 100.0 + 3 * step) for step in range(30)]
    (signal,) = signals([trade(0, 100.0), *climb], rules(retrace=0.0))
    assert signal.change == pytest.approx(0.06)


def test_a_move_is_told_again_when_its_severity_has_risen_and_only_then():
    tiers = (
        Tier(15.0, 0.02, volume_ratio=0.0, severity="info"),
        QUICK,
        Tier(60.0, 0.20, volume_ratio=0.0, severity="high"),
        Tier(60.0, 0.40, volume_ratio=0.0, severity="critical"),
    )
    climb = [trade(10 + step * 0.3, 100.0 + step / 2) for step in range(120)]
    told = signals([trade(0, 100.0), *climb], rules(*tiers))
    assert [(signal.stage, signal.severity) for signal in told] == [
        ("watch", "info"),
        ("pump", "warning"),
        ("pump", "high"),
        ("pump", "critical"),
    ]
    assert [signal.score for signal in told] == sorted(signal.score for signal in told)


def test_the_louder_of_two_tiers_is_told_where_both_are_met_at_once():
    tiers = (QUICK, Tier(15.0, 0.20, volume_ratio=0.0, severity="high"))
    (signal,) = signals([trade(0, 100.0), *trades(125.0, 1, 1.5, 2)], rules(*tiers))
    assert signal.severity == "high"


def test_a_watch_does_not_keep_a_pump_s_story_going():
    """After the pump the price wavers by 3 % for minutes: that is a watch's business, and the next pump is news."""
    tiers = (Tier(15.0, 0.03, volume_ratio=0.0, severity="info"), Tier(15.0, 0.08, volume_ratio=0.0))
    wavers = [trade(20 + second, 110.0 + 3.5 * (second // 5 % 2)) for second in range(150)]
    events = [trade(0, 100.0), *trades(110.0, 10, 10.5, 11), *wavers, *trades(123.0, 171, 171.5, 172)]
    assert [signal.stage for signal in signals(events, rules(*tiers, retrace=0.0))].count("pump") == 2


def test_a_move_that_wavers_around_its_threshold_stays_one_move():
    """Up and down between 4 and 6 % for minutes, never calm for a whole minute."""
    steps = [trade(10 + second, 100.0 if second % 40 == 39 else 104.0 + 2 * (second // 5 % 2)) for second in range(200)]
    assert len(signals([trade(0, 100.0), *steps], rules(retrace=0.0))) == 1


@pytest.mark.parametrize(("again", "told"), [(72.9, 2), (72.899999999, 1)])
def test_after_a_calm_minute_the_next_move_is_a_new_one(again, told):
    """The first move is last found in its window at 12.9 s; the second is first found there a minute later."""
    first = [trade(10, 100.0), *trades(106.0, 12, 12, 12, 12.9)]
    calm = trades(106.0, *range(13, 73))
    second = trades(112.0, 72.5, again, 72.95)
    assert len(signals([*first, *calm, *second], rules(Tier(1.0, 0.05, volume_ratio=0.0)))) == told


@pytest.mark.parametrize(("price", "told"), [(112.1, 0), (112.0, 1)])
def test_a_rise_that_gave_back_forty_per_cent_of_itself_has_peaked(price, told):
    """From 100 over 106, where it was told, to 120: at 112 it has lost 8 of 20. It is said once."""
    rise = [*trades(106.0, 61, 61.5, 62), *trades(120.0, 63, 63.5, 64)]
    found = signals([*CALM, *rise, *trades(price, 70, 71, 72), *trades(price, 73, 74)], PUMP)
    assert [signal.stage for signal in found] == ["pump", "peak"][: 1 + told]
    if told:
        peak = found[1]
        assert (peak.rule, peak.price, peak.at) == ("pump", 112.0, at(71))
        assert peak.change == pytest.approx(-8 / 120, abs=1e-6)
        assert peak.headline == "ABC/KRW gave back 40 % of its rise in 8 s"
        assert peak.facts == {
            "reference_price": 100.0,
            "peak_price": 120.0,
            "rise": 0.2,
            "retraced": 0.4,
            "warm": False,
        }


@pytest.mark.parametrize(("again", "told"), [(590, 1), (670, 2)])
def test_a_rise_from_a_low_after_the_peak_is_another_move_once_the_swings_have_died_down(again, told):
    """Ten minutes after the top. The second rise begins below the first one's, and it swings all the time between."""
    first = [*CALM, *trades(120.0, 61, 61.5, 62), *trades(104.0, 70, 70.5, 71)]
    swings = [trade(72 + second, 104.0 + 6 * (second // 10 % 2)) for second in range(again - 12)]
    second = trades(125.0, 61 + again, 61.5 + again, 62 + again)
    found = signals([*first, *swings, *second], rules(Tier(60.0, 0.10, volume_ratio=0.0), rearm_after=30.0))
    assert [signal.stage for signal in found].count("pump") == told


def test_a_watch_has_no_peak():
    tiers = (Tier(15.0, 0.05, volume_ratio=0.0, severity="info"),)
    events = [*CALM, *trades(106.0, 61, 61.5, 62), *trades(100.0, 63, 64, 65)]
    assert [signal.stage for signal in signals(events, rules(*tiers))] == ["watch"]


def test_a_thin_coin_is_compared_with_its_last_price_five_minutes_ago():
    """Nothing traded in between, so it stood until the move, which took no longer than its own trades."""
    (signal,) = signals([trade(0, 100.0), *trades(110.0, 300, 300.4, 301)], PUMP)
    assert signal.change == 0.1
    assert signal.window_s == 0.6


def test_a_price_older_than_ten_minutes_says_nothing():
    assert signals([trade(0, 100.0), *trades(110.0, 601, 601.4, 602)], PUMP) == []


def test_nothing_is_computed_across_a_gap():
    """A jump while we were blind may be an hour's honest drift."""
    assert signals([*CALM, gap(59), *trades(150.0, *range(60, 120))], PUMP) == []


def test_a_pump_in_progress_is_heard_after_a_gap_as_after_a_start_and_says_so():
    """Measured from the first price seen then."""
    climb = [trade(60 + step, 150.0 + 2 * step) for step in range(10)]
    (signal,) = signals([*CALM, gap(59), *climb], PUMP)
    assert signal.facts["reference_price"] == 150.0
    assert signal.facts["blind_until_s_ago"] == (signal.at - at(60)) / 1e9


def test_a_hole_fifteen_minutes_ago_is_no_caveat_any_more():
    calm = trades(100.0, *range(60, 1000, 10))
    (signal,) = signals([gap(0), trade(1, 100.0), gap(2), *calm, *trades(106.0, 1001, 1002, 1003)], PUMP)
    assert "blind_until_s_ago" not in signal.facts


def test_the_ticker_at_the_start_is_the_reference_of_a_pump_that_began_before_us():
    (signal,) = signals([ticker(0, 100.0, 1e3), *trades(110.0, 5, 5.2, 5.4)], PUMP)
    assert signal.change == 0.1


def test_a_ticker_of_ten_minutes_ago_is_no_reference():
    assert signals([ticker(0, 100.0, 1e3), *trades(110.0, 601, 601.2, 601.4)], PUMP) == []


def test_a_ticker_does_not_bridge_a_gap():
    assert signals([ticker(0, 100.0, 1e3), gap(1), *trades(110.0, 5, 5.2, 5.4)], PUMP) == []


def test_several_rules_look_at_one_climb():
    """Each by its own tiers, named by its own name."""
    several = {
        "touchy": rules(Tier(15.0, 0.02, volume_ratio=0.0))["pump"],
        "stolid": rules(Tier(60.0, 0.50, volume_ratio=0.0))["pump"],
        "faller": rules(Tier(5.0, 0.01, volume_ratio=0.0), direction="down")["pump"],
    }
    assert [signal.rule for signal in signals([*CALM, *trades(106.0, 61, 61.5, 62)], several)] == ["touchy"]


class Market:
    """One that explains so much of everybody's change."""

    def __init__(self, explains, *, moving=False):
        self._explains = explains
        self._moving = moving

    def expected(self, *_):
        return self._explains

    def moving(self, *_):
        return self._moving

    def stops(self, stops):
        self._moving = self._moving and not stops


def heard_in(market, events, heard):
    tapes = Tapes()
    tapes.market = market
    detector = PriceMove(heard, tapes)
    found = []
    for event in events:
        found += [*tapes.see(event), *detector.see(event)]
    return found


@pytest.mark.parametrize(
    ("explains", "price", "told"), [(0.0, 106.0, 1), (0.03, 106.0, 0), (0.03, 108.1, 1), (-0.5, 106.0, 1)]
)
def test_a_coin_has_to_exceed_its_market_by_the_whole_threshold(explains, price, told):
    """A market that fell makes no rise smaller."""
    events = [*CALM, *trades(price, 61, 61.5, 62.5)]
    assert len(heard_in(Market(explains), events, rules(QUICK))) == told


def test_while_the_whole_market_moves_nobody_is_worth_a_watch():
    watch = rules(Tier(15.0, 0.05, volume_ratio=0.0, severity="info"))
    events = [*CALM, *trades(106.0, 61, 61.5, 62.5)]
    assert heard_in(Market(0.0, moving=True), events, watch) == []
    assert len(heard_in(CALM_MARKET, events, watch)) == 1


@pytest.mark.parametrize(("later", "told"), [(299.9, 0), (300, 1)])
def test_a_long_window_that_holds_a_market_move_is_not_believed(later, told):
    """The market explains a minute, not five: they speak again when they began after it."""
    slow = rules(Tier(300.0, 0.05, volume_ratio=0.0))
    market = Market(0.0, moving=True)
    swept = [*CALM, *trades(106.0, 61, 61.5, 62)]
    calm = trades(106.0, *range(70, 360, 10))
    tapes = Tapes()
    tapes.market = market
    detector = PriceMove(slow, tapes)
    found = []
    for event in [*swept, *calm, *trades(112.0, *(62 + later + part for part in (-0.2, -0.1, 0)))]:
        market.stops(event.at > at(62))
        found += [*tapes.see(event), *detector.see(event)]
    assert len(found) == told


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
        ({"tiers": [{"window": 901.0, "change": 0.05}]}, "at most 15 min"),
        ({"tiers": [{"window": 15.0, "change": -0.05}]}, "above 0 %"),
        ({"tiers": [{"window": 15.0, "change": 0.05, "severity": "loud"}]}, "severity"),
        ({"tier": []}, "unknown field"),
        ({"rearm_below": 1.5}, "from 0 % to 100 %"),
        ({"retrace": -0.1}, "from 0 % to 100 %"),
        ({"times_usual_move": math.inf}, "0 or more"),
    ],
)
def test_senseless_settings_are_refused_with_the_reason(settings, expected):
    with pytest.raises(msgspec.ValidationError, match=expected):
        msgspec.convert(settings, PriceMoveRule)
