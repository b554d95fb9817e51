"""Workers' pulses as metrics: which counter and which measure becomes what, summed over the shards of an exchange."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import get_args

from msgspec import Struct
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from scanner.model.moments import SECOND
from scanner.model.pulse import Backlog, LinkState, Pulse
from scanner.telemetry.lives import Lives, Worker

PULSE_COUNTERS: tuple[tuple[str, str, str, str], ...] = (
    # counter in the pulse, metric, label of its values, what it counts
    ("messages", "scanner_messages_total", "", "Data frames received from the venue."),
    ("bytes", "scanner_bytes_total", "", "Bytes received from the venue on its sockets."),
    ("parse_errors", "scanner_parse_errors_total", "", "Answers and frames that the venue does not document."),
    ("accepted", "scanner_accepted_total", "", "Subscriptions and signs of life that the venue confirmed."),
    ("conflated", "scanner_conflated_total", "", "Tickers replaced by newer ones before they were sent on."),
    ("reconnects", "scanner_reconnects_total", "reason", "Connections that broke and were made again."),
    ("dropped", "scanner_dropped_total", "mailbox", "Events lost because a mailbox was full."),
    ("rejected", "scanner_rejected_total", "reason", "Requests that the venue refused, by its own error name."),
    ("requests", "scanner_requests_total", "outcome", "REST calls to the venue."),
    ("polls", "scanner_polls_total", "outcome", "Answers to what is asked for again and again by REST."),
    ("refreshes", "scanner_refreshes_total", "outcome", "Times the venue's catalogue was asked for again."),
    ("handovers", "scanner_handovers_total", "reason", "Connections whose successor took over before they went."),
    ("left_out", "scanner_left_out_total", "", "Streams left out because the venue allows no more connections."),
    ("duplicates", "scanner_duplicates_total", "", "Trades that came twice and were told once."),
    ("backfilled", "scanner_backfilled_total", "", "Trades fetched by REST after a hole."),
    (
        "backfills",
        "scanner_backfills_total",
        "outcome",
        "Instruments asked about after a hole: answered, failed, left_out.",
    ),
    (
        "warmups",
        "scanner_warmups_total",
        "outcome",
        "Instruments asked about their past minutes: warmed, empty, retried, given_up.",
    ),
    ("stale", "scanner_stale_total", "channel", "Streams found to have missed what the venue tells by REST."),
    (
        "stale_checks",
        "scanner_stale_checks_total",
        "outcome",
        "REST questions whether a silent stream missed something.",
    ),
)

KNOWN: Mapping[str, tuple[str, ...]] = {
    "reconnects": ("closed", "silent", "no_pong", "overwhelmed", "refused", "unreachable", "throttled", "rejected"),
    "handovers": ("retired", "stale"),
    "dropped": ("publisher",),
    "requests": ("ok", "failed"),
}
"""Label values that are told from the start: what is born at one has not grown, and no rule would see the first."""


class WorkerMetrics(Collector):
    """Looks at all workers whenever Prometheus asks; `clock` gives nanoseconds UTC."""

    def __init__(self, lives: Lives, clock: Callable[[], int]) -> None:
        self._lives = lives
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Counters, connections, and every measure, for each exchange that ever had a worker."""
        venues: dict[str, list[Worker]] = {}
        for worker in self._lives:
            venues.setdefault(worker.exchange, []).append(worker)
        yield from (_pulse_counter(venues, *row) for row in PULSE_COUNTERS)
        yield _connections(venues)
        yield _backlogs(venues, "scanner_mailbox_items", "The most that waited in a mailbox within a second.", _items)
        yield _backlogs(venues, "scanner_mailbox_capacity", "Items that find room in a mailbox.", _capacity)
        now = self._clock()
        for measure in MEASURES:
            family = measure.family(measure.name, measure.documentation, labels=("exchange",))
            for exchange, workers in venues.items():
                value = measure.of(workers, now)
                if value is not None:
                    family.add_metric((exchange,), value)
            yield family


class Measure(Struct, frozen=True):
    """One number about a venue's workers; None where there is none yet."""

    name: str
    documentation: str
    of: Callable[[list[Worker], int], float | None]
    family: type[CounterMetricFamily | GaugeMetricFamily] = GaugeMetricFamily


def _oldest(times: Iterable[int], now: int) -> float | None:
    """Age of the oldest in seconds; None while any is still awaited."""
    seen = list(times)
    return max(0.0, (now - min(seen)) / SECOND) if all(seen) else None


def _now_of(workers: Iterable[Worker]) -> list[Pulse]:
    """What those that run say of themselves."""
    return [worker.pulse for worker in workers if worker.up and worker.pulse is not None]


MEASURES = (
    Measure(
        "scanner_subscriptions",
        "Streams carried by live connections.",
        lambda workers, _now: sum(
            link.subscriptions for worker in workers for link in worker.links if link.state == "live"
        ),
    ),
    Measure(
        "scanner_subscriptions_wanted",
        "Streams that are wanted, whether a connection carries them or not.",
        lambda workers, _now: sum(pulse.streams_wanted for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_stale_streams",
        "Streams that were found to have missed something and have not spoken since.",
        lambda workers, _now: sum(pulse.streams_stale for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_instruments_watched",
        "Instruments with a stream or a poll that is wanted.",
        lambda workers, _now: sum(pulse.instruments_watched for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_instruments_live",
        "Watched instruments that a live connection or a poll carries.",
        lambda workers, _now: sum(pulse.instruments_live for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_instruments_heard",
        "Watched instruments that brought an event since their worker started.",
        lambda workers, _now: sum(pulse.instruments_heard for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_instruments_stale",
        "Watched instruments with a stale stream.",
        lambda workers, _now: sum(pulse.instruments_stale for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_instruments_to_warm",
        "Watched instruments whose past minutes the venue is asked for.",
        lambda workers, _now: sum(pulse.instruments_to_warm for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_instruments_warmed",
        "Of these, how many had past minutes, which have been told.",
        lambda workers, _now: sum(pulse.instruments_warmed for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_instruments_warming",
        "Of these, how many are still to be asked about.",
        lambda workers, _now: sum(pulse.instruments_warming for pulse in _now_of(workers)),
    ),
    Measure(
        "scanner_pulse_age_seconds",
        "Since the last sign of life, of the worker that is silent longest.",
        lambda workers, now: _oldest((worker.pulse_at for worker in workers), now),
    ),
    Measure(
        "scanner_last_data_age_seconds",
        "Since the venue last sent data, of the worker that waits longest.",
        lambda workers, now: _oldest((worker.last_data for worker in workers), now),
    ),
    Measure(
        "scanner_worker_up",
        "1 while all worker processes of the venue run.",
        lambda workers, _now: float(all(worker.up for worker in workers)),
    ),
    Measure(
        "scanner_worker_restarts_total",
        "Worker processes started again.",
        lambda workers, _now: sum(worker.restarts for worker in workers),
        CounterMetricFamily,
    ),
    Measure(
        "scanner_worker_cpu_seconds_total",
        "Processor time of the worker processes.",
        lambda workers, _now: sum(worker.cpu_s for worker in workers),
        CounterMetricFamily,
    ),
    Measure(
        "scanner_worker_resident_memory_bytes",
        "Memory held by the worker processes.",
        lambda workers, _now: sum(worker.rss_bytes for worker in workers),
    ),
)


def _pulse_counter(
    venues: Mapping[str, list[Worker]], counter: str, name: str, label: str, documentation: str
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, documentation, labels=("exchange", label) if label else ("exchange",))
    for exchange, workers in venues.items():
        totals: dict[str, int] = dict.fromkeys(KNOWN.get(counter, ()) if label else ("",), 0)
        for worker in workers:
            for value, total in worker.totals(counter).items():
                key = value if label else ""
                totals[key] = totals.get(key, 0) + total
        for value, total in totals.items():
            family.add_metric((exchange, value) if label else (exchange,), total)
    return family


def _connections(venues: Mapping[str, list[Worker]]) -> GaugeMetricFamily:
    """Every state is there even when it is empty: a rule can then ask for more than none."""
    family = GaugeMetricFamily(
        "scanner_connections", "Connections to the venue by state.", labels=("exchange", "state")
    )
    for exchange, workers in venues.items():
        states = [link.state for worker in workers for link in worker.links]
        for state in get_args(LinkState):
            family.add_metric((exchange, state), states.count(state))
    return family


_items: Callable[[Backlog], int] = attrgetter("items")
_capacity: Callable[[Backlog], int] = attrgetter("capacity")


def _backlogs(
    venues: Mapping[str, list[Worker]], name: str, documentation: str, of: Callable[[Backlog], int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, documentation, labels=("exchange", "mailbox"))
    for exchange, workers in venues.items():
        totals: Counter[str] = Counter()
        for pulse in _now_of(workers):
            totals.update({mailbox: of(backlog) for mailbox, backlog in pulse.mailboxes.items()})
        for mailbox, total in totals.items():
            family.add_metric((exchange, mailbox), total)
    return family
