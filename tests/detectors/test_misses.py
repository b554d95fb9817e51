"""What nearly fired is kept with its reason: the nearest of each minute, and nothing that was told after all."""

import pytest

from scanner.detectors.conditions import (
    CHANGE,
    CROWD,
    HELD,
    MARKET,
    SHARE,
    TRADES,
    TURNOVER,
    VOLUME,
    Check,
    Condition,
    at_least,
)
from scanner.detectors.market_move import MarketMoveRule
from scanner.detectors.misses import LOOKS_A_SECOND, MISSED, Key, Misses
from scanner.detectors.price_move import PriceMoveRule
from scanner.detectors.telling import TIMES
from scanner.detectors.tiers import Tier
from scanner.detectors.volume_spike import VolumeSpikeRule
from scanner.model.instrument import Instrument
from tests.detectors.explained import Heard
from tests.detectors.streams import ABC, SECOND, UPBIT, at, gap, orders, ticker, trade, trades

KEY = Key("pump", UPBIT, ABC)
CALM = trades(100.0, *range(0, 60, 10))
USUAL = ticker(0, 100.0, 1440 * 100.0)
"""Fifty a usual minute for each taker side."""
FAR = Tier(15.0, 0.05, volume_ratio=20.0, rush=3)


def pump(*tiers, **settings):
    return {"pump": PriceMoveRule(**({"tiers": tiers or (FAR,), "floors": {}, "min_trades": 3} | settings))}


def missed(events, rules, now=180):
    house = Heard(events, rules)
    assert house.signals == []
    return house.explainer.missed(at(now))


def condition(trades_seen, *, volume=1.0, window_s=15.0):
    checks = (Check(CHANGE, 0.06, 0.05, met=True), at_least(TRADES, trades_seen, 20), at_least(VOLUME, volume, 1.0))
    return Condition.of(window_s, "warning", checks)


# What is a miss.


def test_a_move_without_the_volume_behind_it_is_noted_with_every_number():
    """From 100 to 106 on one order of two fills and one more trade: far enough, on 25 times the usual, by no crowd."""
    (miss,) = missed([USUAL, *CALM, *orders(106.0, 61), trade(61.5, 106.0)], pump())
    assert (miss.outcome, miss.rule, miss.exchange, miss.symbol, miss.at) == (
        MISSED,
        "pump",
        UPBIT,
        "ABC/KRW",
        at(61.5),
    )
    assert miss.why == "+6.00 % in 15 s was not told as warning: 1 of 3 rush orders"
    assert miss.facts == {
        "window_s": 15.0,
        "severity": "warning",
        "market_calm_s": 900,
        "market_calm_s_asked": 0.0,
        "change": 0.06,
        "change_asked": 0.05,
        "trades": 3,
        "trades_asked": 3,
        "turnover": 106.0,
        "turnover_asked": 0.0,
        "volume_ratio": 25.44,
        "volume_ratio_asked": 20.0,
        "crowd": 1,
        "crowd_asked": 3,
    }


def test_a_fall_is_told_with_its_own_sign():
    """6 % down where a fall of 5 % is asked, and no trade too many."""
    events = [*trades(100.0, *range(0, 60, 10), side="sell"), *trades(94.0, 61, 61.5, side="sell")]
    (miss,) = missed(events, {"dump": pump(Tier(15.0, 0.05, volume_ratio=0.0), direction="down")["pump"]})
    assert (miss.facts["change"], miss.facts["change_asked"]) == (-0.06, -0.05)
    assert miss.why == "-6.00 % in 15 s was not told as warning: 2 of 3 trades"


def test_what_was_told_after_all_is_no_miss():
    """The crowd came a second later than the move."""
    house = Heard([USUAL, *CALM, *orders(106.0, 61, 61.5, 62.5)], pump())
    assert [signal.severity for signal in house.signals] == ["warning"]
    assert house.explainer.missed(at(180)) == []


def test_a_watch_is_no_telling_so_the_pump_that_it_missed_is_kept():
    """The early sign goes to the board only; why it became no warning is still worth a note."""
    watch = Tier(15.0, 0.03, volume_ratio=10.0, rush=1, severity="info")
    house = Heard([USUAL, *CALM, *orders(106.0, 61, 62.5)], pump(watch, FAR))
    assert [signal.severity for signal in house.signals] == ["info"]
    (miss,) = house.explainer.missed(at(180))
    assert (miss.facts["severity"], miss.why) == (
        "warning",
        "+6.00 % in 15 s was not told as warning: 2 of 3 rush orders",
    )


@pytest.mark.parametrize("price", [104.0, 104.99])
def test_a_change_below_every_tier_is_not_near(price):
    """Whatever else there is, nobody looks at it: that is what keeps notes few."""
    assert missed([USUAL, *CALM, *orders(price, 61, 61.5, 62.5)], pump()) == []


def test_a_floor_that_is_missed_is_named_in_the_currency_s_own_amount():
    """The largest order does not count: 106 of 318 go."""
    rule = pump(Tier(15.0, 0.05, volume_ratio=0.0), floors={"KRW": 1_000.0})
    (miss,) = missed([*CALM, *trades(106.0, 61, 61.5, 62.5)], rule)
    assert miss.why == "+6.00 % in 15 s was not told as warning: turnover 212 of 1,000"


def test_a_spike_that_does_not_last_is_a_miss():
    """Ten usual minutes and more, but only for three seconds of the five that are asked."""
    rules = {"volume_spike": VolumeSpikeRule(floors={}, min_trades=3, change=0.0)}
    events = [ticker(0, 1000.0, 1440 * 4e6), *[trade(10 + second, 1000.0, 1e4) for second in range(6)]]
    (miss,) = missed(events, rules)
    assert miss.facts["held_s"] == 3.0
    assert miss.why.endswith(": held for 3 s of 5 s")


def test_a_sleepy_coin_s_single_trade_is_no_near_spike():
    """A hundred times next to nothing happens every minute somewhere: a tenth of the floor is the least."""
    rules = {"volume_spike": VolumeSpikeRule(floors={"KRW": 1e7}, min_trades=3)}
    assert missed([USUAL, trade(10, 100.0, 9_999.0)], rules) == []
    (miss,) = missed([USUAL, trade(10, 100.0, 10_000.0)], rules)
    assert "turnover 1,000,000 of 10,000,000" in miss.why


def test_half_a_market_is_a_miss_and_a_handful_is_no_market():
    """Of ten coins three go up 20 %: on average 6 %, and 30 % are not more than the 30 % that are asked."""
    rules = {"market_move": MarketMoveRule()}

    def day(coins):
        names = [Instrument(f"C{number}", "KRW") for number in range(coins)]
        calm = [trade(second, 100.0, instrument=name) for second in (0, 20, 40) for name in names]
        moved = [trade(50, 120.0 if number < 3 else 100.0, instrument=name) for number, name in enumerate(names)]
        return [*calm, *moved, trade(51, 120.0, instrument=names[0])]

    (miss,) = missed(day(10), rules)
    assert (miss.symbol, miss.facts["active"], miss.facts["share"]) == ("*/KRW", 10, 0.3)
    assert miss.why == "+6.00 % in 60 s was not told as high: 30 % of 30 % of the coins go that way"
    assert missed(day(9), rules) == []


def test_a_hole_takes_no_note_away():
    """What was missed before we were blind was missed all the same."""
    assert len(missed([USUAL, *CALM, *orders(106.0, 61), trade(61.5, 106.0), gap(62)], pump())) == 1


# How many are kept.


def test_the_nearest_of_a_minute_is_kept_and_told_when_the_minute_is_over():
    """Three trades short is further away than one."""
    misses = Misses()
    for second, count in ((0, 17), (1, 19), (2, 18)):
        assert misses.wants(KEY, at(second))
        misses.note(KEY, at(second), [condition(count)])
    assert misses.take(at(59.9)) == []
    (miss,) = misses.take(at(60))
    assert (miss.at, miss.facts["trades"]) == (at(1), 19)
    assert misses.take(at(120)) == []


def test_so_many_looks_a_second_are_enough():
    """However many trades there are in it, so that a crash costs little."""
    misses = Misses()
    misses.note(KEY, at(0), [condition(17)])
    looks = [misses.wants(KEY, at(0.5)) for _ in range(100)]
    assert sum(looks) == LOOKS_A_SECOND - 1
    assert misses.wants(KEY, at(1))
    assert misses.wants(KEY._replace(rule="other"), at(0.5))


def test_what_misses_one_thing_is_nearer_than_what_misses_two():
    """Even where its number is worse."""
    misses = Misses()
    misses.note(KEY, at(0), [condition(1), condition(19, volume=0.9, window_s=60.0)])
    (miss,) = misses.take(at(60))
    assert miss.facts["window_s"] == 15.0


def test_each_minute_has_its_own():
    """The second one closes the first."""
    misses = Misses()
    for second in (0, 60, 120):
        misses.note(KEY, at(second), [condition(10)])
    assert [miss.at for miss in misses.take(at(180))] == [at(0), at(60), at(120)]


def test_what_is_met_is_no_miss():
    """Nor does it take the place of one."""
    misses = Misses()
    misses.note(KEY, at(0), [condition(20)])
    assert misses.take(at(60)) == []


def test_the_notes_are_bounded_and_what_finds_no_room_is_counted():
    """Nobody has taken any for long."""
    misses = Misses(most=2)
    for number in range(3):
        misses.note(KEY._replace(rule=f"rule {number}"), at(0), [condition(10)])
    assert (len(misses.take(at(60))), misses.dropped) == (2, 1)
    misses.note(KEY, at(61), [condition(10)])
    assert len(misses.take(at(120))) == 1


def test_what_found_no_room_can_be_read_of_all_rules_together(monkeypatch):
    """So that it can be counted where people look."""
    monkeypatch.setattr(Misses.__init__, "__defaults__", (0,))
    house = Heard([USUAL, *CALM, *orders(106.0, 61), trade(61.5, 106.0)], pump())
    assert house.explainer.missed(at(180)) == []
    assert house.explainer.overlooked == 2


def test_a_clock_that_was_set_back_costs_no_note():
    """The minute that is not the present one is over, whichever way."""
    misses = Misses()
    misses.note(KEY, at(600), [condition(10)])
    assert len(misses.take(at(0))) == 1


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (Check(MARKET, 120.4, 300.0, met=False), "the whole market moved 120.4 s of 300 s ago"),
        (Check(MARKET, 0.0, 0.0, met=False), "the whole market moved 0 s ago"),
        (at_least(VOLUME, 3.14, 20.0), f"3.1{TIMES} of 20.0{TIMES} the usual volume"),
        (at_least(TURNOVER, 1234567.0, 1e7), "turnover 1,234,567 of 10,000,000"),
        (at_least(TURNOVER, 0.05, 0.2), "turnover 0.05 of 0.2"),
        (at_least(CROWD, 2.5, 10), "2.5 of 10 rush orders"),
        (at_least(HELD, 2.0, 5.0), "held for 2 s of 5 s"),
        (Check(SHARE, 0.3, 0.3, met=False), "30 % of 30 % of the coins go that way"),
    ],
)
def test_every_number_is_told_with_what_was_asked(check, said):
    why = missed_sentence(check)
    assert why == f"+6.00 % in {300:g} s was not told as warning: {said}"


def missed_sentence(check):
    misses = Misses()
    misses.note(KEY, SECOND, [Condition.of(300.0, "warning", (Check(CHANGE, 0.06, 0.05, met=True), check))])
    (miss,) = misses.take(at(0))
    return miss.why
