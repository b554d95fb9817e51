"""What Prometheus reads: one registry in the main process, fed by pulses and by the engine's own tallies.

Nothing is counted here. A scrape looks at plain values and turns them into metrics, so that the hot path pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from platform import python_version
from time import time_ns
from typing import Any, Literal

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from scanner.model.histogram import Histogram
from scanner.model.market import Event
from scanner.model.pulse import Pulse
from scanner.telemetry.delays import Delays
from scanner.telemetry.health import Health
from scanner.telemetry.lives import Lives
from scanner.telemetry.workers import WorkerMetrics

Read = Callable[[], Mapping[Any, Any]]
"""Gives the live tally itself: a tuple of label values (or the one value, bare) → number, or `Histogram`.

Called from a thread, so it must not compute anything.
"""
Kind = Literal["counter", "gauge", "histogram"]


class Metrics:
    """Told of workers' lives and pulses by the main process; rendered by the ops server, in a thread."""

    def __init__(self, *, version: str, clock: Callable[[], int] = time_ns) -> None:
        self.lives = Lives()
        self._registry = CollectorRegistry()
        self._clock = clock
        self._delays = Delays()
        self._registry.register(WorkerMetrics(self.lives, clock))
        ProcessCollector(registry=self._registry)
        build = {(version, python_version()): 1.0}
        self.watch("scanner_build_info", "What is running.", ("version", "python"), lambda: build, kind="gauge")
        self._watch_delays()

    def worker_started(self, exchange: str, shard: int) -> None:
        """A worker process began its life."""
        self.lives.started(exchange, shard)

    def worker_ended(self, exchange: str, shard: int) -> None:
        """A worker process is gone."""
        self.lives.ended(exchange, shard)

    def pulse(self, exchange: str, shard: int, pulse: Pulse) -> None:
        """A worker's sign of life."""
        self.lives.pulse(exchange, shard, pulse)

    def took(self, events: Sequence[Event]) -> None:
        """The rules have just seen this batch of a worker."""
        self._delays.take(events, self._clock())

    def watch_health(self, health: Health) -> None:
        """Add what `/readyz` says, and which workers rest."""
        self.watch(
            "scanner_venue_fresh",
            "1 while the venue is fresh as /readyz says it; left out where nothing is watched.",
            ("exchange",),
            lambda: health.fresh,
            kind="gauge",
        )
        self.watch(
            "scanner_workers_quarantined",
            "Worker processes that fell too often and rest.",
            ("exchange",),
            health.quarantined,
            kind="gauge",
        )

    def watch(
        self,
        name: str,
        documentation: str,
        labels: tuple[str, ...],
        read: Read,
        kind: Kind = "counter",
    ) -> None:
        """Add a tally that somebody else keeps; ValueError for a name that is taken."""
        self._registry.register(_Watched(name, documentation, labels, read, kind))

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """The exposition in the format that an `Accept` header asks for, and its content type; from any thread."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def _watch_delays(self) -> None:
        delays, by = self._delays, ("exchange",)
        self.watch(
            "scanner_event_delay_seconds",
            "From the venue's clock to ours; sampled: the last trade or book of each batch.",
            by,
            lambda: delays.events,
            kind="histogram",
        )
        self.watch(
            "scanner_pipeline_latency_seconds",
            "From the socket until all rules had seen it; sampled: the last trade or book of each batch.",
            by,
            lambda: delays.pipeline,
            kind="histogram",
        )


FAMILIES: Mapping[Kind, type[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}


class _Watched(Collector):
    def __init__(self, name: str, documentation: str, labels: tuple[str, ...], read: Read, kind: Kind) -> None:
        self._about = (name, documentation, labels)
        self._read = read
        self._family = FAMILIES[kind]

    def describe(self) -> Iterable[Metric]:
        """Its name, so that a second one of the same name is refused."""
        yield self._empty()

    def collect(self) -> Iterable[Metric]:
        """The tally as it stands: `list` copies a dict in one step, whatever its owner does meanwhile."""
        family = self._empty()
        for labels, value in list(self._read().items()):
            values = (labels,) if isinstance(labels, str) else labels
            if isinstance(family, HistogramMetricFamily):
                family.add_metric(values, _buckets(value), value.sum)
            else:
                family.add_metric(values, value)
        yield family

    def _empty(self) -> CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily:
        name, documentation, labels = self._about
        return self._family(name, documentation, labels=labels)


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    """Upper bounds as Prometheus writes them, and how many are at or below each."""
    bounds = [*map(floatToGoString, histogram.bounds), "+Inf"]
    return list(zip(bounds, accumulate(list(histogram.counts)), strict=True))
