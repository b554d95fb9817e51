"""A pump on five venues whose climb takes two minutes: one story a coin, few words, one closing; and its second leg."""

from functools import cache

import pytest
from msgspec.structs import replace

from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.alerts.stages import ESCALATIONS
from scanner.detectors.registry import DETECTORS, assemble, default_rules
from scanner.model.market import Ticker, Trade
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.scenario import SCRIPTS, STARTS_AFTER_S, symbol

SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND
QUOTES = {"upbit": "KRW", "bithumb": "KRW", "binance": "USDT", "okx": "USDT", "mexc": "USDT"}
APART_S = 0.7
"""Each venue's script begins so much later than the one before."""
SEED = 1
AROUND = slice(40, 60)
"""Of each venue's markets: the scripted coin of this seed stands among them, and the others make a market."""
COIN = symbol("pump", SEED).partition("/")[0]
CLIMB_S = 120.0
LEG_S = 1_200.0


def climb(height, back, trades_per_s=30.0):
    """The simulator's pump, but that the price takes two minutes for it, and then gives some of it back."""
    return replace(
        SCRIPTS["pump"],
        price=((0.0, 0.0), (CLIMB_S, height), (CLIMB_S + 30.0, height), (300.0, height * back)),
        trades_per_s=((0.0, trades_per_s), (CLIMB_S, trades_per_s), (160.0, 0.0)),
    )


def two_legs(height):
    """It climbs again twenty minutes later, from half of its first height to the same height."""
    first = climb(height, 0.5)
    return replace(
        first,
        price=(*first.price, (LEG_S, height / 2), (LEG_S + 60.0, height)),
        trades_per_s=(*first.trades_per_s, (LEG_S, 0.0), (LEG_S + 1.0, 30.0), (LEG_S + 60.0, 30.0), (1_300.0, 0.0)),
    )


@cache
def watch(script, minutes):
    """Every alert of five venues together, with the seconds from the script's start to its telling."""
    events = [event for place in enumerate(QUOTES) for event in happenings(script, minutes, place)]
    engine = Engine(assemble(default_rules(DETECTORS), DETECTORS), Episodes())
    told, now = [], START
    for event in sorted(events, key=lambda event: event.seen):
        while event.seen >= now:
            told += [(seconds(now), alert) for alert in engine.tick(now)]
            now += SECOND
        told += [(seconds(event.seen), alert) for alert in engine.consume((event,))]
    return told


def seconds(now):
    return (now - START) / SECOND - STARTS_AFTER_S


def happenings(script, minutes, place):
    number, exchange = place
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SCRIPTS, "pump", script)
        market = SimulatedMarket(exchange, SEED, "pump", START, AROUND)
        begins = STARTS_AFTER_S + number * APART_S
        market.start_script(START + round(begins * SECOND))
        watched = {listing.instrument for listing in market.listings if listing.instrument.quote == QUOTES[exchange]}
        tickers = [opening(market, instrument) for instrument in watched]
        fills = market.advance(START + round((begins + minutes * 60) * SECOND))
    return tickers + [printed(exchange, each) for each in fills if type(each) is Fill and each.instrument in watched]


def opening(market, instrument):
    said = market.ticker(instrument)
    return Ticker(market.exchange, instrument, START, START, said.last.price, said.volume_24h, said.turnover_24h)


def printed(exchange, fill):
    at = fill.at_ms * 1_000_000
    return Trade(exchange, fill.instrument, at, at, str(fill.number), fill.price, fill.size, fill.side)


@pytest.mark.parametrize(
    ("height", "trades_per_s"), [(0.165, 30.0), (0.2, 8.0), (0.25, 8.0), (0.3, 30.0), (0.5, 30.0), (0.6, 30.0)]
)
def test_a_two_minute_climb_on_five_venues_is_one_story(height, trades_per_s):
    """One opening, at most two escalations, one closing: per coin, not per venue, and nothing afterwards.

    Whether the trading or the price was loud first, and however long a rule looks back: twelve minutes later the rise
    still stands in its window.
    """
    told = watch(climb(height, 0.75, trades_per_s), 14)
    kinds = [alert.kind for _, alert in told]
    assert kinds == ["opened", *["escalated"] * (len(kinds) - 2), "closed"]
    assert len(kinds) - 2 <= ESCALATIONS
    assert {(alert.id, alert.instrument.base) for _, alert in told} == {(told[0][1].id, COIN)}
    assert [alert.number for _, alert in told] == list(range(len(told)))
    assert sorted(told[-1][1].exchanges) == sorted(QUOTES)


@pytest.mark.parametrize("height", [0.165, 0.3, 0.6])
def test_its_closing_says_how_far_it_went_and_what_is_left(height):
    """Measured on the leader, to the second and within the noise of its prices."""
    (opened_at, opened), *_, (_, closing) = watch(climb(height, 0.75), 14)
    facts = closing.facts
    assert closing.exchange == opened.exchange
    assert facts["peak_change"] == pytest.approx(height, rel=0.05)
    assert CLIMB_S - 10 < facts["peak_after_s"] + opened_at < CLIMB_S + 35
    assert facts["retrace"] == pytest.approx(0.25, abs=0.05)
    assert facts["duration_s"] == facts["peak_after_s"]
    assert facts["turnover"] > 0


@pytest.mark.parametrize("height", [0.165, 0.3])
def test_a_second_leg_twenty_minutes_later_is_heard(height):
    """As a story of its own, within half a minute; each leg is told as sparingly as the other."""
    told = watch(two_legs(height), 27)
    stories = {}
    for at, alert in told:
        stories.setdefault(alert.id, []).append((alert.kind, at))
    first, second = stories.values()
    for story in (first, second):
        kinds = [kind for kind, _ in story]
        assert kinds == ["opened", *["escalated"] * (len(kinds) - 2), "closed"]
        assert len(kinds) - 2 <= ESCALATIONS
    assert 0 < second[0][1] - LEG_S < 30
