"""What Prometheus reads: one registry in the main process, fed by pulses and by the engine's own tallies.

Nothing is counted here. A scrape looks at plain values and turns them into metrics, so that the hot path pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from platform import python_version
from time import time_ns
from typing import Any, Literal, get_args

from msgspec import Struct
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from scanner.model.pulse import LinkState, Pulse
from scanner.telemetry.lives import Lives, Worker

Read = Callable[[], Mapping[Any, float]]
"""Gives the live tally itself: a tuple of label values (or the one value, bare) → number.

Called from a thread, so it must not compute anything.
"""

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
)
SECOND = 1_000_000_000
"""Nanoseconds."""


class Metrics:
    """Told of workers' lives and pulses by the main process; rendered by the ops server, in a thread."""

    def __init__(self, *, version: str, clock: Callable[[], int] = time_ns) -> None:
        self.lives = Lives()
        self._registry = CollectorRegistry()
        self._registry.register(_Workers(self.lives, clock))
        ProcessCollector(registry=self._registry)
        build = {(version, python_version()): 1.0}
        self.watch("scanner_build_info", "What is running.", ("version", "python"), lambda: build, kind="gauge")

    def worker_started(self, exchange: str, shard: int) -> None:
        """A worker process began its life."""
        self.lives.started(exchange, shard)

    def worker_ended(self, exchange: str, shard: int) -> None:
        """A worker process is gone."""
        self.lives.ended(exchange, shard)

    def pulse(self, exchange: str, shard: int, pulse: Pulse) -> None:
        """A worker's sign of life."""
        self.lives.pulse(exchange, shard, pulse)

    def watch(
        self,
        name: str,
        documentation: str,
        labels: tuple[str, ...],
        read: Read,
        kind: Literal["counter", "gauge"] = "counter",
    ) -> None:
        """Add a tally that somebody else keeps; ValueError for a name that is taken."""
        self._registry.register(_Watched(name, documentation, labels, read, kind))

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """The exposition in the format that an `Accept` header asks for, and its content type; from any thread."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _Watched(Collector):
    def __init__(self, name: str, documentation: str, labels: tuple[str, ...], read: Read, kind: str) -> None:
        self._about = (name, documentation, labels)
        self._read = read
        self._family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily

    def describe(self) -> Iterable[Metric]:
        """Its name, so that a second one of the same name is refused."""
        yield self._empty()

    def collect(self) -> Iterable[Metric]:
        """The tally as it stands: `list` copies a dict in one step, whatever its owner does meanwhile."""
        family = self._empty()
        for labels, value in list(self._read().items()):
            family.add_metric((labels,) if isinstance(labels, str) else labels, value)
        yield family

    def _empty(self) -> CounterMetricFamily | GaugeMetricFamily:
        name, documentation, labels = self._about
        return self._family(name, documentation, labels=labels)


class _Workers(Collector):
    """Everything that pulses tell, summed over the shards of an exchange."""

    def __init__(self, lives: Lives, clock: Callable[[], int]) -> None:
        self._lives = lives
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        venues: dict[str, list[Worker]] = {}
        for worker in self._lives:
            venues.setdefault(worker.exchange, []).append(worker)
        yield from (_pulse_counter(venues, *row) for row in PULSE_COUNTERS)
        yield _connections(venues)
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


MEASURES = (
    Measure(
        "scanner_subscriptions",
        "Streams carried by live connections.",
        lambda workers, _now: sum(
            link.subscriptions for worker in workers for link in worker.links if link.state == "live"
        ),
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
        totals: dict[str, int] = {} if label else {"": 0}
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
