"""Sudden trading: far more taken in a minute than is usual, with a price that follows; or for five minutes on end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from scanner.detectors import announce, telling
from scanner.detectors.base import Signal
from scanner.detectors.flow import Flow
from scanner.detectors.tape import Tape
from scanner.detectors.tapes import Tapes
from scanner.detectors.usual import FLOORS, INFINITE, ratio
from scanner.detectors.windows import FIVE_S, MINUTE_S
from scanner.model.alert import Severity
from scanner.model.market import Event, Gap, Trade
from scanner.model.moments import SECOND
from scanner.model.units import Fraction, Money, Multiple, Positive, Ratio, Seconds

STAGE = "spike"
MINUTE_NS = MINUTE_S * SECOND
FIVE_MIN = FIVE_S // 60


class VolumeSpikeRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one rule of kind `volume_spike`."""

    enabled: bool = True
    """Whether anybody wants to hear of it."""
    volume_ratio: Ratio = 10.0
    """Takers of one side turned over so many of their usual minutes in one. Never true while the usual is unknown."""
    change: Fraction = 0.01
    """And the price they trade at went so far with them in that minute; unless it lasts for five minutes."""
    times_usual_move: Multiple = 2.0
    """That change is also so many times the largest minute of the instrument's usual hour; 0 never asks."""
    loud_from: Ratio = 5.0
    """From so many times `volume_ratio` on it is a `warning`; before, it is `info`."""
    min_trades: Positive = 10
    """At least so many trades in the last minute: one block is no crowd."""
    floors: dict[str, Money] = msgspec.field(default_factory=FLOORS.copy)
    """Least turnover in the last minute, by quote currency, and five times that in the last five; others have none. Ten
    times next to nothing is no news."""
    sustain: Seconds = 5.0
    """It must hold this long before it is told, so that a price move, which says more, is told first."""
    rearm_below: Fraction = 0.5
    """A told spike goes on while turnover is above this share of the threshold."""
    rearm_after: Seconds = 60.0
    """It goes on for so long after the last trade that found it there; then the next spike is a new one."""

    def __post_init__(self) -> None:
        if not 0 <= self.rearm_below <= 1:
            raise ValueError("rearm_below is a share from 0 % to 100 % of the threshold")
        if not 0 <= self.change < INFINITE:
            raise ValueError("change is 0 % or more; it is asked of rises and falls alike")


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
        if tape is None or type(event) is not Trade:
            return ()
        flow = tape.flow
        if flow.minute + flow.cell < flow.usual * self._least:
            return ()
        return [signal for rule in self._rules if (signal := rule.see(tape, flow, event)) is not None]

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # a spike that lasts shows itself by more trades
        """Nothing becomes true by time alone."""
        return ()


class _Watch:
    """One rule on one instrument."""

    __slots__ = ("held", "hot_at", "rank", "since")

    def __init__(self) -> None:
        self.rank = 0
        """How loudly it was told."""
        self.since = 0
        """Since when the condition holds without interruption."""
        self.held = -1
        """The last trade, by the side's count, at which it held."""
        self.hot_at = 0
        """When the last trade came at which turnover was not yet far below the threshold."""


class _Spike(Struct, frozen=True, gc=False):
    """What is held against the usual."""

    turnover: float
    ratio: float
    window_s: float
    reference: float
    """The price before it."""


RANKS: tuple[Severity, Severity] = ("info", "warning")


class _Rule:
    def __init__(self, name: str, settings: VolumeSpikeRule) -> None:
        self._name = name
        self._settings = settings
        self._sustain_ns = round(settings.sustain * SECOND)
        self._rearm_ns = round(settings.rearm_after * SECOND)
        self.hot_ratio = settings.volume_ratio * settings.rearm_below

    def see(self, tape: Tape, flow: Flow, trade: Trade) -> Signal | None:
        """A signal when the condition has held long enough and was not told yet, or not so loudly."""
        if flow.minute + flow.cell < flow.usual * self.hot_ratio:
            return None
        notes = (self, flow.sign)
        watch: _Watch = tape.notes.get(notes) or tape.notes.setdefault(notes, _Watch())
        if tape.at - watch.hot_at >= self._rearm_ns:
            watch.rank = 0
        watch.hot_at = tape.at
        spike = self._spike(tape, flow, trade)
        if spike is None:
            return None
        if watch.held != flow.trades - 1:
            watch.since = tape.at
        watch.held = flow.trades
        rank = 1 + (spike.ratio >= self._settings.volume_ratio * self._settings.loud_from)
        if rank <= watch.rank or tape.at - watch.since < self._sustain_ns:
            return None
        watch.rank = rank
        return self._signal(spike, RANKS[rank - 1], tape, trade)

    def _spike(self, tape: Tape, flow: Flow, trade: Trade) -> _Spike | None:
        """In the last minute with a move, or in the last five without one."""
        settings, minute, price = self._settings, flow.minute + flow.cell, flow.climb.price
        floor = settings.floors.get(trade.instrument.quote, 0.0)
        if tape.minute_trades[0] < settings.min_trades or minute < floor:
            return None
        level = flow.climb.low(MINUTE_NS, tape.at)
        reference = level[0] if level else price
        if minute >= flow.usual * settings.volume_ratio and self._moved(tape, flow, reference):
            return _Spike(minute, ratio(minute, flow.usual), MINUTE_S, abs(reference))
        five, usual = flow.five + flow.cell, flow.usual * FIVE_MIN
        if five >= usual * settings.volume_ratio and five >= floor * FIVE_MIN:
            return _Spike(five, ratio(five, usual), FIVE_S, abs(reference))
        return None

    def _moved(self, tape: Tape, flow: Flow, reference: float) -> bool:
        """Whether the price went with the takers, further than it usually goes."""
        usual = (tape.baseline.bought if flow.sign > 0 else tape.baseline.sold).move.size
        least = max(self._settings.change, self._settings.times_usual_move * usual)
        return (flow.climb.price / reference - 1.0) * flow.sign >= least

    def _signal(self, spike: _Spike, severity: Severity, tape: Tape, trade: Trade) -> Signal:
        trades, buys = tape.minute_trades
        price = abs(tape.flow.climb.price)
        change = price / spike.reference - 1.0
        word = "bought" if tape.flow.sign > 0 else "sold"
        told = f"{trade.instrument} {telling.times(spike.ratio)} volume {word} {telling.within(spike.window_s)}"
        return Signal(
            rule=self._name,
            stage=STAGE,
            exchange=trade.exchange,
            instrument=trade.instrument,
            at=trade.at,
            price=price,
            change=round(change, 6),
            window_s=spike.window_s,
            volume_ratio=round(spike.ratio, 2),
            severity=severity,
            score=telling.score(severity, ((5, spike.ratio / self._settings.volume_ratio),)),
            headline=", ".join((told, telling.prints(trades, buys), telling.per_cent(change))),
            facts=announce.caveats(tape)
            | {
                "trades": trades,
                "buy_share": telling.share(buys, trades),
                "turnover": round(spike.turnover, 8),
                "baseline_turnover": round(tape.flow.usual * spike.window_s / 60, 8),
                "reference_price": spike.reference,
                "threshold": self._settings.volume_ratio,
                "threshold_window_s": spike.window_s,
            },
        )
