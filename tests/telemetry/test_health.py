"""Ready means that every wanted venue is fresh; when one is not, it is said which, why and since when."""

import msgspec
import pytest

from scanner.model.moments import rfc3339
from scanner.telemetry.health import Health
from tests.telemetry.standins import NOW, SECOND, pulse


def made(*wanted, started=NOW):
    return Health(wanted or ("upbit",), 15.0, started)


def venue(health, now, name="upbit"):
    return health.ready(now).venues[name]


def test_before_the_first_data_nothing_is_ready():
    # Promise: traffic is not sent to a scanner that has seen nothing yet.
    found = venue(made(), NOW + 7 * SECOND)
    assert not found.fresh
    assert found.age_s is None
    assert found.why == "no data yet, 7 s after the start"
    assert found.since == rfc3339(NOW)


def test_data_makes_a_venue_ready_since_then():
    # Promise: ready with the first data, and it is said since when.
    health = made()
    health.data("upbit", NOW + 2 * SECOND)
    health.data("upbit", NOW + 4 * SECOND)
    report = health.ready(NOW + 5 * SECOND)
    assert report.ready
    assert report.venues["upbit"].since == rfc3339(NOW + 2 * SECOND)
    assert report.venues["upbit"].age_s == 1.0
    assert report.venues["upbit"].why == ""


@pytest.mark.parametrize(("age", "fresh"), [(15 * SECOND, True), (15 * SECOND + 1, False)])
def test_freshness_ends_exactly_where_it_was_told_to(age, fresh):
    # Promise: ops.fresh_within is the limit, to the nanosecond.
    health = made()
    health.data("upbit", NOW)
    assert health.ready(NOW + age).ready is fresh


def test_silence_is_told_with_its_length_and_its_beginning():
    # Promise: an operator reads how long, not only that.
    health = made()
    health.data("upbit", NOW)
    found = venue(health, NOW + 17 * SECOND)
    assert found.why == "no data for 17 s"
    assert found.since == rfc3339(NOW)


def test_a_returning_venue_is_fresh_since_its_return():
    # Promise: a flapping venue does not look old and stable.
    health = made()
    health.data("upbit", NOW)
    health.data("upbit", NOW + 60 * SECOND)
    assert venue(health, NOW + 61 * SECOND).since == rfc3339(NOW + 60 * SECOND)


def test_one_stale_venue_of_two_is_not_ready():
    # Promise: every wanted venue, not any.
    health = made("upbit", "bithumb")
    health.data("upbit", NOW)
    report = health.ready(NOW + SECOND)
    assert not report.ready
    assert [name for name, found in report.venues.items() if not found.fresh] == ["bithumb"]


def test_a_pulse_brings_data_and_its_worker_s_complaint():
    # Promise: the sentence that names address and reason reaches /readyz.
    health = made()
    health.pulse("upbit", 0, pulse(problem="Upbit is not reachable at https://x: name unknown"))
    assert venue(health, NOW).why == "Upbit is not reachable at https://x: name unknown"
    health.pulse("upbit", 0, pulse(last_data=NOW, problem="one of 5 connections waits"))
    found = venue(health, NOW)
    assert found.fresh
    assert found.problem == "one of 5 connections waits"
    health.pulse("upbit", 0, pulse(last_data=NOW))
    assert venue(health, NOW).problem == ""


def test_an_old_time_does_not_make_data_older():
    # Promise: pulses and events may tell the same data in any order.
    health = made()
    health.data("upbit", NOW + SECOND)
    health.pulse("upbit", 0, pulse(last_data=NOW))
    assert venue(health, NOW + SECOND).age_s == 0.0


def test_a_restart_within_the_limit_does_not_cost_readiness():
    # Promise: a worker that is lifted within two seconds does not flap the deployment.
    health = made()
    health.data("upbit", NOW)
    health.worker_ended("upbit", 0, "killed by SIGKILL", NOW + SECOND)
    found = venue(health, NOW + 2 * SECOND)
    assert found.fresh
    assert found.problem == "worker is being restarted (killed by SIGKILL)"
    assert venue(health, NOW + 20 * SECOND).why == "worker is being restarted (killed by SIGKILL)"
    health.worker_started("upbit", 0)
    assert venue(health, NOW + 20 * SECOND).why == "no data for 20 s"


def test_a_quarantined_worker_costs_readiness_at_once():
    # Promise: however fresh its last data looks.
    health = made()
    health.data("upbit", NOW)
    health.worker_ended("upbit", 0, "killed by SIGKILL", NOW + SECOND)
    health.worker_ended("upbit", 0, "more than 5 restarts in 60 s", NOW + 2 * SECOND, quarantined=True)
    found = venue(health, NOW + 3 * SECOND)
    assert not found.fresh
    assert found.why == "worker quarantined (more than 5 restarts in 60 s)"
    assert found.since == rfc3339(NOW + 2 * SECOND)


def test_one_quarantined_shard_is_not_hidden_by_its_sisters():
    # Promise: half blind is not ready.
    health = made()
    health.worker_ended("upbit", 1, "it fell too often", NOW, quarantined=True)
    health.data("upbit", NOW + SECOND)
    assert not health.ready(NOW + SECOND).ready


def test_what_nobody_wants_changes_nothing():
    # Promise: the simulated exchanges' own process is no venue.
    health = made()
    health.data("sim", NOW)
    health.pulse("sim", 0, pulse(problem="x"))
    health.worker_ended("sim", 0, "x", NOW)
    health.worker_started("sim", 0)
    assert list(health.ready(NOW).venues) == ["upbit"]


@pytest.mark.parametrize(("age_s", "alive"), [(9.999, True), (10.0, False)])
def test_the_main_loop_is_alive_while_it_ticks(age_s, alive):
    # Promise: a loop that has not turned for ten seconds is reported dead.
    health = made()
    health.tick(NOW + SECOND)
    life = health.live(NOW + SECOND + round(age_s * SECOND))
    assert (life.alive, life.age_s) == (alive, age_s)


def test_a_clock_that_was_set_back_is_survived():
    # Promise: no negative age, no false alarm.
    health = made()
    health.data("upbit", NOW)
    health.tick(NOW)
    assert venue(health, NOW - SECOND).age_s == 0.0
    assert health.live(NOW - SECOND).alive


def test_reports_are_json():
    # Promise: /readyz and the board read the same values.
    body = msgspec.json.decode(msgspec.json.encode(made().ready(NOW)))
    assert body["ready"] is False
    assert body["venues"]["upbit"].keys() == {"fresh", "since", "age_s", "why", "problem"}
