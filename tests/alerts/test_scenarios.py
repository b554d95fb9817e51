"""What the simulated exchanges script is what the engine tells: that and nothing else, in minutes of virtual time."""

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
VENUES = ("upbit", "bithumb")


def watch(exchange, scenario, seed):
    """Every KRW alert of one venue, from its start until five minutes after the script's."""
    market = SimulatedMarket(exchange, seed, scenario, START)
    engine = Engine(assemble(default_rules(DETECTORS), DETECTORS), Episodes())
    krw = [listing.instrument for listing in market.listings if listing.instrument.quote == "KRW"]
    engine.consume([opening(market, instrument) for instrument in krw])
    market.start_script(START + round(STARTS_AFTER_S * SECOND))
    end = START + round((STARTS_AFTER_S + MINUTES * 60) * SECOND)
    return krw, engine.consume(
        [printed(exchange, fill) for fill in market.advance(end) if type(fill) is Fill and fill.instrument in set(krw)]
    )


def opening(market, instrument):
    """The ticker that a worker asks for over REST before it listens."""
    said = market.ticker(instrument)
    return Ticker(market.exchange, instrument, START, START, said.last.price, said.volume_24h, said.turnover_24h)


def printed(exchange, fill):
    at = fill.at_ms * 1_000_000
    return Trade(exchange, fill.instrument, at, at, str(fill.number), fill.price, fill.size, fill.side)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("exchange", VENUES)
def test_five_quiet_minutes_raise_no_alert(exchange, seed):
    _, alerts = watch(exchange, "quiet", seed)
    assert alerts == []


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("exchange", VENUES)
@pytest.mark.parametrize(("scenario", "rule"), [("pump", "pump"), ("dump", "dump"), ("volume", "volume_spike")])
def test_a_scripted_event_is_one_alert_of_its_own_rule(scenario, rule, exchange, seed):
    """About the scripted coin; a price move within three seconds of its start."""
    _, alerts = watch(exchange, scenario, seed)
    assert [(alert.rule, str(alert.instrument)) for alert in alerts] == [(rule, symbol(scenario, seed))]
    delay_s = (alerts[0].at - START) / SECOND - STARTS_AFTER_S
    assert 0 < delay_s < (3 if rule != "volume_spike" else 60)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("exchange", VENUES)
def test_a_crash_is_one_dump_of_every_market(exchange, seed):
    krw, alerts = watch(exchange, "crash", seed)
    assert {alert.rule for alert in alerts} == {"dump"}
    assert sorted(alert.instrument for alert in alerts) == sorted(krw)


def test_the_same_seed_gives_the_same_alerts():
    """To the last digit and the last id; another seed gives others."""
    assert watch("upbit", "pump", 1) == watch("upbit", "pump", 1)
    assert watch("upbit", "pump", 1)[1] != watch("upbit", "pump", 2)[1]
