"""Rules and settings that change while events flow: what is usual stays known, and what was told is not told again."""

import pytest
from msgspec.structs import replace

from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes, Settings
from scanner.detectors.explaining import Explainer
from scanner.detectors.price_move import PriceMoveRule
from scanner.detectors.registry import DETECTORS, assemble, default_rules
from scanner.detectors.tapes import Tapes
from scanner.detectors.tiers import Tier
from tests.alerts.signals import SECOND, START, signal
from tests.alerts.test_scenarios import START as SIM_START
from tests.alerts.test_scenarios import by_moment, happenings
from tests.detectors.streams import trade

RULES = default_rules(DETECTORS)
EASY = {"floors": {}, "times_usual_move": 0.0}


def nothing(_engine, _explainer, _tapes, _second):
    return


def play(scenario, revise=nothing):
    """All alerts and near misses of Upbit's KRW market, with a hand on the rules once a second."""
    tapes = Tapes()
    row = assemble(RULES, DETECTORS, tapes)
    engine, explainer = Engine(row, Episodes()), Explainer(row, tapes)
    alerts, missed, now = [], [], SIM_START
    for event in sorted(happenings("upbit", scenario, 3, 0), key=by_moment):
        while event.seen >= now:
            alerts += engine.tick(now)
            missed += explainer.missed(now)
            revise(engine, explainer, tapes, (now - SIM_START) // SECOND)
            now += SECOND
        alerts += engine.consume((event,))
    return alerts + engine.end(), missed, engine.decisions


def the_same(engine, explainer, tapes, _second):
    turn(engine, explainer, tapes, RULES)


def turn(engine, explainer, tapes, rules):
    row = assemble(rules, DETECTORS, tapes)
    engine.turn_to(row)
    explainer.turn_to(row)


@pytest.mark.parametrize("scenario", ["pump", "crash"])
def test_the_same_rules_made_anew_every_second_tell_the_same(scenario):
    """Nothing of what they know is theirs alone; three hundred times is once."""
    (plain, missed, signals), (revised, missed_too, signals_too) = play(scenario), play(scenario, the_same)
    assert plain
    assert (revised, signals_too) == (plain, signals)
    assert {(each.rule, each.symbol) for each in missed_too} >= {(each.rule, each.symbol) for each in missed}


def test_a_rule_that_is_switched_off_and_on_again_speaks_of_what_comes_then():
    """It is silent meanwhile, and neither the tapes nor the other rules have noticed."""

    def off_until_the_end(engine, explainer, tapes, _second):
        rules = {name: replace(rule, enabled=name == "volume_spike") for name, rule in RULES.items()}
        turn(engine, explainer, tapes, rules)

    assert "pump" in {alert.rule for alert in play("pump")[0]}
    assert "pump" not in {alert.rule for alert in play("pump", off_until_the_end)[0]}


def test_a_threshold_that_nothing_reaches_is_in_force_with_the_next_event():
    """The market falls as it did; the rule asks for more now."""

    def deaf(engine, explainer, tapes, second):
        if second == 1:
            turn(engine, explainer, tapes, RULES | {"market_move": replace(RULES["market_move"], change=0.9)})

    assert "market_move" in {alert.rule for alert in play("crash")[0]}
    assert "market_move" not in {alert.rule for alert in play("crash", deaf)[0]}


def test_a_lower_threshold_is_in_force_with_the_next_trade_though_its_price_is_the_last_one_s():
    """The rule before had looked away: so small a rise was nothing to it."""
    tapes = Tapes()
    engine = Engine([], Episodes())
    turn(
        engine, Explainer([], tapes), tapes, {"pump": PriceMoveRule(tiers=(Tier(15.0, 0.5, volume_ratio=0.0),), **EASY)}
    )
    calm = [trade(second, 100.0) for second in range(60)]
    assert engine.consume([*calm, *(trade(second, 106.0) for second in (61, 61.2, 61.4, 61.6, 61.8))]) == []
    turn(
        engine,
        Explainer([], tapes),
        tapes,
        {"pump": PriceMoveRule(tiers=(Tier(15.0, 0.05, volume_ratio=0.0),), **EASY)},
    )
    assert engine.consume([trade(62, 106.0)]) + engine.end()


def test_open_stories_go_on_under_another_cooldown():
    """One that was to last longer is over sooner; it is the same story."""
    episodes = Episodes(Settings(cooldown=300.0))
    (opened,) = episodes.hear(signal(START, severity="critical"), START)
    episodes.revise(Settings(cooldown=60.0, together=0.0))
    assert episodes.tick(START + 59 * SECOND) == []
    (closed,) = episodes.tick(START + 60 * SECOND)
    assert (closed.id, closed.kind) == (opened.id, "closed")
