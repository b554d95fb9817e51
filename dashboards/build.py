#!/usr/bin/env python3
"""Grafana's dashboards, as tables; run it, and it writes `grafana/*.json` beside itself.

What a panel asks for stands here and nowhere else. `tests/dashboards` says when the JSON is not what this would write,
and puts every question to a real Prometheus.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import common, prometheus, stat, statetimeline, text, timeseries
from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import text as words

HOME = Path(__file__).resolve().parent
SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
TAG = "scanner"
ROW_IDS = 1001
"""Rows are counted from here, so that panels keep the numbers that links lead to."""
RUNBOOK = re.findall(r"^## (\w+)\n(.*?)(?=^#|\Z)", (HOME / "RUNBOOK.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
"""(alert, what to do)."""
SECTIONS = {alert: number for number, (alert, _) in enumerate(RUNBOOK, start=1)}
"""Alert → its panel on the dashboard that holds the runbook."""

X = 'exchange=~"$exchange"'
R = 'receiver=~"$receiver"'
"""What somebody has chosen above the panels."""
OURS = f'alertname=~"{"|".join(SECTIONS)}"'
"""Prometheus' alerts that are about the scanner."""


def born(series: str) -> str:
    """What a counter grew by in a minute, its birth included: increase() alone does not see the first of its kind."""
    return f"(({series} unless {series} offset 1m) or increase({series}[1m]))"


class Panel(NamedTuple):
    """One question to Prometheus, and how its answer looks."""

    kind: str
    """`lines`, `bars` (stacked), `number`, `word` (the legend, not the value) or `states`."""
    width: int
    title: str
    about: str
    unit: str
    queries: dict[str, str]
    """Legend → expression."""
    steps: tuple[tuple[float, str], ...] = ()
    """From which value on it has which colour; green below the first."""
    alerts: tuple[str, ...] = ()
    """Sections of the runbook that go with it."""


class Row(NamedTuple):
    """Panels that answer one question; never folded away."""

    title: str
    panels: tuple[Panel, ...]


class Board(NamedTuple):
    """One dashboard."""

    uid: str
    title: str
    about: str
    variables: tuple[str, ...]
    rows: tuple[Row, ...]


LOWEST = float("-inf")
BAD_FROM_ONE = ((1, "red"),)
GOOD_AT_ONE = ((LOWEST, "red"), (1, "green"))

OVERVIEW = Board(
    "scanner-overview",
    "Scanner: overview",
    "Is it well, and what is pumping?",
    ("exchange",),
    (
        Row(
            "Is it well?",
            (
                Panel(
                    "number",
                    4,
                    "Venues ready",
                    "Share of the wanted venues that /readyz calls fresh.",
                    "percentunit",
                    {"ready": "avg(scanner_venue_fresh)"},
                    GOOD_AT_ONE,
                    ("VenueNotReady", "VenueSilent"),
                ),
                Panel(
                    "number",
                    4,
                    "Alerts of Prometheus",
                    "Those about the scanner itself that fire now; the list is on Prometheus' own page.",
                    "short",
                    {"firing": f'count(ALERTS{{alertstate="firing", severity!="info", {OURS}}}) or on () vector(0)'},
                    BAD_FROM_ONE,
                ),
                Panel(
                    "number",
                    4,
                    "Oldest data",
                    "Of the venue that has been silent for longest.",
                    "s",
                    {"age": f"max(scanner_last_data_age_seconds{{{X}}})"},
                    ((5, "yellow"), (15, "red")),
                    ("VenueSilent",),
                ),
                Panel(
                    "number",
                    4,
                    "Receivers up",
                    "Share of the receivers that take what they are sent.",
                    "percentunit",
                    {"up": "avg(scanner_receiver_up)"},
                    GOOD_AT_ONE,
                    ("ReceiverFailing",),
                ),
                Panel(
                    "number",
                    4,
                    "Events dropped in an hour",
                    "For want of room. Zero means zero.",
                    "short",
                    {"dropped": "sum(increase(scanner_dropped_total[1h])) or on () vector(0)"},
                    BAD_FROM_ONE,
                    ("EventsDropped",),
                ),
                Panel(
                    "number",
                    4,
                    "Worker restarts in an hour",
                    "Each is some seconds without that venue.",
                    "short",
                    {"restarts": "sum(increase(scanner_worker_restarts_total[1h]))"},
                    ((1, "yellow"), (5, "red")),
                    ("WorkerRestarting", "WorkerQuarantined"),
                ),
                Panel(
                    "states",
                    12,
                    "Venues",
                    "Fresh as /readyz says it, which also says why not.",
                    "short",
                    {"{{exchange}}": f"min by (exchange) (scanner_venue_fresh{{{X}}})"},
                    GOOD_AT_ONE,
                    ("VenueNotReady",),
                ),
                Panel(
                    "lines",
                    12,
                    "Event delay, one in a hundred",
                    "From the venue's clock to ours; sampled, one event a batch.",
                    "s",
                    {"{{exchange}}": f"max by (exchange) (exchange:scanner_event_delay_seconds:p99_5m{{{X}}})"},
                    ((1, "yellow"), (5, "red")),
                    ("VenueLate",),
                ),
            ),
        ),
        Row(
            "What is pumping?",
            (
                Panel(
                    "bars",
                    12,
                    "Alerts by rule",
                    "Stories opened in a minute.",
                    "short",
                    {"{{rule}}": f"sum by (rule) {born(f'scanner_alerts_total{{{X}}}')}"},
                    (),
                    ("AlertStorm",),
                ),
                Panel(
                    "bars",
                    12,
                    "Alerts by leading venue",
                    "Where the move was seen first.",
                    "short",
                    {"{{exchange}}": f"sum by (exchange) {born(f'scanner_alerts_total{{{X}}}')}"},
                ),
                Panel(
                    "bars",
                    8,
                    "Coins by stage",
                    "Coins that are watched or told of just now.",
                    "short",
                    {"{{stage}}": "sum by (stage) (scanner_coins)"},
                ),
                Panel(
                    "lines",
                    8,
                    "Signals by what became of them",
                    "A signal is what a rule says; an alert is what is told. The difference stands here.",
                    "short",
                    {"{{rule}}, {{reason}}": "sum by (rule, reason) (increase(scanner_decisions_total[5m]))"},
                ),
                Panel(
                    "lines",
                    8,
                    "Events",
                    "Trades, tickers and books taken in.",
                    "cps",
                    {"{{exchange}}": f"sum by (exchange) (exchange:scanner_events:rate1m{{{X}}})"},
                ),
            ),
        ),
    ),
)

VENUE = Board(
    "scanner-venue",
    "Scanner: venue",
    "Streams, holes, staleness and delay of one venue, or of several.",
    ("exchange",),
    (
        Row(
            "Does data flow?",
            (
                Panel(
                    "lines",
                    8,
                    "Since the last data",
                    "Above the line it is not ready.",
                    "s",
                    {"{{exchange}}": f"max by (exchange) (scanner_last_data_age_seconds{{{X}}})"},
                    ((15, "red"),),
                    ("VenueSilent",),
                ),
                Panel(
                    "bars",
                    8,
                    "Connections",
                    "By state. `waiting` sits out a backoff, `blocked` sits out refusals.",
                    "short",
                    {"{{exchange}} {{state}}": f"sum by (exchange, state) (scanner_connections{{{X}}})"},
                    (),
                    ("VenueRefusing", "VenueUnreachable", "ConnectionsRetired"),
                ),
                Panel(
                    "lines",
                    8,
                    "Subscriptions",
                    "Wanted streams, and those on a live connection.",
                    "short",
                    {
                        "{{exchange}} wanted": f"sum by (exchange) (scanner_subscriptions_wanted{{{X}}})",
                        "{{exchange}} live": f"sum by (exchange) (scanner_subscriptions{{{X}}})",
                    },
                    (),
                    ("InstrumentsUnwatched",),
                ),
                Panel(
                    "lines",
                    12,
                    "Events by channel",
                    "What reached the rules.",
                    "cps",
                    {
                        "{{exchange}} {{channel}}": f"sum by (exchange, channel) "
                        f"(rate(scanner_events_total{{{X}}}[$__rate_interval]))"
                    },
                ),
                Panel(
                    "lines",
                    12,
                    "Traffic",
                    "Bytes from the venue's sockets.",
                    "Bps",
                    {"{{exchange}}": f"sum by (exchange) (exchange:scanner_bytes:rate1m{{{X}}})"},
                ),
            ),
        ),
        Row(
            "How late, and how whole?",
            (
                Panel(
                    "lines",
                    8,
                    "Event delay",
                    "From the venue's clock to ours: the middle one, and one in a hundred.",
                    "s",
                    {
                        "{{exchange}} p50": f"max by (exchange) (exchange:scanner_event_delay_seconds:p50_5m{{{X}}})",
                        "{{exchange}} p99": f"max by (exchange) (exchange:scanner_event_delay_seconds:p99_5m{{{X}}})",
                    },
                    ((1, "red"),),
                    ("VenueLate",),
                ),
                Panel(
                    "lines",
                    8,
                    "Through the rules",
                    "From the socket until all rules had seen it: ours alone.",
                    "s",
                    {
                        f"{{{{exchange}}}} {name}": f"max by (exchange) "
                        f"(exchange:scanner_pipeline_latency_seconds:{name}_5m{{{X}}})"
                        for name in ("p50", "p99")
                    },
                    ((1, "red"),),
                    ("PipelineSlow",),
                ),
                Panel(
                    "bars",
                    8,
                    "Holes by reason",
                    "Where no rule computes across; told in the stream itself.",
                    "short",
                    {
                        "{{exchange}} {{channel}} {{reason}}": f"sum by (exchange, channel, reason) "
                        f"(increase(scanner_gaps_total{{{X}}}[1m])) or on () vector(0)"
                    },
                    (),
                    ("SequencesBreaking", "ConnectionsBreaking"),
                ),
                Panel(
                    "lines",
                    8,
                    "Stale instruments",
                    "They have a stream that missed what REST knows, and that has not spoken since.",
                    "percentunit",
                    {"{{exchange}}": f"max by (exchange) (exchange:scanner_instruments_stale:ratio{{{X}}})"},
                    ((0.1, "red"),),
                    ("InstrumentsStale",),
                ),
                Panel(
                    "lines",
                    8,
                    "Instruments carried",
                    "Share of the wanted ones that a live connection or a poll carries.",
                    "percentunit",
                    {"{{exchange}}": f"min by (exchange) (exchange:scanner_instruments_live:ratio{{{X}}})"},
                    ((LOWEST, "red"), (0.95, "green")),
                    ("InstrumentsUnwatched",),
                ),
                Panel(
                    "bars",
                    8,
                    "Repairs",
                    "Trades told once though they came twice, and trades fetched after a hole.",
                    "short",
                    {
                        "{{exchange}} twice": f"sum by (exchange) (increase(scanner_duplicates_total{{{X}}}[1m]))",
                        "{{exchange}} fetched": f"sum by (exchange) (increase(scanner_backfilled_total{{{X}}}[1m]))",
                        "{{exchange}} joined": f"sum by (exchange) (increase(scanner_conflated_total{{{X}}}[1m]))",
                    },
                    (),
                    ("VenueRepeating",),
                ),
            ),
        ),
        Row(
            "What does the venue say?",
            (
                Panel(
                    "bars",
                    8,
                    "Reconnects by reason",
                    "Connections that broke.",
                    "short",
                    {
                        "{{exchange}} {{reason}}": f"sum by (exchange, reason) "
                        f"(increase(scanner_reconnects_total{{{X}}}[1m])) or on () vector(0)"
                    },
                    (),
                    ("ConnectionsBreaking", "VenueRefusing", "VenueUnreachable"),
                ),
                Panel(
                    "bars",
                    8,
                    "REST calls",
                    "By outcome.",
                    "short",
                    {
                        "{{exchange}} {{outcome}}": f"sum by (exchange, outcome) "
                        f"(increase(scanner_requests_total{{{X}}}[1m]))"
                    },
                    (),
                    ("VenueRestFailing",),
                ),
                Panel(
                    "bars",
                    8,
                    "Nonsense and refusals",
                    "What it does not document, and what it refused by its own error name.",
                    "short",
                    {
                        "{{exchange}} nonsense": f"sum by (exchange) (increase(scanner_parse_errors_total{{{X}}}[1m]))",
                        "{{exchange}} {{reason}}": f"sum by (exchange, reason) "
                        f"(increase(scanner_rejected_total{{{X}}}[1m])) or on () vector(0)",
                    },
                    (),
                    ("VenueNonsense",),
                ),
                Panel(
                    "lines",
                    12,
                    "Mailbox",
                    "How full the worker's room for waiting batches was.",
                    "percentunit",
                    {"{{exchange}} {{mailbox}}": f"exchange:scanner_mailbox_fill:ratio{{{X}}}"},
                    ((0.5, "red"),),
                    ("MailboxFilling",),
                ),
                Panel(
                    "lines",
                    12,
                    "Still to be warmed up",
                    "Instruments whose past minutes have not been asked for yet; until then only the strongest speak.",
                    "short",
                    {"{{exchange}}": f"sum by (exchange) (scanner_instruments_warming{{{X}}})"},
                ),
            ),
        ),
    ),
)

DELIVERY = Board(
    "scanner-delivery",
    "Scanner: alerts and delivery",
    "What was decided, who heard of it, and how soon.",
    ("receiver",),
    (
        Row(
            "Does it arrive?",
            (
                Panel(
                    "states",
                    12,
                    "Receivers",
                    "Down is failing, or disabled because it said that it is gone.",
                    "short",
                    {"{{receiver}}": f"min by (receiver) (scanner_receiver_up{{{R}}})"},
                    GOOD_AT_ONE,
                    ("ReceiverFailing",),
                ),
                Panel(
                    "number",
                    4,
                    "Outbox",
                    "Whether alerts can be kept before they are sent.",
                    "bool_yes_no",
                    {"writable": "min(scanner_outbox_writable)"},
                    GOOD_AT_ONE,
                    ("OutboxUnwritable", "AlertsUndurable"),
                ),
                Panel(
                    "number",
                    4,
                    "Dead letters",
                    "Given up, and kept until somebody sees to them.",
                    "short",
                    {"dead": f"sum(scanner_dead_letters{{{R}}})"},
                    BAD_FROM_ONE,
                    ("DeadLetters",),
                ),
                Panel(
                    "number",
                    4,
                    "Silences",
                    "In force now.",
                    "short",
                    {"silences": "sum(scanner_silences)"},
                ),
                Panel(
                    "lines",
                    12,
                    "Delivery time",
                    "From decision to delivery: the middle one, and one in a hundred.",
                    "s",
                    {
                        "{{receiver}} p50": f"histogram_quantile(0.5, sum by (receiver, le) "
                        f"(rate(scanner_delivery_seconds_bucket{{{R}}}[5m])))",
                        "{{receiver}} p99": f"max by (receiver) (receiver:scanner_delivery_seconds:p99_5m{{{R}}})",
                    },
                    ((30, "red"),),
                    ("DeliverySlow",),
                ),
                Panel(
                    "bars",
                    12,
                    "Deliveries by outcome",
                    "How it ended.",
                    "short",
                    {
                        "{{receiver}} {{outcome}}": f"sum by (receiver, outcome) "
                        f"(increase(scanner_deliveries_total{{{R}}}[1m]))"
                    },
                    (),
                    ("DeadLetters",),
                ),
                Panel(
                    "bars",
                    12,
                    "Attempts",
                    "Messages handed to a receiver, again or for the first time; a group is one.",
                    "short",
                    {"{{receiver}}": f"sum by (receiver) (increase(scanner_delivery_attempts_total{{{R}}}[1m]))"},
                    (),
                    ("ReceiverFailing",),
                ),
                Panel(
                    "lines",
                    12,
                    "Waiting letters",
                    "In the outbox, for each receiver.",
                    "short",
                    {"{{receiver}}": f"sum by (receiver) (scanner_outbox_letters{{{R}}})"},
                    (),
                    ("OutboxWaiting",),
                ),
                Panel(
                    "lines",
                    12,
                    "Oldest waiting letter",
                    "Its age.",
                    "s",
                    {"{{receiver}}": f"max by (receiver) (scanner_outbox_oldest_seconds{{{R}}})"},
                    ((300, "red"),),
                    ("OutboxWaiting",),
                ),
            ),
        ),
        Row(
            "What was decided?",
            (
                Panel(
                    "bars",
                    12,
                    "Notifications by outcome",
                    "What became of each, by rule: told, muted, silenced, or of interest to nobody.",
                    "short",
                    {"{{rule}} {{outcome}}": f"sum by (rule, outcome) {born('scanner_notifications_total')}"},
                ),
                Panel(
                    "bars",
                    12,
                    "Escalations",
                    "Stories that were told again because they had risen.",
                    "short",
                    {"{{rule}}": f"sum by (rule) {born('scanner_escalations_total')} or on () vector(0)"},
                ),
                Panel(
                    "bars",
                    12,
                    "Plainer than wanted",
                    "Messages that lost a chart, an edit or their layout on the way, or were sent without being kept.",
                    "short",
                    {
                        "{{receiver}} {{reason}}": f"sum by (receiver, reason) "
                        f"(increase(scanner_degraded_total{{{R}}}[5m])) or on () vector(0)",
                        "not kept": "sum(increase(scanner_undurable_total[5m]))",
                    },
                    (),
                    ("AlertsDegraded", "AlertsUndurable"),
                ),
                Panel(
                    "bars",
                    12,
                    "Pings to the dead man's switch",
                    "By outcome; none where none is configured.",
                    "short",
                    {
                        "{{outcome}}": "sum by (outcome) (increase(scanner_deadman_pings_total[5m])) "
                        "or on () vector(0)",
                    },
                    (),
                    ("DeadmanUnheard",),
                ),
            ),
        ),
    ),
)

PROCESSES = Board(
    "scanner-processes",
    "Scanner: processes",
    "The main process, a worker for each venue, and this machine.",
    ("exchange",),
    (
        Row(
            "Do they run?",
            (
                Panel(
                    "number",
                    6,
                    "Running for",
                    "Since the main process started.",
                    "s",
                    {"{{instance}}": "time() - process_start_time_seconds and on (job, instance) scanner_build_info"},
                    (),
                    ("ScannerRestarting", "ScannerDown"),
                ),
                Panel(
                    "word",
                    6,
                    "Version",
                    "What is running.",
                    "short",
                    {"{{version}}, Python {{python}}": "scanner_build_info"},
                ),
                Panel(
                    "states",
                    12,
                    "Workers",
                    "Up while all worker processes of a venue run.",
                    "short",
                    {"{{exchange}}": f"min by (exchange) (scanner_worker_up{{{X}}})"},
                    GOOD_AT_ONE,
                    ("WorkerQuarantined", "WorkerRestarting"),
                ),
                Panel(
                    "lines",
                    12,
                    "Since the last pulse",
                    "Workers give one each second; one that gives none for ten is replaced.",
                    "s",
                    {"{{exchange}}": f"max by (exchange) (scanner_pulse_age_seconds{{{X}}})"},
                    ((10, "red"),),
                    ("WorkerHanging",),
                ),
                Panel(
                    "bars",
                    12,
                    "Restarts and quarantine",
                    "Workers started again, and workers that rest.",
                    "short",
                    {
                        "{{exchange}} restarts": f"sum by (exchange) "
                        f"(increase(scanner_worker_restarts_total{{{X}}}[5m]))",
                        "{{exchange}} quarantined": f"sum by (exchange) (scanner_workers_quarantined{{{X}}})",
                    },
                    (),
                    ("WorkerRestarting", "WorkerQuarantined"),
                ),
            ),
        ),
        Row(
            "What do they need?",
            (
                Panel(
                    "lines",
                    12,
                    "Processor",
                    "In cores; each process can use one.",
                    "percentunit",
                    {
                        "main": "rate(process_cpu_seconds_total[$__rate_interval]) "
                        "and on (job, instance) scanner_build_info",
                        "{{exchange}}": f"sum by (exchange) (exchange:scanner_worker_cpu:rate5m{{{X}}})",
                    },
                    ((0.9, "red"),),
                    ("MainProcessBusy", "WorkerBusy"),
                ),
                Panel(
                    "lines",
                    12,
                    "Memory",
                    "Resident, of the main process and of each venue's workers.",
                    "bytes",
                    {
                        "main": "process_resident_memory_bytes and on (job, instance) scanner_build_info",
                        "{{exchange}}": f"sum by (exchange) (scanner_worker_resident_memory_bytes{{{X}}})",
                    },
                    (),
                    ("MainProcessLarge", "WorkerLarge"),
                ),
                Panel(
                    "lines",
                    8,
                    "Mailboxes",
                    "The most batches that waited within a second.",
                    "short",
                    {"{{exchange}} {{mailbox}}": f"sum by (exchange, mailbox) (scanner_mailbox_items{{{X}}})"},
                    (),
                    ("MailboxFilling", "EventsDropped"),
                ),
                Panel(
                    "lines",
                    8,
                    "Clock offset",
                    "Smallest event delay of a minute: how far our clock is ahead of the venue's, and the way.",
                    "s",
                    {"{{exchange}}": f"max by (exchange) (scanner_clock_offset_seconds{{{X}}})"},
                    ((2, "red"),),
                    ("ClockSkewed",),
                ),
                Panel(
                    "lines",
                    8,
                    "Open files",
                    "Files and sockets of the main process, and how many it may open.",
                    "short",
                    {
                        "open": "process_open_fds and on (job, instance) scanner_build_info",
                        "allowed": "process_max_fds and on (job, instance) scanner_build_info",
                    },
                    (),
                    ("DescriptorsShort",),
                ),
            ),
        ),
    ),
)

BOARDS = (OVERVIEW, VENUE, DELIVERY, PROCESSES)


def drawn(board: Board) -> str:
    """Its JSON, as it stands in the file."""
    made = _frame(board.uid, board.title, board.about)
    for name in board.variables:
        made.with_variable(_choice(name))
    number = 0
    for place, row in enumerate(board.rows, start=ROW_IDS):
        made.with_row(grafana.Row(row.title).id(place))
        for panel in row.panels:
            number += 1
            made.with_panel(_panel(panel, number))
    return _json(made)


def runbook() -> str:
    """The runbook as a dashboard, a panel for each alert: what other panels lead to, also where there is no network."""
    made = _frame("scanner-runbook", "Scanner: runbook", "What to do when an alert fires.")
    for alert, advice in RUNBOOK:
        panel = text.Panel().id(SECTIONS[alert]).title(alert).description("From dashboards/RUNBOOK.md.")
        made.with_panel(panel.mode(words.TextMode.MARKDOWN).content(advice.strip()).span(12).height(10))
    return _json(made)


def files() -> Iterator[tuple[Path, str]]:
    """Where each dashboard belongs, and its JSON."""
    for board in BOARDS:
        yield HOME / "grafana" / f"{board.uid.removeprefix('scanner-')}.json", drawn(board)
    yield HOME / "grafana" / "runbook.json", runbook()


def _frame(uid: str, title: str, about: str) -> grafana.Dashboard:
    """What all have in common."""
    marks = grafana.AnnotationQuery().name("Alerts").datasource(SOURCE).enable(True).icon_color("red")  # noqa: FBT003 - the SDK's own flag
    others = grafana.DashboardLink("Scanner").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
    return (
        grafana.Dashboard(title)
        .uid(uid)
        .description(about)
        .tags([TAG])
        .time("now-1h", "now")
        .refresh("10s")
        .timezone("utc")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .annotation(marks.expr(f'ALERTS{{alertstate="firing", {OURS}}}'))
        .link(others.as_dropdown(False).include_vars(True).keep_time(True))  # noqa: FBT003 - the SDK's own flags
        .with_variable(grafana.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )


def _choice(name: str) -> grafana.QueryVariable:
    """One or several of the venues or receivers there are; all unless somebody chooses."""
    metric = {"exchange": "scanner_worker_up", "receiver": "scanner_receiver_up"}[name]
    return (
        grafana.QueryVariable(name)
        .label(name.capitalize())
        .datasource(SOURCE)
        .query(f"label_values({metric}, {name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)  # noqa: FBT003 - the SDK's own flag
        .include_all(True)  # noqa: FBT003 - the SDK's own flag
        .all_value(".*")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )


def _panel(panel: Panel, number: int) -> Any:
    made: Any = KINDS[panel.kind]()
    made.id(number).title(panel.title).description(panel.about).unit(panel.unit).datasource(SOURCE)
    made.span(panel.width).height(HEIGHTS[panel.kind]).thresholds(_steps(panel.steps))
    made.links([_advice(alert) for alert in panel.alerts])
    for letter, (legend, expression) in zip("ABCDEF", panel.queries.items(), strict=False):
        query = prometheus.Dataquery().ref_id(letter).expr(expression).legend_format(legend).datasource(SOURCE)
        made.with_target(query.instant() if panel.kind in NOW else query.range())
    return made


def _advice(alert: str) -> grafana.DashboardLink:
    url = f"/d/scanner-runbook?viewPanel={SECTIONS[alert]}"
    return grafana.DashboardLink(f"{alert}: what to do").type(models.DashboardLinkType.LINK).url(url)


def _steps(steps: Sequence[tuple[float, str]]) -> grafana.ThresholdsConfig:
    """Grafana writes the lowest step, which has no number, as null."""
    below = () if steps and steps[0][0] == LOWEST else ((LOWEST, "green"),)
    made = [models.Threshold(None if value == LOWEST else value, colour) for value, colour in (*below, *steps)]
    return grafana.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def _lines() -> timeseries.Panel:
    shown = common.GraphThresholdsStyleConfig().mode(looks.GraphThresholdsStyleMode.DASHED)
    return timeseries.Panel().axis_soft_min(0).fill_opacity(8).line_width(1).thresholds_style(shown).legend(_legend())


def _bars() -> timeseries.Panel:
    stacked = common.StackingConfig().mode(looks.StackingMode.NORMAL)
    bars = timeseries.Panel().draw_style(looks.GraphDrawStyle.BARS).stacking(stacked)
    return bars.min(0).fill_opacity(60).line_width(0).legend(_legend())


def _number() -> stat.Panel:
    return (
        stat.Panel()
        .color_mode(looks.BigValueColorMode.BACKGROUND)
        .graph_mode(looks.BigValueGraphMode.NONE)
        .text_mode(looks.BigValueTextMode.AUTO)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def _word() -> stat.Panel:
    return _number().text_mode(looks.BigValueTextMode.NAME)


def _states() -> statetimeline.Panel:
    named = {
        "0": models.ValueMappingResult(text="no", color="red"),
        "1": models.ValueMappingResult(text="yes", color="green"),
    }
    return statetimeline.Panel().mappings([models.ValueMap(options=named)]).row_height(0.8).legend(_legend())


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .display_mode(looks.LegendDisplayMode.LIST)
        .placement(looks.LegendPlacement.BOTTOM)
        .show_legend(True)  # noqa: FBT003 - the SDK's own flag
    )


KINDS = {"lines": _lines, "bars": _bars, "number": _number, "word": _word, "states": _states}
HEIGHTS = {"lines": 8, "bars": 8, "number": 4, "word": 4, "states": 8}
NOW = {"number", "word"}
"""Kinds that ask for this moment and not for a course."""


def _json(made: grafana.Dashboard) -> str:
    plain = json.loads(JSONEncoder(sort_keys=True).encode(made.build()))
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, content in files():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
