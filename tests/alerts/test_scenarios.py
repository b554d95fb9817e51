"""What the simulated exchanges script is what the engine tells: that and nothing else, in minutes of virtual time."""

from functools import cache

import pytest

from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.detectors.registry import DETECTORS, assemble, default_rules
from scanner.model.market import Ticker, Trade
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.scenario import STARTS_AFTER_S, symbol

SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND
MINUTES = 5
APART_S = 0.7
"""The second venue's script begins so much later: so much later was it subscribed to."""
BOTH = ("upbit", "bithumb")


def by_moment(event):
    return event.seen


def by_moment_and_name(event):
    return event.seen, event.exchange, event.instrument


@cache
def watch(scenario, seed, venues=BOTH, order=by_moment):
    """Every KRW alert of these venues together, until five minutes after their script's start."""
    engine = Engine(assemble(default_rules(DETECTORS), DETECTORS), Episodes())
    events = [event for place, venue in enumerate(venues) for event in happenings(venue, scenario, seed, place)]
    alerts, now = [], START
    for event in sorted(events, key=order):
        while event.seen >= now:
            alerts += engine.tick(now)
            now += SECOND
        alerts += engine.consume((event,))
    return alerts + engine.end()


def happenings(exchange, scenario, seed, place):
    market = SimulatedMarket(exchange, seed, scenario, START)
    krw = {listing.instrument for listing in market.listings if listing.instrument.quote == "KRW"}
    begins = STARTS_AFTER_S + place * APART_S
    market.start_script(START + round(begins * SECOND))
    openings = [opening(market, instrument) for instrument in sorted(krw)]
    fills = market.advance(START + round((begins + MINUTES * 60) * SECOND))
    return openings + [printed(exchange, fill) for fill in fills if type(fill) is Fill and fill.instrument in krw]


def opening(market, instrument):
    """The ticker that a worker asks for over REST before it listens."""
    said = market.ticker(instrument)
    return Ticker(market.exchange, instrument, START, START, said.last.price, said.volume_24h, said.turnover_24h)


def printed(exchange, fill):
    at = fill.at_ms * 1_000_000
    return Trade(exchange, fill.instrument, at, at, str(fill.number), fill.price, fill.size, fill.side)


@pytest.mark.parametrize("seed", [1, 2])
def test_five_quiet_minutes_raise_no_alert(seed):
    assert watch("quiet", seed) == []


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("scenario", "stage"), [("pump", "pump"), ("dump", "dump")])
def test_a_scripted_move_is_one_story_of_both_venues(scenario, stage, seed):
    """About the scripted coin, within three seconds of its start; the venue that began later is there, and is told so.

    What follows is the same story, which rises at most twice.
    """
    opened, *later = watch(scenario, seed)
    assert (opened.kind, opened.stage, str(opened.instrument)) == ("opened", stage, symbol(scenario, seed))
    assert opened.exchanges == BOTH
    assert 0 < opened.facts["lead_s"] < 1.5
    assert 0 < (opened.at - START) / SECOND - STARTS_AFTER_S < 3
    assert {(alert.kind, alert.id) for alert in later} <= {("escalated", opened.id)}
    assert len(later) <= 2


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("exchange", BOTH)
def test_where_one_venue_is_watched_it_tells_the_same_alone(exchange, seed):
    """And at once: nobody else is waited for."""
    opened, *_ = watch("pump", seed, (exchange,))
    assert (opened.exchanges, opened.stage) == ((exchange,), "pump")
    assert "leader" not in opened.facts


@pytest.mark.parametrize(("seed", "venues"), [(1, BOTH), (2, BOTH), (3, BOTH), (1, BOTH[:1]), (2, BOTH[1:])])
def test_a_crash_is_one_alert(venues, seed):
    """Of the whole market on all venues: not one for each coin, whichever of them fired first, and nothing after it."""
    (alert,) = watch("crash", seed, venues)
    assert (alert.kind, alert.rule, alert.stage, str(alert.instrument)) == ("opened", "market_move", "market", "*/KRW")
    assert sorted(alert.exchanges) == sorted(venues)
    assert alert.change < -0.04
    assert 0 < (alert.at - START) / SECOND - STARTS_AFTER_S < 4


@pytest.mark.parametrize("scenario", ["pump", "crash"])
def test_the_order_of_simultaneous_trades_changes_nothing(scenario):
    """Trades of one millisecond, dealt out by chance or by name: the same alerts, to the last digit."""
    assert watch(scenario, 1, order=by_moment_and_name) == watch(scenario, 1)


def test_the_same_seed_gives_the_same_alerts():
    """To the last digit and the last id; another seed gives others."""
    assert watch("pump", 1) == watch.__wrapped__("pump", 1)
    assert watch("pump", 1) != watch("pump", 2)
