"""An alert as a line of a file, with what is needed to score it anew and nothing else."""

from __future__ import annotations

from msgspec import Struct

from scanner.bench.detection.play import Heard
from scanner.model.alert import Kind, Severity

MS = 1_000_000
"""Nanoseconds."""
OPENED: Kind = "opened"


class Told(Struct, frozen=True):
    """One line of `--alerts FILE`."""

    event: str
    """Of the data: an announced pump, a series of candles, or a scene and the coin in it."""
    ts_ms: int
    """When the engine told it, by the virtual clock: Unix milliseconds."""
    rule: str
    kind: Kind
    stage: str
    severity: Severity
    score: int


def told(event: str, heard: Heard) -> Told:
    """What was heard about an event."""
    alert = heard.alert
    return Told(event, heard.at // MS, alert.rule, alert.kind, alert.stage, alert.severity, alert.score)
