"""Precision, recall and F1 of what was said about the scenes, and the same for each kind of thing that happens.

The protocol, for each scene by itself:

* Only alerts whose stage claims a move of the price count: `LOUD`. A `spike` or a `watch` claims none, and is never
  right or wrong.
* **Hit**: a positive is hit when at least one alert, opened or escalated, names its instrument and its stage within
  [onset - 120 s, onset + 300 s]. A pump wants stage `pump` and a dump stage `dump`, whether the coin showed trades or
  tickers only. Where a leak comes before a pump, the span begins with the leak. The delay is that of the first such
  alert, negative before the onset.
* **Miss**: a positive that is not hit.
* **Aftermath**: any other alert about a positive's instrument, from the beginning of its span until 2 h after its
  onset. Neither right nor wrong.
* **Market-wide move**: one story of stage `market` about `*/QUOTE` within its span is right. It is no hit either, nor
  its absence a miss: such a move is listed among what no coin is to be blamed for.
* **False**: every story (the alerts of one id) of which any alert is nothing of the above, counted once. It is charged
  to the negative in whose span it falls, a market-wide one included, else to `background`.
* **Duplicates**: further stories that hit what another story has hit.

Precision is hits / (hits + false), recall hits / positives, F1 their harmonic mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from msgspec import Struct, field

from scanner.bench.detection.synthetic.labels import EVERYONE, Label
from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND

LOUD = frozenset({"pump", "dump", "peak", "market"})
BACKGROUND = "background"
"""What false alerts are charged to where nothing was staged."""


class Claim(Struct, frozen=True):
    """What is asked of an alert."""

    instrument: Instrument
    """The coin, or `*/QUOTE`."""
    stage: str
    story: str
    """The alert's id: the same for all that was told of one story."""
    at: int
    """When it was told, nanoseconds UTC by the virtual clock."""


class KindScore(Struct):
    """One line of the table."""

    labels: int = 0
    hits: int = 0
    """Positives that were hit; of market-wide moves, those that were told as such."""
    false: int = 0
    duplicates: int = 0
    delays_s: list[float] = field(default_factory=list)
    """From onset to first alert, one for each hit."""

    @property
    def delay_p50_s(self) -> float | None:
        """Their median; None without any."""
        return round(median(self.delays_s), 3) if self.delays_s else None


class Score(Struct, frozen=True):
    """All scenes together. A ratio of nothing to nothing is None."""

    positives: int
    hits: int
    false: int
    precision: float | None
    recall: float | None
    f1: float | None
    kinds: dict[str, KindScore]
    """By kind, in order of name."""


def score_scenes(played: Iterable[tuple[Sequence[Label], Iterable[Claim]]]) -> Score:
    """Score pairs of a scene's labels and all that was claimed in it, oldest first."""
    kinds: dict[str, KindScore] = {}
    positives = hits = 0
    for labels, claims in played:
        verdicts = _Verdicts(labels, kinds)
        for claim in claims:
            if claim.stage in LOUD:
                verdicts.judge(claim)
        positives += sum(label.positive for label in labels)
        hits += sum(label.positive for label in verdicts.told)
    false = sum(kind.false for kind in kinds.values())
    return Score(
        positives=positives,
        hits=hits,
        false=false,
        precision=_ratio(hits, hits + false),
        recall=_ratio(hits, positives),
        f1=_ratio(2 * hits, hits + false + positives),
        kinds=dict(sorted(kinds.items())),
    )


class _Verdicts:
    """What is made of one scene's claims; ids are unique within a scene only."""

    def __init__(self, labels: Sequence[Label], kinds: dict[str, KindScore]) -> None:
        self.told: dict[Label, str] = {}
        """What was told, and by which story first."""
        self._labels = labels
        self._kinds = kinds
        self._counted: set[tuple[Label | None, str]] = set()
        """Stories that were counted already, as false or as about a label."""
        for label in labels:
            self._kind(label.kind).labels += 1

    def judge(self, claim: Claim) -> None:
        """Count one loud claim."""
        about = [label for label in self._labels if label.instrument == claim.instrument]
        right = next((label for label in about if label.stage == claim.stage and label.spans(claim.at)), None)
        if right is not None:
            self._tell(right, claim)
        elif not any(label.positive and label.since <= claim.at <= label.aftermath for label in about):
            self._blame(claim)

    def _tell(self, label: Label, claim: Claim) -> None:
        kind, known = self._kind(label.kind), label in self.told
        story = self.told.setdefault(label, claim.story)
        if not known:
            kind.hits += 1
            kind.delays_s.append((claim.at - label.onset) / SECOND)
        elif story == claim.story:
            return
        elif not label.positive:
            self._blame(claim)
        else:
            kind.duplicates += self._once(label, claim)

    def _blame(self, claim: Claim) -> None:
        spanning = (label for label in self._labels if not label.positive and label.spans(claim.at))
        kind = next((label.kind for label in spanning if label.instrument in _names(claim)), BACKGROUND)
        self._kind(kind).false += self._once(None, claim)

    def _once(self, label: Label | None, claim: Claim) -> bool:
        counted = (label, claim.story)
        new = counted not in self._counted
        self._counted.add(counted)
        return new

    def _kind(self, name: str) -> KindScore:
        return self._kinds.setdefault(name, KindScore())


def _names(claim: Claim) -> tuple[Instrument, Instrument]:
    """What a negative's label may be called to cover this claim."""
    return claim.instrument, Instrument(EVERYONE, claim.instrument.quote)


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
