"""Sudden trading: far more turnover in a minute than the instrument's usual minute, and not for an instant only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from scanner.detectors import telling
from scanner.detectors.base import Signal
from scanner.detectors.tapes import Tapes
from scanner.detectors.windows import INFINITE, WINDOW_S, Tape
from scanner.model.market import Event, Gap, Trade
from scanner.model.moments import SECOND
from scanner.model.units import Fraction, Positive, Ratio, Seconds

Money = Annotated[float, Meta(ge=0, description="an amount of the quote currency, 0 or more")]

STAGE = "spike"
FLOORS = {"KRW": 10_000_000.0, "USDT": 10_000.0, "BTC": 0.1}


class VolumeSpikeRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one rule of kind `volume_spike`."""

    enabled: bool = True
    """Whether anybody wants to hear of it."""
    volume_ratio: Ratio = 10.0
    """So many usual minutes were turned over in the last 60 s. Never true while the usual one is unknown."""
    min_trades: Positive = 10
    """At least so many trades in the last 60 s: one block is no crowd."""
    floors: dict[str, Money] = msgspec.field(default_factory=FLOORS.copy)
    """Least turnover in the last 60 s, by quote currency; others have none. Ten times next to nothing is no news."""
    sustain: Seconds = 5.0
    """It must hold this long before it is told, so that a price move, which says more, is told first."""
    rearm_below: Fraction = 0.5
    """A told spike goes on while turnover is above this share of the threshold."""
    rearm_after: Seconds = 60.0
    """It goes on for so long after the last trade that found it there; then the next spike is a new one."""

    def __post_init__(self) -> None:
        if not 0 <= self.rearm_below <= 1:
            raise ValueError("rearm_below is a share from 0 % to 100 % of the threshold")


DEFAULTS = {"volume_spike": VolumeSpikeRule()}


class VolumeSpike:
    """The detector of all rules of kind `volume_spike`. It stands behind `tapes` in the engine's row."""

    wants: tuple[type[Event], ...] = (Trade, Gap)

    def __init__(self, rules: Mapping[str, VolumeSpikeRule], tapes: Tapes) -> None:
        self._tapes = tapes
        self._rules = [_Rule(name, settings) for name, settings in rules.items()]
        self._least = min((rule.hot_ratio for rule in self._rules), default=INFINITE)

    def see(self, event: Event) -> Iterable[Signal]:
        """What a trade made true. A `Gap` has already taken the tape away, and with it all that was noted there."""
        tape = self._tapes.current
        if tape is None or type(event) is not Trade or tape.turnover < tape.baseline.usual * self._least:
            return ()
        return [signal for rule in self._rules if (signal := rule.see(tape, event)) is not None]

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # a spike that lasts shows itself by more trades
        """Nothing becomes true by time alone."""
        return ()


class _Watch:
    """One rule on one instrument."""

    __slots__ = ("held", "hot_at", "since", "told")

    def __init__(self) -> None:
        self.told = False
        self.since = 0
        """Since when the condition holds without interruption."""
        self.held = -1
        """The last trade, by the tape's count, at which it held."""
        self.hot_at = 0
        """When the last trade came at which turnover was not yet far below the threshold."""


class _Rule:
    def __init__(self, name: str, settings: VolumeSpikeRule) -> None:
        self._name = name
        self._settings = settings
        self._sustain_ns = round(settings.sustain * SECOND)
        self._rearm_ns = round(settings.rearm_after * SECOND)
        self.hot_ratio = settings.volume_ratio * settings.rearm_below

    def see(self, tape: Tape, trade: Trade) -> Signal | None:
        """A signal when the condition has held long enough and has not been told yet."""
        if tape.turnover < tape.baseline.usual * self.hot_ratio:
            return None
        watch: _Watch = tape.notes.get(self) or tape.notes.setdefault(self, _Watch())
        if tape.at - watch.hot_at >= self._rearm_ns:
            watch.told = False
        watch.hot_at = tape.at
        if not self._holds(tape, trade):
            return None
        if watch.held != tape.trades - 1:
            watch.since = tape.at
        watch.held = tape.trades
        if watch.told or tape.at - watch.since < self._sustain_ns:
            return None
        watch.told = True
        return self._signal(tape, trade)

    def _holds(self, tape: Tape, trade: Trade) -> bool:
        settings = self._settings
        return (
            tape.turnover >= tape.baseline.usual * settings.volume_ratio
            and tape.trades - tape.trades_before >= settings.min_trades
            and tape.turnover >= settings.floors.get(trade.instrument.quote, 0.0)
        )

    def _signal(self, tape: Tape, trade: Trade) -> Signal:
        ratio = tape.baseline.ratio(tape.turnover, WINDOW_S)
        points = telling.score(40, ((10, ratio / self._settings.volume_ratio),))
        trades, buys = tape.trades - tape.trades_before, tape.buys - tape.buys_before
        change = tape.price / tape.price_before - 1.0
        spike = f"{trade.instrument} {telling.times(ratio)} volume in {WINDOW_S} s"
        return Signal(
            rule=self._name,
            stage=STAGE,
            exchange=trade.exchange,
            instrument=trade.instrument,
            at=trade.at,
            price=tape.price,
            change=round(change, 6),
            window_s=float(WINDOW_S),
            volume_ratio=round(ratio, 2),
            severity=telling.severity(points),
            score=points,
            headline=", ".join((spike, telling.prints(trades, buys), telling.per_cent(change))),
            facts={
                "trades": trades,
                "buy_share": telling.share(buys, trades),
                "turnover": round(tape.turnover, 8),
                "baseline_turnover": round(tape.baseline.usual, 8),
                "reference_price": tape.price_before,
                "threshold": self._settings.volume_ratio,
                "threshold_window_s": float(WINDOW_S),
            },
        )
