"""Why something fired or did not: the numbers of every rule against what it asks, told without changing anything."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from scanner.detectors.explaining import MOST_VENUES, SLACK_S, Explanation
from scanner.detectors.judging import RANK
from scanner.detectors.market_move import MarketMoveRule
from scanner.detectors.price_move import PriceMoveRule
from scanner.detectors.tiers import Tier
from scanner.detectors.volume_spike import VolumeSpikeRule
from scanner.model.instrument import Instrument
from tests.detectors.explained import Heard, numbers
from tests.detectors.streams import ABC, UPBIT, at, candle, gap, orders, ticker, trade, trades

CALM = trades(100.0, *range(0, 60, 10))
USUAL = ticker(0, 100.0, 1440 * 100.0)
FAR, FURTHER = Tier(15.0, 0.05, volume_ratio=20.0, rush=3), Tier(60.0, 0.10, volume_ratio=0.0, severity="high")


def pump(*tiers, **settings):
    return {"pump": PriceMoveRule(**({"tiers": tiers or (FAR,), "floors": {}, "min_trades": 3} | settings))}


def view(events, rules=None, now=63.0, symbol="ABC/KRW"):
    """Of the only instrument that was heard."""
    (only,) = Heard(events, rules).explainer.explain(symbol, "", at(now)).views
    return only


def ruling(events, rules, now=63.0):
    (only,) = view(events, rules, now).rulings
    return only


# Each kind of rule.


def test_each_tier_is_told_number_by_number():
    """From 100 to 106 on three orders: the first tier is met, the other asks for more."""
    told = ruling([USUAL, *CALM, *orders(106.0, 61, 61.5, 62.5)], pump(FAR, FURTHER))
    met, unmet = told.conditions
    assert numbers(met) == {
        "market_calm_s": (900, 0.0, True),
        "change": (pytest.approx(0.06), 0.05, True),
        "trades": (6, 3, True),
        "turnover": (424.0, 0.0, True),
        "volume_ratio": (50.88, 20.0, True),
        "crowd": (3, 3, True),
    }
    assert (met.met, met.window_s, met.severity) == (True, 15.0, "warning")
    assert numbers(unmet)["change"] == (pytest.approx(0.06), 0.10, False)
    assert [check.name for check in unmet.unmet] == ["change"]


def test_it_says_what_was_told_while_that_goes_on():
    """A minute after the last hot trade it is over."""
    events = [USUAL, *CALM, *orders(106.0, 61, 61.5, 62.5)]
    assert ruling(events, pump()).told == "warning"
    assert ruling(events, pump(), now=62.5 + 60 + SLACK_S).told == ""


def test_a_threshold_that_volatility_raised_is_the_one_that_is_told():
    """An instrument whose usual hour has a minute of 4 % has to go 8 %."""
    hours = [candle(minute, 100.0, high=104.0 if minute % 60 == 30 else 100.0, seen=0) for minute in range(-60 * 4, 0)]
    seen = view([*hours, *CALM, *orders(106.0, 61, 61.5, 62.5)], pump())
    assert seen.usual_move == pytest.approx(0.04)
    assert numbers(seen.rulings[0].conditions[0])["change"] == (pytest.approx(0.06), pytest.approx(0.08), False)


def test_a_spike_is_told_for_the_side_that_is_busier_in_both_its_windows():
    """Twenty trades of two million won each, where two million are usual in a minute."""
    events = [ticker(0, 1000.0, 1440 * 4e6), *[trade(10 + number, 1010.0, 2e3) for number in range(20)]]
    told = ruling(events, {"volume_spike": VolumeSpikeRule()}, now=30)
    minute, five = told.conditions
    assert (told.told, minute.met, minute.window_s, five.window_s) == ("info", True, 60, 300)
    assert numbers(minute)["volume_ratio"] == (pytest.approx(20.2), 10.0, True)
    assert numbers(minute)["held_s"] == (10.0, 5.0, True)
    assert numbers(five)["turnover_five"] == (pytest.approx(40.4e6), 50e6, False)


def test_a_window_that_lies_in_the_past_holds_nothing():
    """A minute and more after the last trade there is no volume left in it."""
    events = [ticker(0, 1000.0, 1440 * 4e6), *[trade(10 + number, 1010.0, 2e3) for number in range(20)]]
    minute, five = ruling(events, {"volume_spike": VolumeSpikeRule()}, now=29 + 60 + SLACK_S).conditions
    assert numbers(minute)["volume_ratio"][0] == 0.0
    assert numbers(five)["volume_ratio"][0] > 0.0


def test_a_move_that_lies_in_the_past_is_none_any_more():
    """Twenty seconds of silence after a rise within fifteen; ours and the venue's clock may differ by five."""
    events = [USUAL, *CALM, *orders(106.0, 61, 61.5, 62.5)]
    assert ruling(events, pump(), now=62.5 + SLACK_S).conditions[0].met
    still = ruling(events, pump(), now=62.5 + 20 + SLACK_S).conditions[0]
    assert numbers(still)["change"] == (0.0, 0.05, False)


def test_the_whole_market_is_explained_beside_the_coin():
    """Under its own symbol; one coin is no market."""
    told = ruling([*CALM, *trades(106.0, 61, 61.5, 62.5)], {"market_move": MarketMoveRule()})
    assert told.symbol == "*/KRW"
    assert numbers(told.conditions[0])["active"] == (1, 10, False)


def test_while_the_market_moves_a_watch_says_nothing_and_that_is_told():
    """Eleven of twelve coins rise 2 %; the watched one 4 %, which would be worth a look on any other day."""
    names = [Instrument(f"C{number}", "KRW") for number in range(11)]
    calm = [trade(second, 100.0, instrument=name) for second in (0, 20, 40) for name in [*names, ABC]]
    rise = [trade(50 + part, 102.0, instrument=name) for part in (0, 1) for name in names]
    watch = Tier(15.0, 0.03, volume_ratio=0.0, severity="info")
    events = [*calm, *rise, trade(52, 104.0), trade(52.5, 104.0), trade(53, 104.0)]
    seen = view(events, pump(watch, times_usual_move=0.0), now=54)
    assert seen.market_moving
    assert seen.market_explains == round((11 * 0.02 + 0.04) / 12, 6)
    assert numbers(seen.rulings[0].conditions[0])["market_calm_s"] == (0.0, 0.0, False)


# What is known of the place.


def test_an_instrument_of_tickers_is_judged_by_its_ticker_tiers():
    """Floors count for both sides together, and spikes are not found there."""
    rules = pump(ticker_tiers=(Tier(60.0, 0.05, volume_ratio=0.0),), floors={"KRW": 1.0}) | {
        "volume_spike": VolumeSpikeRule()
    }
    events = [ticker(3600 + second, 100.0 if second < 10 else 106.0, 1000.0 + second) for second in range(14)]
    seen = view(events, rules, now=14)
    assert (seen.feed, seen.price) == ("tickers", 106.0)
    assert [told.rule for told in seen.rulings] == ["pump"]
    assert numbers(seen.rulings[0].conditions[0])["turnover"] == (4.0, 2.0, True)


def test_a_hole_leaves_nothing_to_explain_until_the_next_trade():
    """And after it, it says for how long it sees again."""
    blind = view([*CALM, gap(61)], pump())
    assert (blind.feed, blind.rulings) == ("nothing", ())
    seeing = view([*CALM, gap(61), trade(62, 106.0)], pump())
    assert (seeing.feed, seeing.blind_s, seeing.quiet_s) == ("trades", 1.0, 1.0)


def test_what_is_usual_is_told_once_it_is_known():
    """Without a day's total or an hour of minutes it is not."""
    assert (view(CALM, pump()).warm, view(CALM, pump()).usual_minute) == (False, 0.0)
    assert (view([USUAL, *CALM], pump()).warm, view([USUAL, *CALM], pump()).usual_minute) == (True, 100.0)


# Whom is asked.


def test_a_coin_is_found_on_every_venue_and_for_every_currency():
    """By its pair, or by its name alone, in any case; one venue may be named."""
    tether = Instrument("ABC", "USDT")
    explainer = Heard(
        [*CALM, trade(1, 1.0, exchange="binance", instrument=tether), trade(1, 1.0, exchange="okx")]
    ).explainer

    def found(symbol, exchange=""):
        views = explainer.explain(symbol, exchange, at(63)).views
        return [(each.exchange, each.symbol) for each in views]

    assert found("abc") == [("upbit", "ABC/KRW"), ("binance", "ABC/USDT"), ("okx", "ABC/KRW")]
    assert found("ABC/KRW") == [("upbit", "ABC/KRW"), ("okx", "ABC/KRW")]
    assert found("abc/krw", "okx") == [("okx", "ABC/KRW")]


@pytest.mark.parametrize(("asked", "nearest"), [("ABX/KRW", "ABC/KRW"), ("ABD", "ABC/KRW"), ("QQQQ", "")])
def test_an_unknown_one_is_answered_with_the_nearest(asked, nearest):
    explainer = Heard(CALM).explainer
    answer = explainer.explain(asked, "", at(63))
    assert (answer.views, answer.nearest) == ((), nearest)


def test_an_answer_is_bounded_and_says_what_it_leaves_out():
    """A coin that is traded for very many currencies."""
    markets = [trade(1, 1.0, instrument=Instrument("ABC", f"Q{number}")) for number in range(MOST_VENUES + 3)]
    explainer = Heard(markets).explainer
    answer = explainer.explain("ABC", "", at(63))
    assert (len(answer.views), answer.left_out) == (MOST_VENUES, 3)


def test_it_survives_being_sent():
    """As JSON, into the very same value; no number is infinite."""
    explainer = Heard([*CALM, trade(61, 106.0)]).explainer
    answer = explainer.explain("ABC", "", at(63))
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Explanation) == answer
    assert "null" not in msgspec.json.encode(answer.views[0].rulings).decode()


def test_asking_changes_nothing():
    """The same stream says the same, whether somebody asks after every event or nobody does."""
    events = [USUAL, *CALM, *orders(106.0, 61, 61.5, 62.5), *trades(111.0, 63, 63.5, 64, 64.5)]
    house, asked = Heard(rules=pump(FAR, FURTHER)), []
    for event in events:
        asked += house.show(event)
        house.explainer.explain("ABC", "", event.seen)
    assert asked == Heard(events, pump(FAR, FURTHER)).signals
    assert [signal.severity for signal in asked] == ["warning", "high"]


# The explanation is the judgement.

steps = some.lists(
    some.tuples(
        some.sampled_from([0.0, 0.1, 1.0, 4.0, 20.0]),
        some.sampled_from([0.9, 0.97, 1.0, 1.0, 1.03, 1.06, 1.1]),
        some.sampled_from(["buy", "buy", "sell"]),
        some.sampled_from([0.1, 1.0, 50.0]),
    ),
    max_size=40,
)


@given(steps)
def test_a_tier_is_told_exactly_when_the_explanation_calls_it_met(way):
    """At each buy: a signal tells the loudest condition that is met, unless that has been told."""
    house = Heard([USUAL, *CALM], pump(FAR, FURTHER, retrace=0.0, rearm_after=1e9))
    second, price, told = 60.0, 100.0, 0
    for pause, factor, side, size in way:
        second, price = second + pause, price * factor
        heard = [RANK[signal.severity] for signal in house.show(trade(second, price, size, side))]
        (only,) = house.explainer.explain("ABC", UPBIT, at(second)).views
        loudest = max((RANK[each.severity] for each in only.rulings[0].conditions if each.met), default=0)
        if side == "buy":
            assert heard == ([loudest] if loudest > told else [])
        told = max(told, *heard, 0)
