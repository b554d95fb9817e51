"""What one run of the benchmark found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, to_builtins

from scanner.bench.detection.scores import Pumped, Wolf
from scanner.bench.detection.synthetic.scoring import Score


class Planted(Struct, frozen=True):
    """Pumps planted into quiet series."""

    series: int
    heard: int


class Report(Struct, frozen=True):
    """Every part that was run; the others are None."""

    feed: str
    pumps: Pumped | None = None
    high: Pumped | None = None
    """The same events, as if only alerts of severity high and critical had been told."""
    everything: Pumped | None = None
    """The same events, as if every alert had claimed a pump, whatever its stage."""
    stages: Mapping[str, Mapping[str, int]] | None = None
    """Stage → verdict → alerts about the pumps' recordings."""
    slowest_s: float | None = None
    """The longest delay of a hit."""
    quiet: Mapping[str, Wolf] | None = None
    """By venue."""
    planted: Mapping[str, Planted] | None = None
    """By venue."""
    synthetic: Mapping[str, Score] | None = None
    """By set."""
    peers: Mapping[str, Pumped] | None = None
    us_per_trade: float | None = None
    """CPU time of the engine for each event it was shown, microseconds: the pumps' where they were run."""

    def as_json(self, *, peers: bool) -> dict[str, Any]:
        """The numbers that are compared with targets; the peers' too where they are asked for."""
        parts: dict[str, Any] = {
            "pumps": self.pumps,
            "high": self.high,
            "quiet": self.quiet,
            "synthetic": {name: _brief(score) for name, score in self.synthetic.items()} if self.synthetic else None,
            "us_per_trade": self.us_per_trade,
        }
        if peers:
            parts["peers"] = self.peers
        return {name: to_builtins(part) for name, part in parts.items()}


def _brief(score: Score) -> dict[str, Any]:
    return {name: getattr(score, name) for name in ("f1", "precision", "recall", "positives", "hits", "false")}
