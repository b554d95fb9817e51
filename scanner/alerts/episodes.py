"""Whether a signal is news: one alert per instrument, venue and rule, then silence. Each answer has a reason."""

from __future__ import annotations

from enum import Enum
from hashlib import blake2b

from msgspec import Struct

from scanner.detectors.base import Signal
from scanner.model.alert import Alert, fingerprint
from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND
from scanner.model.units import Seconds

OUTRANKED_BY: dict[str, tuple[str, ...]] = {"spike": ("pump", "dump")}
"""Stage → stages that already tell its story: of course a coin that is being pumped is traded a lot."""


class Reason(Enum):
    """Why a signal became an alert, or why not."""

    FIRST = "first"
    """Nothing was told about this lately."""
    COOLING = "cooling"
    """The same rule told of the same instrument and venue within the cooldown."""
    OUTRANKED = "outranked"
    """A better alert about this instrument and venue was opened within the cooldown."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[alerts]`: how often one thing may be told."""

    cooldown: Seconds = 300.0
    """After an alert its rule keeps quiet about that instrument on that venue for this long, by the venue's time."""


class Decision(Struct, frozen=True):
    """What became of a signal; `alert` is None when it is no news."""

    reason: Reason
    alert: Alert | None = None


class Episodes:
    """Remembers what was told, for as long as the cooldown and no longer."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._cooldown = round((settings or Settings()).cooldown * SECOND)
        self._venues: dict[str, tuple[_Recent, _Recent]] = {}

    def decide(self, signal: Signal) -> Decision:
        """Judge one signal by its own `at`; what is opened here starts the cooldown."""
        rules, stages = self._told_on(signal.exchange)
        about, at = signal.instrument, signal.at
        if rules.has((about, signal.rule), at):
            return Decision(Reason.COOLING)
        if any(stages.has((about, stage), at) for stage in OUTRANKED_BY.get(signal.stage, ())):
            return Decision(Reason.OUTRANKED)
        rules.add((about, signal.rule), at)
        stages.add((about, signal.stage), at)
        return Decision(Reason.FIRST, opened(signal))

    def _told_on(self, exchange: str) -> tuple[_Recent, _Recent]:
        """Each venue has a clock of its own, so each has a memory of its own: one for rules, one for stages."""
        if exchange not in self._venues:
            self._venues[exchange] = _Recent(self._cooldown), _Recent(self._cooldown)
        return self._venues[exchange]


class _Recent:
    """What was told within a span before the present; older entries are dropped as new ones come."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._times: dict[tuple[Instrument, str], int] = {}

    def __len__(self) -> int:
        return len(self._times)

    def has(self, key: tuple[Instrument, str], at: int) -> bool:
        """Whether it was told less than a span away, in either direction: a clock that jumped must not silence us."""
        told = self._times.get(key)
        return told is not None and abs(at - told) < self._span

    def add(self, key: tuple[Instrument, str], at: int) -> None:
        """Remember it, as the newest."""
        self._times.pop(key, None)
        self._times[key] = at
        oldest = next(iter(self._times))
        while abs(at - self._times[oldest]) >= self._span:
            del self._times[oldest]
            oldest = next(iter(self._times))


def opened(signal: Signal) -> Alert:
    """The alert that a signal becomes. Its id follows from what, where and when: the same data give the same id."""
    exchanges = (signal.exchange,)
    about = fingerprint(signal.rule, signal.instrument, exchanges)
    return Alert(
        id=blake2b(f"{about} {signal.at}".encode(), digest_size=8).hexdigest(),
        rule=signal.rule,
        stage=signal.stage,
        instrument=signal.instrument,
        exchanges=exchanges,
        severity=signal.severity,
        score=signal.score,
        headline=signal.headline,
        price=signal.price,
        change=signal.change,
        window_s=signal.window_s,
        volume_ratio=signal.volume_ratio,
        facts=signal.facts,
        at=signal.at,
    )
