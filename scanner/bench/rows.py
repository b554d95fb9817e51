"""What was measured, as values: figures of each pass, their medians and spread, and the ratios between contenders."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

OURS = "ours"
"""The contender that the others are compared with."""
COMPARED = "cpu_us"
"""The figure that ratios are made of: CPU time per message (trade, event), microseconds."""

Figures = Mapping[str, float]
"""What one contender showed in one pass: name of the figure, its unit as the name's last part → value."""


@dataclass(frozen=True)
class Row:
    """One measure: all contenders on the same work, taking turns, pass by pass."""

    measure: str
    runs: dict[str, list[Figures]] = field(default_factory=dict)
    """Contender → its figures, one entry a pass."""

    def note(self, contender: str, figures: Figures) -> None:
        """One more pass."""
        self.runs.setdefault(contender, []).append(figures)

    def as_json(self) -> dict[str, Any]:
        """Medians, with each figure's least and greatest value beside them; ratios of medians, ours to each peer's."""
        told = {name: _told(runs) for name, runs in self.runs.items()}
        ours = told.pop(OURS, {})
        ratios = {
            peer: round(ours[COMPARED] / figures[COMPARED], 3)
            for peer, figures in told.items()
            if ours.get(COMPARED) and figures.get(COMPARED)
        }
        return {"measure": self.measure, "ours": ours, "peers": told, "ratios": ratios}


def report(bench: str, passes: int, rows: Iterable[Row], **more: Any) -> dict[str, Any]:
    """The one object that `--json` prints."""
    return {"bench": bench, "passes": passes, "machine": machine(), **more, "rows": [row.as_json() for row in rows]}


def machine() -> dict[str, str | int]:
    """What the figures were taken on."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }


def _told(runs: list[Figures]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for run in runs for name in run))
    columns = {name: [run[name] for run in runs if name in run] for name in names}
    return {
        **{name: _rounded(median(values)) for name, values in columns.items()},
        "range": {name: [_rounded(min(values)), _rounded(max(values))] for name, values in columns.items()},
    }


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else round(value, 4)
