"""Other people's rules, at the edges of what makes them speak."""

from itertools import pairwise

import pytest

from scanner.bench.detection import peers
from scanner.bench.detection.peers import PEERS, POLLED, kamps_kleinberg, peer_told, pump_alerts
from tests.bench.detection.hand_made import HOUR, MINUTE, SECOND, START, recording

CALM = tuple((second * SECOND, 100.0) for second in range(0, 400, 7))


def spoken(rule, *trades):
    return [(at - START) / SECOND for at in rule(recording(*trades))]


@pytest.mark.parametrize(("window", "rise"), POLLED.items())
@pytest.mark.parametrize(("share", "gap_s", "speaks"), [(1.0, -1, True), (1.0, 0, False), (0.98, -1, False)])
def test_a_rise_in_two_halves_counts_within_its_window(monkeypatch, window, rise, share, gap_s, speaks):
    # Promise: the last price against the one so many polls ago, of the *new* price as they divide.
    monkeypatch.setattr(peers, "POLLED", {window: rise})
    top = 100 / (1 - rise * share) + 1e-9
    steps = [(400 * SECOND, (100 + top) / 2), ((400 + window + gap_s) * SECOND, top)]
    assert bool(spoken(pump_alerts, *CALM, *steps)) is speaks


def test_a_poll_speaks_at_the_end_of_its_second():
    assert spoken(pump_alerts, *CALM, (400_200, 120.0))[0] == 401


def test_a_peer_keeps_quiet_for_five_minutes_after_it_has_spoken():
    # Promise: it is not made to look worse than it is by repeating itself.
    high = [(400 * SECOND + step * SECOND, 120.0 + step) for step in range(400)]
    told = list(peer_told("binance-pump-alerts", recording(*CALM, *high)))
    assert all(later.ts_ms - sooner.ts_ms >= 5 * MINUTE for sooner, later in pairwise(told))
    assert told[0].event == "ABC_1"


def hours(*, high, trades):
    """Twelve hours with one trade of 1.0 each at 100, then an hour with several at one price."""
    return [(hour * HOUR, 100.0) for hour in range(12)] + [(12 * HOUR + step, high) for step in range(trades)]


@pytest.mark.parametrize(("high", "trades", "speaks"), [(110.1, 5, True), (110.0, 5, False), (110.1, 4, False)])
def test_an_hour_is_an_anomaly_in_price_and_volume_together(high, trades, speaks):
    # Promise: more than 10 % above the mean close and more than 4 times the mean volume of the 12 hours before.
    assert bool(spoken(kamps_kleinberg, *hours(high=high, trades=trades))) is speaks


def test_eleven_hours_of_history_are_too_few():
    assert spoken(kamps_kleinberg, *hours(high=200.0, trades=50)[1:]) == []


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_is_silent_on_a_calm_market(name):
    assert list(peer_told(name, recording(*((minute * MINUTE, 100.0) for minute in range(2_000))))) == []
