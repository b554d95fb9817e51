"""One look at a scanner's `/metrics`: every number that it shows, and when it was asked."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

Series = tuple[str, dict[str, str], float]
"""Name of the metric, its labels, its value."""


@dataclass(frozen=True)
class Scrape:
    """What one answer said."""

    at: float
    """When the answer was there, on the monotonic clock."""
    series: tuple[Series, ...]

    @classmethod
    def read(cls, text: str, at: float) -> Scrape:
        """Read the exposition as text; ValueError when it is none."""
        families = text_string_to_metric_families(text)
        return cls(at, tuple((one.name, one.labels, one.value) for family in families for one in family.samples))

    def total(self, name: str, **labels: str) -> float:
        """Sum over all series of this name with these labels; 0 where there is none."""
        return sum(value for found, its, value in self.series if found == name and labels.items() <= its.items())
