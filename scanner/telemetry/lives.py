"""Workers come and go, and each counts from nothing; here their lives are added up, so that no total ever falls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from scanner.model.pulse import Link, Pulse

Counters = Mapping[str, Mapping[str, int]]
"""Counter → label value (empty when it has none) → total."""
MOST_LABELS = 64
"""Of one counter of one worker: some labels are words of the venue, and what it says must not fill our memory."""
OTHER = "other"
"""Collects what came after `MOST_LABELS` different ones."""


class Worker(Struct, frozen=True):
    """One worker over all its lives. Replaced whole, so that a thread that reads it never sees half a change."""

    exchange: str
    up: bool = False
    starts: int = 0
    before: Counters = {}
    """Totals of the lives that are over."""
    cpu_before: float = 0.0
    pulse: Pulse | None = None
    """The latest of this life."""
    pulse_at: int = 0
    """When any life last gave a sign, nanoseconds UTC; 0 when none did."""
    last_data: int = 0
    """When any life last saw data, nanoseconds UTC; 0 when none did."""

    @property
    def restarts(self) -> int:
        """Starts after the first."""
        return max(0, self.starts - 1)

    @property
    def links(self) -> tuple[Link, ...]:
        """Connections there are now."""
        return self.pulse.links if self.pulse is not None and self.up else ()

    @property
    def to_warm(self) -> int:
        """Instruments whose past minutes it asks for."""
        return self.pulse.instruments_to_warm if self.pulse is not None and self.up else 0

    @property
    def warming(self) -> int:
        """Of these, how many are still to be asked about."""
        return self.pulse.instruments_warming if self.pulse is not None and self.up else 0

    @property
    def rss_bytes(self) -> int:
        """Memory held now."""
        return self.pulse.rss_bytes if self.pulse is not None and self.up else 0

    @property
    def cpu_s(self) -> float:
        """Processor time of all lives."""
        return self.cpu_before + (self.pulse.cpu_s if self.pulse is not None else 0.0)

    def totals(self, counter: str) -> Counter[str]:
        """Label value → total over all lives."""
        total = Counter(self.before.get(counter, {}))
        if self.pulse is not None:
            total.update(self.pulse.counters.get(counter, {}))
        return total if len(total) <= MOST_LABELS else _bounded(total)


class Lives:
    """All workers, by exchange and shard. Written by one task, read from any thread."""

    def __init__(self) -> None:
        self._workers: dict[tuple[str, int], Worker] = {}

    def __iter__(self) -> Iterator[Worker]:
        """Every worker as it stands at this moment."""
        return iter(list(self._workers.values()))

    def started(self, exchange: str, shard: int) -> None:
        """A new process: what the old one counted becomes history."""
        worker = self._worker(exchange, shard)
        names = set(worker.before) | set(worker.pulse.counters if worker.pulse is not None else ())
        self._workers[exchange, shard] = structs.replace(
            worker,
            up=True,
            starts=worker.starts + 1,
            before={name: worker.totals(name) for name in names},
            cpu_before=worker.cpu_s,
            pulse=None,
        )

    def ended(self, exchange: str, shard: int) -> None:
        """Its process is gone; what it counted stays."""
        self._workers[exchange, shard] = structs.replace(self._worker(exchange, shard), up=False)

    def pulse(self, exchange: str, shard: int, pulse: Pulse) -> None:
        """A sign of the present life."""
        worker = self._worker(exchange, shard)
        self._workers[exchange, shard] = structs.replace(
            worker, pulse=pulse, pulse_at=pulse.at, last_data=max(worker.last_data, pulse.last_data)
        )

    def total(self, counter: str) -> int:
        """One counter over all workers, lives and labels."""
        return sum(worker.totals(counter).total() for worker in self)

    def _worker(self, exchange: str, shard: int) -> Worker:
        return self._workers.get((exchange, shard)) or Worker(exchange)


def _bounded(totals: Counter[str]) -> Counter[str]:
    """The same sum in at most `MOST_LABELS` labels and `OTHER`.

    Labels come in the order of their first appearance, so the same ones are kept each time and none of them falls.
    """
    kept = [label for label in totals if label != OTHER][:MOST_LABELS]
    bounded = Counter({label: totals[label] for label in kept})
    bounded[OTHER] = totals.total() - bounded.total()
    return bounded
