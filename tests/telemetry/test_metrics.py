"""What Prometheus reads is what pulses and tallies say, under the names and labels that operators were promised."""

import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from scanner.model.instrument import Instrument
from scanner.model.market import Trade
from scanner.model.pulse import Backlog
from scanner.telemetry.metrics import Metrics
from scanner.telemetry.workers import PULSE_COUNTERS
from tests.telemetry.standins import NOW, SECOND, link, pulse, stale

ROOT = Path(__file__).resolve().parents[2]


def made():
    return Metrics(version="1.2.3", clock=lambda: NOW)


def scraped(metrics):
    """Sample name and labels → value, read by Prometheus' own parser."""
    body, content_type = metrics.render()
    assert content_type.startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def upbit(name, **labels):
    return (name, *sorted({"exchange": "upbit", **labels}.items()))


def test_a_pulse_becomes_metrics():
    # Promise: the names, labels and units of the README, by Prometheus' conventions.
    metrics = made()
    metrics.worker_started("upbit", 0)
    counters = {
        "messages": {"": 100},
        "bytes": {"": 5000},
        "parse_errors": {"": 2},
        "reconnects": {"closed": 1, "silent": 3},
        "dropped": {"publisher": 4},
    }
    metrics.pulse(
        "upbit",
        0,
        pulse(
            counters,
            at=NOW - 2 * SECOND,
            links=[link(), link("waiting", name="upbit-1")],
            last_data=NOW - 3 * SECOND,
            cpu_s=1.5,
            rss_bytes=4096,
        ),
    )
    found = scraped(metrics)
    expected = {
        upbit("scanner_messages_total"): 100,
        upbit("scanner_bytes_total"): 5000,
        upbit("scanner_parse_errors_total"): 2,
        upbit("scanner_reconnects_total", reason="closed"): 1,
        upbit("scanner_reconnects_total", reason="silent"): 3,
        upbit("scanner_dropped_total", mailbox="publisher"): 4,
        upbit("scanner_connections", state="live"): 1,
        upbit("scanner_connections", state="waiting"): 1,
        upbit("scanner_connections", state="blocked"): 0,
        upbit("scanner_subscriptions"): 50,
        upbit("scanner_pulse_age_seconds"): 2,
        upbit("scanner_last_data_age_seconds"): 3,
        upbit("scanner_worker_restarts_total"): 0,
        upbit("scanner_worker_up"): 1,
        upbit("scanner_worker_cpu_seconds_total"): 1.5,
        upbit("scanner_worker_resident_memory_bytes"): 4096,
    }
    assert {key: found[key] for key in expected} == expected
    (build,) = [key for key in found if key[0] == "scanner_build_info"]
    assert ("version", "1.2.3") in build
    assert ("process_resident_memory_bytes",) in found


def test_whatever_a_worker_counts_is_exported():
    # Promise: no counter is kept that nobody can see; the worker's own source names them.
    counted = set()
    for path in (ROOT / "scanner" / "worker").glob("*.py"):
        counted |= set(re.findall(r"\.count\(\s*\"(\w+)\"", path.read_text()))
    assert "messages" in counted
    assert counted <= {counter for counter, *_ in PULSE_COUNTERS}


def test_counters_without_labels_start_at_nothing():
    # Promise: rate() has a first point before the first message.
    metrics = made()
    metrics.worker_started("upbit", 0)
    assert scraped(metrics)[upbit("scanner_messages_total")] == 0


def test_what_rules_wait_for_starts_at_nothing_too():
    # Promise: the very first drop, refusal and hand-over shows in increase(), which a series born at one has none of.
    metrics = made()
    metrics.worker_started("upbit", 0)
    found = scraped(metrics)
    assert found[upbit("scanner_dropped_total", mailbox="publisher")] == 0
    assert found[upbit("scanner_reconnects_total", reason="refused")] == 0
    assert found[upbit("scanner_handovers_total", reason="retired")] == 0
    metrics.pulse("upbit", 0, pulse({"reconnects": {"refused": 2, "sequence": 1}}))
    found = scraped(metrics)
    assert found[upbit("scanner_reconnects_total", reason="refused")] == 2
    assert found[upbit("scanner_reconnects_total", reason="sequence")] == 1


def test_an_age_is_not_told_before_there_is_one():
    # Promise: no made-up number before the first pulse and the first data.
    metrics = made()
    metrics.worker_started("upbit", 0)
    found = scraped(metrics)
    assert upbit("scanner_pulse_age_seconds") not in found
    assert upbit("scanner_last_data_age_seconds") not in found


def test_shards_are_summed_and_the_worst_age_counts():
    # Promise: one venue, one line; a silent shard is not hidden by a lively one.
    metrics = made()
    for shard in (0, 1):
        metrics.worker_started("upbit", shard)
        metrics.pulse(
            "upbit",
            shard,
            pulse(
                {"messages": {"": 10}}, at=NOW - shard * 5 * SECOND, last_data=NOW - shard * 9 * SECOND, rss_bytes=100
            ),
        )
    metrics.worker_ended("upbit", 1)
    found = scraped(metrics)
    assert found[upbit("scanner_messages_total")] == 20
    assert found[upbit("scanner_pulse_age_seconds")] == 5
    assert found[upbit("scanner_last_data_age_seconds")] == 9
    assert found[upbit("scanner_worker_up")] == 0
    assert found[upbit("scanner_worker_resident_memory_bytes")] == 100


def test_what_workers_watch_hear_and_miss_is_told_of_those_that_run():
    # Promise: one gauge each for a venue, summed over its shards; a worker that is gone watches nothing.
    metrics = made()
    for shard in (0, 1):
        metrics.worker_started("upbit", shard)
        metrics.pulse("upbit", shard, pulse(streams_stale=1, instruments_watched=120, instruments_live=90 + shard))
    found = scraped(metrics)
    assert found[upbit("scanner_stale_streams")] == 2
    assert found[upbit("scanner_instruments_watched")] == 240
    assert found[upbit("scanner_instruments_live")] == 181
    metrics.worker_ended("upbit", 1)
    assert scraped(metrics)[upbit("scanner_instruments_live")] == 90


def test_how_warm_a_venue_is_can_be_asked_for():
    # Promise: how many instruments are to be warm, are, and are still waited for, over all shards; and how each fared.
    metrics = made()
    for shard in (0, 1):
        metrics.worker_started("upbit", shard)
        told = pulse(
            {"warmups": {"warmed": 90, "retried": shard}},
            instruments_to_warm=120,
            instruments_warming=25,
            instruments_warmed=90,
        )
        metrics.pulse("upbit", shard, told)
    found = scraped(metrics)
    assert found[upbit("scanner_instruments_to_warm")] == 240
    assert found[upbit("scanner_instruments_warming")] == 50
    assert found[upbit("scanner_instruments_warmed")] == 180
    assert found[upbit("scanner_warmups_total", outcome="warmed")] == 180
    assert found[upbit("scanner_warmups_total", outcome="retried")] == 1


def test_a_mailbox_says_how_full_it_is():
    # Promise: depth and room by mailbox, over all shards that run.
    metrics = made()
    for shard in (0, 1):
        metrics.worker_started("upbit", shard)
        metrics.pulse("upbit", shard, pulse(mailboxes={"publisher": Backlog(7 + shard, 1024)}, streams_wanted=50))
    found = scraped(metrics)
    assert found[upbit("scanner_mailbox_items", mailbox="publisher")] == 15
    assert found[upbit("scanner_mailbox_capacity", mailbox="publisher")] == 2048
    assert found[upbit("scanner_subscriptions_wanted")] == 100


def test_repairs_of_the_stream_are_counted_under_their_own_names():
    # Promise: what was told once instead of twice, fetched afterwards, or found stale can be asked for.
    metrics = made()
    metrics.worker_started("upbit", 0)
    metrics.pulse("upbit", 0, pulse({"duplicates": {"": 7}, "backfilled": {"": 5}, "stale": {"trade": 2, "ticker": 1}}))
    found = scraped(metrics)
    assert found[upbit("scanner_duplicates_total")] == 7
    assert found[upbit("scanner_backfilled_total")] == 5
    assert found[upbit("scanner_stale_total", channel="trade")] == 2
    assert found[upbit("scanner_stale_total", channel="ticker")] == 1


def test_a_watched_tally_is_read_when_somebody_asks():
    # Promise: the engine pays a dict update for its metrics and nothing more.
    metrics, events, alerts = made(), {("upbit", "trade"): 1}, {"pump": 2}
    metrics.watch("scanner_events_total", "Events.", ("exchange", "channel"), lambda: events)
    metrics.watch("scanner_alerts_total", "Alerts.", ("rule",), lambda: alerts)
    metrics.watch("scanner_open", "Open now.", ("rule",), lambda: alerts, kind="gauge")
    events["upbit", "trade"] = 304
    found = scraped(metrics)
    assert found[upbit("scanner_events_total", channel="trade")] == 304
    assert found["scanner_alerts_total", ("rule", "pump")] == 2
    assert found["scanner_open", ("rule", "pump")] == 2


def test_a_name_that_is_taken_is_refused():
    # Promise: two tallies never mix under one name.
    metrics = made()
    metrics.watch("scanner_events_total", "Events.", (), dict)
    with pytest.raises(ValueError, match="scanner_events"):
        metrics.watch("scanner_events_total", "Others.", (), dict)


def test_open_metrics_is_spoken_to_who_asks_for_it():
    # Promise: the content type is of the format that is sent.
    body, content_type = made().render("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


def test_no_metric_has_a_symbol():
    # Promise: the number of series does not grow with the number of coins.
    metrics = made()
    metrics.worker_started("upbit", 0)
    counters = {"messages": {"": 1}, "rejected": {"WRONG_FORMAT": 1}, "stale": {"trade": 1}}
    metrics.pulse("upbit", 0, stale(1, watched=1, counters=counters, links=[link()]))
    labels = {label for _, *labels in scraped(metrics) for label, _ in labels}
    assert labels <= {"exchange", "reason", "state", "mailbox", "outcome", "channel", "version", "python"}


@given(st.lists(st.sampled_from(["start", "end", "pulse"]), max_size=30))
def test_no_exported_counter_falls_across_restarts(steps):
    # Promise: what Prometheus scrapes agrees with what lives promise.
    metrics, count, before = made(), 0, {}
    metrics.worker_started("upbit", 0)
    for step in steps:
        if step == "start":
            count = 0
            metrics.worker_started("upbit", 0)
        elif step == "end":
            metrics.worker_ended("upbit", 0)
        else:
            count += 1
            metrics.pulse(
                "upbit", 0, pulse({"messages": {"": count}, "reconnects": {"closed": count}}, cpu_s=count / 8)
            )
        after = {
            key: value
            for key, value in scraped(metrics).items()
            if key[0].endswith("_total") and key[0].startswith("scanner_")
        }
        assert all(after.get(key, -1.0) >= value for key, value in before.items())
        before = after


def test_rendering_survives_a_writer_beside_it():
    # Promise: a scrape runs in a thread while the loop counts on, and neither trips over the other.
    metrics, events, written = made(), {}, threading.Event()
    metrics.watch("scanner_events_total", "Events.", ("exchange", "channel"), lambda: events)

    def write():
        for number in range(20_000):
            events[f"venue {number % 500}", str(number)] = number
        written.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not written.is_set():
        metrics.render()
    writer.join()
    assert metrics.render()[0].count(b"scanner_events_total{") == 20_000


def test_a_full_house_is_a_small_scrape():
    # Promise: six venues with 1,500 instruments are under 3,000 series, however long they have run: symbols are none.
    metrics = made()
    venues = ("upbit", "bithumb", "binance", "okx", "mexc", "weex")
    words = [f"reason_{number}" for number in range(12)]
    counters = {counter: dict.fromkeys(words if label else [""], 7) for counter, _, label, _ in PULSE_COUNTERS}
    for exchange in venues:
        metrics.worker_started(exchange, 0)
        told = pulse(counters, links=[link()], instruments_watched=250, mailboxes={"publisher": Backlog(1, 1024)})
        metrics.pulse(exchange, 0, told)
        metrics.took([Trade(exchange, Instrument("BTC", "KRW"), NOW, NOW, "1", 1.0, 1.0, "buy")])
    assert len(scraped(metrics)) < 2_000
