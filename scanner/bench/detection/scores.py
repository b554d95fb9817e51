"""Verdicts as numbers: recall, precision, delay, noise.

The numbers are about alerts of the stage `pump`, opened or escalated: an escalation of a false alert is one more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from scanner.bench.detection.protocol import FALSE, Outcome, Verdict
from scanner.bench.detection.told import OPENED, Told
from scanner.model.alert import Severity

PUMP = "pump"
SEVERE: frozenset[Severity] = frozenset({"high", "critical"})

Counts = Callable[[Told], bool]
"""Which alerts a score is about."""


def says_pump(told: Told) -> bool:
    """Whether it claims that a coin is being pumped; a dump, a peak or a spike of volume claims something else."""
    return told.stage == PUMP


def is_severe(told: Told) -> bool:
    """The same, and that it matters."""
    return says_pump(told) and told.severity in SEVERE


def is_anything(told: Told) -> bool:  # noqa: ARG001  # whatever it is
    """Every alert, as if all of them had claimed a pump."""
    return True


class Pumped(Struct, frozen=True):
    """How well pumps were found. What cannot be divided is None."""

    events: int
    positives: int
    """Events with a pump; the others are controls."""
    hits: int
    """Positives with at least one alert in the window."""
    recall: float | None
    precision_strict: float | None
    """Hits against hits and all false alerts."""
    precision_lenient: float | None
    """Hits against hits and noise."""
    f1_strict: float | None
    delay_p50_s: float | None
    """From onset to the first alert in the window, over the hits; negative where that came before."""
    delay_p90_s: float | None
    noise_per_symbol_day: float | None
    duplicates_per_event: float | None
    """Alerts opened in the window beyond the first, per positive."""


class Wolf(Struct, frozen=True):
    """How often ordinary days raised a pump alert."""

    symbol_days: float
    alerts_per_symbol_day: float | None
    genuine_share: float | None
    """Of those alerts, how many were right about the price; None without any."""


def pumped(outcomes: Iterable[Outcome], counts: Counts = says_pump) -> Pumped:
    """The score of some events, as if no other alerts had been told."""
    outcomes = [_only(outcome, counts) for outcome in outcomes]
    verdicts = Counter(each.verdict for outcome in outcomes for each in outcome.judged)
    noise, false = verdicts[Verdict.NOISE], sum(verdicts[verdict] for verdict in FALSE)
    found = _delays(outcomes)
    hits, positives = len(found), sum(outcome.onset_ms is not None for outcome in outcomes)
    recall, strict = share(hits, positives), share(hits, hits + false)
    return Pumped(
        events=len(outcomes),
        positives=positives,
        hits=hits,
        recall=recall,
        precision_strict=strict,
        precision_lenient=share(hits, hits + noise),
        f1_strict=f1(strict, recall),
        delay_p50_s=percentile(found, 0.5),
        delay_p90_s=percentile(found, 0.9),
        noise_per_symbol_day=share(noise, sum(outcome.symbol_days for outcome in outcomes)),
        duplicates_per_event=share(sum(map(_duplicates, outcomes)), positives),
    )


def slowest(outcomes: Iterable[Outcome]) -> float | None:
    """Seconds from onset to the first alert that says so, where that took longest; None without hits."""
    return max(_delays(_only(outcome, says_pump) for outcome in outcomes), default=None)


def by_stage(outcomes: Iterable[Outcome]) -> dict[str, dict[str, int]]:
    """Stage → verdict → alerts."""
    counted = Counter((each.told.stage, each.verdict.value) for outcome in outcomes for each in outcome.judged)
    stages = sorted({stage for stage, _ in counted})
    return {stage: {verdict.value: counted[stage, verdict.value] for verdict in Verdict} for stage in stages}


def _delays(outcomes: Iterable[Outcome]) -> list[float]:
    """Seconds from onset to the first alert in the window, one for each positive that has any."""
    return [
        (min(hits) - outcome.onset_ms) / 1_000
        for outcome in outcomes
        if outcome.onset_ms is not None
        and (hits := [each.told.ts_ms for each in outcome.judged if each.verdict is Verdict.HIT])
    ]


def wolf(outcomes: Iterable[Outcome]) -> Wolf:
    """The score of some quiet series: alerts of the stage `pump` after the warm-up."""
    days, verdicts = 0.0, Counter[Verdict]()
    for outcome in outcomes:
        days += outcome.symbol_days
        verdicts.update(each.verdict for each in _only(outcome, says_pump).judged)
    alerts = sum(verdicts[verdict] for verdict in FALSE)
    return Wolf(round(days, 3), share(alerts, days), share(verdicts[Verdict.GENUINE], alerts))


def _only(outcome: Outcome, counts: Counts) -> Outcome:
    return replace(outcome, judged=tuple(each for each in outcome.judged if counts(each.told)))


def _duplicates(outcome: Outcome) -> int:
    """Alerts in the window that told the same thing as something new."""
    return max(0, sum(each.verdict is Verdict.HIT and each.told.kind == OPENED for each in outcome.judged) - 1)


def share(part: float, whole: float) -> float | None:
    """A quotient to four digits; None where there is nothing to divide by."""
    return round(part / whole, 4) if whole else None


def f1(precision: float | None, recall: float | None) -> float | None:
    """Their harmonic mean; 0 where both are."""
    if precision is None or recall is None:
        return None
    return share(2 * precision * recall, precision + recall) or 0.0


def percentile(values: Iterable[float], at: float) -> float | None:
    """Interpolated between neighbours, as most tools do; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = at * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below), 3)
