"""What Prometheus reads: one registry in the main process, fed by pulses and by the engine's own tallies.

Nothing is counted here. A scrape looks at plain values and turns them into metrics, so that the hot path pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from platform import python_version
from time import time_ns
from typing import Any, Literal

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from scanner.model.pulse import Pulse
from scanner.telemetry.lives import Lives
from scanner.telemetry.workers import WorkerMetrics

Read = Callable[[], Mapping[Any, float]]
"""Gives the live tally itself: a tuple of label values (or the one value, bare) → number.

Called from a thread, so it must not compute anything.
"""


class Metrics:
    """Told of workers' lives and pulses by the main process; rendered by the ops server, in a thread."""

    def __init__(self, *, version: str, clock: Callable[[], int] = time_ns) -> None:
        self.lives = Lives()
        self._registry = CollectorRegistry()
        self._registry.register(WorkerMetrics(self.lives, clock))
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
