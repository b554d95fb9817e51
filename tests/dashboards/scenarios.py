"""What each alert is for, as series that Prometheus could have scraped: well for ten minutes, ill for ten, well again.

All is well but what a scenario names, so that an alert that fires beside the one it is about is a fault of the rules.
"""

from typing import NamedTuple

STEP_S = 60
WELL_AT, FIRST_ILL_AT, ILL_AT, OVER_AT = "9m", "10m", "19m", "39m"
"""The last healthy moment, the first of the fault, its last, and long after it."""


class Scenario(NamedTuple):
    story: str
    alert: str
    series: dict[str, str]


def gauge(well, ill):
    """So much, then so much, then as before; `_` is no sample at all."""
    return f"{well}x9 {ill}x{10 if ill == '_' else 9} {well}x19"


def counter(well=0.0, ill=0.0):
    """It grows by so much a step."""
    worse, better = 9 * well + ill, 10 * well + 10 * ill
    return f"0+{well}x9 {worse}+{ill}x9 {better}+{well}x19"


def steady(value):
    return gauge(value, value)


def labelled(metric, **labels):
    """One series of the scanner that all scenarios are about, as Prometheus stores it."""
    pairs = {"job": "scanner", "instance": "one:9108", **labels}
    return f"{metric}{{{','.join(f'{name}={value!r}' for name, value in pairs.items())}}}".replace("'", '"')


def okx(metric, **labels):
    return labelled(f"scanner_{metric}", exchange="okx", **labels)


def phone(metric, **labels):
    return labelled(f"scanner_{metric}", receiver="phone", **labels)


def histogram(of, metric, well, ill):
    """Ten values a step, all just below the bound `well`, then `ill`."""
    bounds = {"0.1": 0.1, "1.0": 1.0, "10.0": 10.0, "100.0": 100.0, "+Inf": float("inf")}
    return {
        of(f"{metric}_bucket", le=name): counter(10.0 * (bound >= well), 10.0 * (bound >= ill))
        for name, bound in bounds.items()
    }


HEALTHY = {
    labelled("up"): steady(1),
    labelled("scanner_build_info"): steady(1),
    labelled("process_start_time_seconds"): steady(1),
    labelled("process_cpu_seconds_total"): counter(6.0, 6.0),
    labelled("process_resident_memory_bytes"): steady(110e6),
    labelled("process_open_fds"): steady(50),
    labelled("process_max_fds"): steady(1024),
    okx("venue_fresh"): steady(1),
    okx("last_data_age_seconds"): steady(1),
    okx("pulse_age_seconds"): steady(1),
    okx("clock_offset_seconds"): steady(0.05),
    okx("workers_quarantined"): steady(0),
    okx("worker_up"): steady(1),
    okx("worker_restarts_total"): counter(),
    okx("worker_cpu_seconds_total"): counter(6.0, 6.0),
    okx("worker_resident_memory_bytes"): steady(70e6),
    okx("connections", state="live"): steady(2),
    okx("connections", state="waiting"): steady(0),
    okx("connections", state="blocked"): steady(0),
    okx("reconnects_total", reason="closed"): counter(),
    okx("reconnects_total", reason="refused"): counter(),
    okx("handovers_total", reason="retired"): counter(),
    okx("parse_errors_total"): counter(),
    okx("duplicates_total"): counter(),
    okx("events_total", channel="trade"): counter(100.0, 100.0),
    okx("gaps_total", channel="orderbook", reason="sequence"): counter(),
    okx("requests_total", outcome="ok"): counter(1.0, 1.0),
    okx("requests_total", outcome="failed"): counter(),
    okx("instruments_watched"): steady(300),
    okx("instruments_live"): steady(300),
    okx("instruments_stale"): steady(0),
    okx("dropped_total", mailbox="publisher"): counter(),
    okx("mailbox_items", mailbox="publisher"): steady(3),
    okx("mailbox_capacity", mailbox="publisher"): steady(1024),
    **histogram(okx, "event_delay_seconds", 0.1, 0.1),
    **histogram(okx, "pipeline_latency_seconds", 0.1, 0.1),
    okx("alerts_total", rule="pump"): counter(0.1, 0.1),
    labelled("scanner_outbox_writable"): steady(1),
    phone("undurable_total"): counter(),
    labelled("scanner_deadman_pings_total", outcome="sent"): counter(1.0, 1.0),
    labelled("scanner_deadman_pings_total", outcome="failed"): counter(),
    phone("receiver_up"): steady(1),
    phone("outbox_oldest_seconds"): steady(0),
    phone("dead_letters"): steady(0),
    phone("degraded_total", reason="chart"): counter(),
    **histogram(phone, "delivery_seconds", 1.0, 1.0),
}

BLIND = {okx("venue_fresh"): gauge(1, 0)}

SCENARIOS = (
    Scenario("connected and silent", "VenueSilent", {**BLIND, okx("last_data_age_seconds"): gauge(1, 60)}),
    Scenario(
        "new connections are refused", "VenueRefusing", {okx("reconnects_total", reason="refused"): counter(ill=1.0)}
    ),
    Scenario(
        "banned, and waiting for the end of it",
        "VenueRefusing",
        {
            **BLIND,
            okx("connections", state="live"): gauge(2, 0),
            okx("connections", state="blocked"): gauge(0, 2),
            okx("last_data_age_seconds"): gauge(1, 300),
        },
    ),
    Scenario(
        "nobody answers",
        "VenueUnreachable",
        {
            **BLIND,
            okx("connections", state="live"): gauge(2, 0),
            okx("connections", state="waiting"): gauge(0, 2),
            okx("reconnects_total", reason="unreachable"): counter(ill=1.0),
        },
    ),
    Scenario(
        "connections are cut again and again",
        "ConnectionsBreaking",
        {okx("reconnects_total", reason="closed"): counter(ill=2.0)},
    ),
    Scenario(
        "successors take over", "ConnectionsRetired", {okx("handovers_total", reason="retired"): counter(ill=0.2)}
    ),
    Scenario("frames that nobody understands", "VenueNonsense", {okx("parse_errors_total"): counter(ill=2.0)}),
    Scenario("every trade twice", "VenueRepeating", {okx("duplicates_total"): counter(ill=100.0)}),
    Scenario(
        "book messages are missing",
        "SequencesBreaking",
        {okx("gaps_total", channel="orderbook", reason="sequence"): counter(ill=1.0)},
    ),
    Scenario("data is old when it comes", "VenueLate", histogram(okx, "event_delay_seconds", 0.1, 10.0)),
    Scenario(
        "REST fails",
        "VenueRestFailing",
        {
            okx("requests_total", outcome="ok"): counter(1.0, 0.1),
            okx("requests_total", outcome="failed"): counter(0, 1.0),
        },
    ),
    Scenario("a fifth of the streams is dead", "InstrumentsStale", {okx("instruments_stale"): gauge(0, 60)}),
    Scenario("a fifth is on no connection", "InstrumentsUnwatched", {okx("instruments_live"): gauge(300, 240)}),
    Scenario("not fresh, and nothing says why", "VenueNotReady", BLIND),
    Scenario("the scrape fails", "ScannerDown", {labelled("up"): gauge(1, 0)}),
    Scenario("nobody is there to be scraped", "ScannerDown", {labelled("scanner_build_info"): gauge(1, "_")}),
    Scenario(
        "three starts in ten minutes",
        "ScannerRestarting",
        {labelled("process_start_time_seconds"): "1x9 2x2 3x2 4x2 5x20"},
    ),
    Scenario(
        "a worker rests",
        "WorkerQuarantined",
        {**BLIND, okx("workers_quarantined"): gauge(0, 1), okx("worker_restarts_total"): counter(ill=0.5)},
    ),
    Scenario("a worker falls now and then", "WorkerRestarting", {okx("worker_restarts_total"): counter(ill=0.2)}),
    Scenario("a worker hangs", "WorkerHanging", {**BLIND, okx("pulse_age_seconds"): gauge(1, 60)}),
    Scenario("events are dropped", "EventsDropped", {okx("dropped_total", mailbox="publisher"): counter(ill=50.0)}),
    Scenario("a mailbox fills", "MailboxFilling", {okx("mailbox_items", mailbox="publisher"): gauge(3, 900)}),
    Scenario("the rules are behind", "PipelineSlow", histogram(okx, "pipeline_latency_seconds", 0.1, 10.0)),
    Scenario(
        "the main process is at its limit",
        "MainProcessBusy",
        {labelled("process_cpu_seconds_total"): counter(6.0, 59.0)},
    ),
    Scenario("a worker is at its limit", "WorkerBusy", {okx("worker_cpu_seconds_total"): counter(6.0, 59.0)}),
    Scenario(
        "the main process grows", "MainProcessLarge", {labelled("process_resident_memory_bytes"): gauge(110e6, 600e6)}
    ),
    Scenario("a worker grows", "WorkerLarge", {okx("worker_resident_memory_bytes"): gauge(70e6, 300e6)}),
    Scenario("too many open files", "DescriptorsShort", {labelled("process_open_fds"): gauge(50, 1000)}),
    Scenario("our clock is ahead of all", "ClockSkewed", {okx("clock_offset_seconds"): gauge(0.05, 5)}),
    Scenario("our clock is behind", "ClockSkewed", {okx("clock_offset_seconds"): gauge(0.05, -3)}),
    Scenario("the disk is full", "OutboxUnwritable", {labelled("scanner_outbox_writable"): gauge(1, 0)}),
    Scenario("the disk was full", "AlertsUndurable", {phone("undurable_total"): counter(ill=1.0)}),
    Scenario(
        "a receiver refuses",
        "ReceiverFailing",
        {phone("receiver_up"): gauge(1, 0), phone("outbox_oldest_seconds"): gauge(0, 900)},
    ),
    Scenario("letters pile up", "OutboxWaiting", {phone("outbox_oldest_seconds"): gauge(0, 900)}),
    Scenario("letters are given up", "DeadLetters", {phone("dead_letters"): gauge(0, 3)}),
    Scenario("a receiver hears late", "DeliverySlow", histogram(phone, "delivery_seconds", 1.0, 100.0)),
    Scenario("charts are left out", "AlertsDegraded", {phone("degraded_total", reason="chart"): counter(ill=1.0)}),
    Scenario(
        "pings are not heard",
        "DeadmanUnheard",
        {
            labelled("scanner_deadman_pings_total", outcome="sent"): counter(1.0, 0.0),
            labelled("scanner_deadman_pings_total", outcome="failed"): counter(0.0, 1.0),
        },
    ),
    Scenario("everything is a pump", "AlertStorm", {okx("alerts_total", rule="pump"): counter(0.1, 10.0)}),
)
