"""Ready means that every wanted venue is fresh; when one is not, it is said which, why and since when."""

import msgspec
import pytest
from msgspec import structs

from scanner.model.moments import rfc3339
from scanner.telemetry.health import Health
from scanner.telemetry.metrics import Metrics
from tests.telemetry.standins import NOW, SECOND, link, pulse, stale
from tests.telemetry.test_metrics import scraped

REFUSED = "wss://127.0.0.1: connection refused; next try in 3 s"


def made(*wanted, started=NOW):
    return Health(wanted or ("upbit",), 15.0, started)


def sharded(shards):
    return Health({"upbit": shards}, 15.0, NOW)


def lost(name, state="waiting", since=NOW, reason=REFUSED):
    return structs.replace(link(state, name=name), since=since, reason=reason)


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
    health = sharded(2)
    for shard in (0, 1):
        health.data("upbit", NOW, shard)
    health.worker_ended("upbit", 1, "it fell too often", NOW, quarantined=True)
    health.data("upbit", NOW + SECOND)
    found = venue(health, NOW + SECOND)
    assert not found.fresh
    assert found.why == "shard 1: worker quarantined (it fell too often)"
    assert found.since == rfc3339(NOW)


def test_a_shard_that_never_gave_a_sign_is_noticed():
    # Promise: all that are expected, not all that were heard of.
    health = sharded(2)
    health.pulse("upbit", 0, pulse(last_data=NOW + 6 * SECOND))
    found = venue(health, NOW + 7 * SECOND)
    assert not found.fresh
    assert found.age_s is None
    assert found.why == "shard 1: no data yet, 7 s after the start"
    assert found.since == rfc3339(NOW)


def test_a_venue_is_as_fresh_as_its_quietest_shard():
    # Promise: the busy ones do not speak for it.
    health = sharded(3)
    for shard, last_data in enumerate((NOW + 20 * SECOND, NOW, NOW + 18 * SECOND)):
        health.pulse("upbit", shard, pulse(last_data=last_data))
    found = venue(health, NOW + 20 * SECOND)
    assert (found.fresh, found.age_s, found.why) == (False, 20.0, "shard 1: no data for 20 s")
    health.pulse("upbit", 1, pulse(last_data=NOW + 21 * SECOND))
    found = venue(health, NOW + 21 * SECOND)
    assert (found.fresh, found.age_s, found.why) == (True, 3.0, "")
    assert found.since == rfc3339(NOW + 21 * SECOND)


@pytest.mark.parametrize("state", ["waiting", "blocked", "connecting"])
@pytest.mark.parametrize(("age", "fresh"), [(15 * SECOND, True), (15 * SECOND + 1, False)])
def test_a_connection_that_is_down_for_long_is_not_hidden_by_its_sisters(state, age, fresh):
    # Promise: one live link and four refused ones are a fifth of a venue, not a fresh one.
    health = made()
    links = [link(name="upbit-0"), *(lost(f"upbit-{n}", state) for n in range(1, 5))]
    health.pulse("upbit", 0, pulse(last_data=NOW + age, links=links))
    found = venue(health, NOW + age)
    assert found.fresh is fresh
    assert found.why == ("" if fresh else f"4 of 5 connections: {REFUSED}")
    assert found.since == rfc3339(NOW + age if fresh else NOW)


def test_a_connection_that_tries_again_and_again_is_down_all_the_while():
    # Promise: each try is a new state, but no new beginning; and while it tries, what failed it before is told.
    health = made()
    for s, state in enumerate(("waiting", "connecting") * 8):
        reason = REFUSED if state == "waiting" else ""
        links = [link(name="upbit-0"), lost("upbit-1", state, NOW + s * SECOND, reason)]
        health.pulse("upbit", 0, pulse(last_data=NOW + s * SECOND, links=links))
        assert health.ready(NOW + s * SECOND).ready
    found = venue(health, NOW + 16 * SECOND)
    assert (found.fresh, found.why) == (False, f"1 of 2 connections: {REFUSED}")
    assert found.since == rfc3339(NOW)


def test_a_connection_that_has_only_tried_is_told_by_its_address():
    # Promise: without a reason there are still words.
    health = made()
    health.pulse("upbit", 0, pulse(last_data=NOW + 16 * SECOND, links=[lost("upbit-0", "connecting", reason="")]))
    assert venue(health, NOW + 16 * SECOND).why == "1 of 1 connections: wss://127.0.0.1: connecting"


def test_a_connection_that_comes_back_makes_its_venue_fresh_since_then():
    # Promise: and the next time it is lost is counted from its own beginning.
    health = made()
    health.pulse("upbit", 0, pulse(last_data=NOW, links=[link(), lost("upbit-1")]))
    back = structs.replace(link(name="upbit-1"), since=NOW + 30 * SECOND)
    for s in range(0, 40, 10):
        links = [link(), back if s == 30 else lost("upbit-1")]
        health.pulse("upbit", 0, pulse(last_data=NOW + s * SECOND, links=links))
    found = venue(health, NOW + 31 * SECOND)
    assert (found.fresh, found.since) == (True, rfc3339(NOW + 30 * SECOND))
    links = [link(), lost("upbit-1", since=NOW + 32 * SECOND)]
    health.pulse("upbit", 0, pulse(last_data=NOW + 40 * SECOND, links=links))
    assert health.ready(NOW + 40 * SECOND).ready


def test_connections_of_a_worker_that_is_gone_are_gone_with_it():
    # Promise: what the next one cannot reach is counted from its own beginning.
    health = made()
    health.pulse("upbit", 0, pulse(last_data=NOW + 20 * SECOND, links=[link(), lost("upbit-1")]))
    health.worker_ended("upbit", 0, "killed by SIGKILL", NOW + 20 * SECOND)
    health.worker_started("upbit", 0)
    found = venue(health, NOW + 21 * SECOND)
    assert (found.fresh, found.problem) == (True, "")


def test_a_worker_with_nothing_to_watch_is_not_waited_for():
    # Promise: a symbol that only the other venue lists leaves the scanner ready.
    health = made("upbit", "bithumb")
    health.data("upbit", NOW)
    health.unwanted("bithumb", 0)
    report = health.ready(NOW + 5 * SECOND)
    assert report.ready
    found = report.venues["bithumb"]
    assert (found.fresh, found.age_s, found.why) == (False, None, "it lists nothing of what was asked for")
    assert found.since == rfc3339(NOW)


def test_a_shard_with_nothing_to_watch_leaves_its_sisters_to_be_judged():
    # Promise: one instrument on two shards is one worker's business.
    health = sharded(2)
    health.unwanted("upbit", 1)
    health.pulse("upbit", 1, pulse(problem="nothing of what was asked for"))
    assert not health.ready(NOW).ready
    health.data("upbit", NOW)
    found = venue(health, NOW)
    assert (found.fresh, found.problem) == (True, "")


def test_a_scanner_that_watches_nothing_at_all_is_not_ready():
    # Promise: nothing wanted is not all well.
    health = made("upbit", "bithumb")
    for exchange in ("upbit", "bithumb"):
        health.unwanted(exchange, 0)
    assert not health.ready(NOW).ready


def test_a_worker_that_connects_after_all_is_judged_again():
    # Promise: a restarted worker may find listed what was not.
    health = made()
    health.unwanted("upbit", 0)
    health.pulse("upbit", 0, pulse(links=[lost("upbit-0", "connecting", reason="")]))
    assert venue(health, NOW + 2 * SECOND).why == "no data yet, 2 s after the start"


@pytest.mark.parametrize(("count", "fresh"), [(24, True), (25, False)])
def test_more_than_a_tenth_of_the_instruments_stale_is_not_ready(count, fresh):
    # Promise: coins that flow do not speak for the dead ones; but a single dead one does not sink its venue.
    health = made()
    health.pulse("upbit", 0, stale(count, watched=240, last_data=NOW, at=NOW))
    found = venue(health, NOW)
    assert found.fresh is fresh
    assert (found.stale.streams, found.stale.first) == (count, ("trade BTC/KRW",))
    assert found.why == ("" if fresh else "25 of 240 instruments are stale: trade BTC/KRW, …")


def test_too_many_stale_instruments_are_told_from_their_first_to_their_last_moment():
    # Promise: since when, however the number changes meanwhile; and fresh since it became few enough.
    health = made()
    for s, count in ((1, 3), (2, 4), (3, 3)):
        health.pulse("upbit", 0, stale(count, watched=10, last_data=NOW + s * SECOND, at=NOW + s * SECOND))
    assert venue(health, NOW + 4 * SECOND).since == rfc3339(NOW + SECOND)
    health.pulse("upbit", 0, stale(1, watched=10, last_data=NOW + 5 * SECOND, at=NOW + 5 * SECOND))
    found = venue(health, NOW + 5 * SECOND)
    assert (found.fresh, found.since, found.why) == (True, rfc3339(NOW + 5 * SECOND), "")


def test_stale_streams_of_all_shards_are_told_together_and_judged_apart():
    # Promise: a shard of which half is stale is not hidden by a large one that is well.
    health = sharded(2)
    health.pulse("upbit", 0, pulse(instruments_watched=500, last_data=NOW))
    health.pulse("upbit", 1, stale(2, watched=4, first=("trade A/KRW", "ticker B/KRW"), last_data=NOW))
    found = venue(health, NOW)
    assert (found.fresh, found.why) == (False, "shard 1: 2 of 4 instruments are stale: trade A/KRW, ticker B/KRW")
    assert (found.stale.streams, found.stale.first) == (2, ("trade A/KRW", "ticker B/KRW"))


def test_stale_streams_of_a_worker_that_is_gone_are_gone_with_it():
    # Promise: the next one finds its own.
    health = made()
    health.pulse("upbit", 0, stale(9, watched=10, last_data=NOW))
    health.worker_ended("upbit", 0, "killed by SIGKILL", NOW)
    health.worker_started("upbit", 0)
    found = venue(health, NOW)
    assert (found.fresh, found.stale.streams) == (True, 0)


def test_what_nobody_wants_changes_nothing():
    # Promise: the simulated exchanges' own process is no venue.
    health = made()
    health.data("sim", NOW)
    health.pulse("sim", 0, pulse(problem="x"))
    health.worker_ended("sim", 0, "x", NOW)
    health.worker_started("sim", 0)
    health.unwanted("sim", 0)
    health.pulse("upbit", 1, pulse(last_data=NOW))
    assert not health.ready(NOW).ready
    assert list(health.ready(NOW).venues) == ["upbit"]


def test_the_main_loop_tells_how_long_ago_it_ticked():
    # Promise: who gets this answer at all got it from a loop that turns.
    health = made()
    health.tick(NOW + SECOND)
    life = health.live(NOW + 3 * SECOND)
    assert (life.alive, life.age_s) == (True, 2.0)


def test_a_clock_that_was_set_back_is_survived():
    # Promise: no negative age, no false alarm.
    health = made()
    health.data("upbit", NOW)
    health.tick(NOW)
    assert venue(health, NOW - SECOND).age_s == 0.0
    assert health.live(NOW - SECOND).age_s == 0.0


def test_reports_are_json():
    # Promise: /readyz and the board read the same values.
    body = msgspec.json.decode(msgspec.json.encode(made().ready(NOW)))
    assert body["ready"] is False
    assert body["venues"]["upbit"].keys() == {"fresh", "since", "age_s", "why", "problem", "stale"}


def test_the_start_is_over_when_every_venue_has_had_data_once():
    # Promise: a slow start is no failure, and what comes after it is no start; `/startupz` names what is waited for.
    health = Health(["upbit", "bithumb"], 15.0, NOW)
    health.data("upbit", NOW)
    told = health.startup(NOW + 2 * SECOND)
    assert (told.started, told.waiting) == (False, {"bithumb": "no data yet, 2 s after the start"})
    health.data("bithumb", NOW)
    assert health.startup(NOW).started
    health.worker_ended("bithumb", 0, "killed by SIGKILL", NOW)
    assert health.startup(NOW + 1000 * SECOND).started


def test_a_venue_that_failed_for_good_does_not_hold_up_the_start():
    # Promise: the other venues are watched, and readiness says what is missing.
    health = Health(["upbit", "bithumb"], 15.0, NOW)
    health.data("upbit", NOW)
    health.worker_ended("bithumb", 0, "exit code 1", NOW, quarantined=True)
    assert health.startup(NOW).started
    assert not health.ready(NOW).ready


def test_a_venue_where_nothing_is_watched_does_not_hold_up_the_start():
    # Promise: its silence means nothing.
    health = Health(["upbit", "bithumb"], 15.0, NOW)
    health.data("upbit", NOW)
    health.unwanted("bithumb", 0)
    assert health.startup(NOW).started


def test_freshness_and_quarantine_can_be_scraped():
    # Promise: what `/readyz` said last is a metric, so a rule can ask for it; a venue that watches nothing has none.
    health, metrics = Health({"upbit": 1, "bithumb": 2, "okx": 1}, 15.0, NOW), Metrics(version="1")
    metrics.watch_health(health)
    health.data("upbit", NOW)
    health.unwanted("okx", 0)
    health.worker_ended("bithumb", 1, "exit code 1", NOW, quarantined=True)
    health.ready(NOW)
    found = scraped(metrics)
    fresh = {dict(labels)["exchange"]: value for (name, *labels), value in found.items() if name.endswith("_fresh")}
    assert fresh == {"upbit": 1, "bithumb": 0}
    assert found["scanner_workers_quarantined", ("exchange", "bithumb")] == 1
    assert found["scanner_workers_quarantined", ("exchange", "upbit")] == 0


def test_a_scanner_that_cannot_write_its_state_is_not_ready():
    """Alerts would not survive a restart: the body says so, why and since when, and that it is over."""
    health = made()
    health.data("upbit", NOW)
    assert health.ready(NOW).ready
    health.state(NOW + SECOND, "no space is left")
    report = health.ready(NOW + SECOND)
    assert (report.ready, report.venues["upbit"].fresh) == (False, True)
    assert (report.state.writable, report.state.why) == (False, "no space is left")
    assert report.state.since == rfc3339(NOW + SECOND)
    health.state(NOW + 2 * SECOND, "")
    assert health.ready(NOW + 2 * SECOND).ready
