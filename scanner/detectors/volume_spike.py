"""Sudden trading: far more taken in a minute than is usual, with a price that follows; or for five minutes on end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from scanner.detectors import announce, telling
from scanner.detectors.base import Signal
from scanner.detectors.conditions import HELD, Condition, Ruling, at_least
from scanner.detectors.flow import Flow
from scanner.detectors.misses import Key, Misses
from scanner.detectors.spike import Spike, Ways, busier
from scanner.detectors.subject import Subject
from scanner.detectors.tape import Tape
from scanner.detectors.tapes import Tapes
from scanner.detectors.usual import FLOORS, INFINITE
from scanner.model.alert import Severity
from scanner.model.decision import Decision
from scanner.model.market import Event, Gap, Trade
from scanner.model.moments import SECOND
from scanner.model.units import Fraction, Money, Multiple, Positive, Ratio, Seconds

STAGE = "spike"
REACH = 0.1
"""Less than this share of the floor is out of reach: a sleepy coin's every trade is many times its usual minute."""


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
    """The detector of all rules of kind `volume_spike`. It listens to the tapes."""

    wants: tuple[type[Event], ...] = (Gap,)

    def __init__(self, rules: Mapping[str, VolumeSpikeRule], tapes: Tapes) -> None:
        self._misses = Misses()
        self._rules = [_Rule(name, settings, self._misses) for name, settings in rules.items()]
        self._least = min((rule.hot_ratio for rule in self._rules), default=INFINITE)
        tapes.listen_to_turnover(self.look)

    def look(self, trade: Trade, tape: Tape) -> Iterable[Signal]:
        """What a trade made true."""
        flow = tape.flow
        least = flow.minute_from + flow.usual * self._least
        if flow.total < least:
            flow.calm_below = least
            return ()
        return [signal for rule in self._rules if (signal := rule.see(tape, flow, trade)) is not None]

    def see(self, event: Event) -> Iterable[Signal]:  # noqa: ARG002  # there is only one kind
        """Nothing becomes true by a hole; it has already taken the tape away, and with it all that was noted there."""
        return ()

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # a spike that lasts shows itself by more trades
        """Nothing becomes true by time alone."""
        return ()

    def explain(self, subject: Subject) -> Iterable[Ruling]:
        """Both ways to be a spike, of the side that trades more of its usual; tickers tell too little."""
        tape = subject.strip
        return [rule.explain(subject, tape) for rule in self._rules] if isinstance(tape, Tape) else []

    @property
    def overlooked(self) -> int:
        """Near misses for which there was no room."""
        return self._misses.dropped

    def missed(self, now: int) -> list[Decision]:
        """What nearly was a spike, in minutes that are over."""
        return self._misses.take(now)


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


RANKS: tuple[Severity, Severity] = ("info", "warning")


class _Rule:
    def __init__(self, name: str, settings: VolumeSpikeRule, misses: Misses) -> None:
        self._name = name
        self._settings = settings
        self._misses = misses
        self._ways = Ways(settings)
        self._sustain_ns = round(settings.sustain * SECOND)
        self._rearm_ns = round(settings.rearm_after * SECOND)
        self.hot_ratio = settings.volume_ratio * settings.rearm_below

    def see(self, tape: Tape, flow: Flow, trade: Trade) -> Signal | None:
        """A signal when the condition has held long enough and was not told yet, or not so loudly."""
        if flow.minute < flow.usual * self.hot_ratio:
            return None
        notes = (self._name, flow.sign)
        watch: _Watch = tape.notes.get(notes) or tape.notes.setdefault(notes, _Watch())
        if tape.at - watch.hot_at >= self._rearm_ns:
            watch.rank = 0
        watch.hot_at = tape.at
        spike = self._ways.find(tape, flow, trade.instrument.quote)
        if spike is None:
            self._miss(watch, tape, flow, trade)
            return None
        if watch.held != flow.trades - 1:
            watch.since = tape.at
        watch.held = flow.trades
        rank = 1 + (spike.ratio >= self._settings.volume_ratio * self._settings.loud_from)
        if rank <= watch.rank or tape.at - watch.since < self._sustain_ns:
            self._miss(watch, tape, flow, trade)
            return None
        watch.rank = rank
        self._misses.forget(Key(self._name, trade.exchange, trade.instrument))
        return self._signal(spike, RANKS[rank - 1], tape, trade)

    def explain(self, subject: Subject, tape: Tape) -> Ruling:
        """Of the side that trades more of its usual."""
        flow = busier(tape)
        watch: _Watch = tape.notes.get((self._name, flow.sign)) or _Watch()
        is_hot = subject.at - watch.hot_at < self._rearm_ns
        told = RANKS[watch.rank - 1] if watch.rank and is_hot else ""
        conditions = self._conditions(watch, tape, flow, subject.instrument.quote, subject.at)
        return Ruling(self._name, str(subject.instrument), told, tuple(conditions))

    def _miss(self, watch: _Watch, tape: Tape, flow: Flow, trade: Trade) -> None:
        """Keep what had the volume, but not all else, while nothing is told of it."""
        minute, settings = flow.minute, self._settings
        floor = settings.floors.get(trade.instrument.quote, 0.0)
        if watch.rank or minute < flow.usual * settings.volume_ratio or minute < floor * REACH:
            return
        key = Key(self._name, trade.exchange, trade.instrument)
        if self._misses.wants(key, trade.seen):
            conditions = self._conditions(watch, tape, flow, trade.instrument.quote, tape.at)
            self._misses.note(key, trade.seen, conditions)

    def _conditions(self, watch: _Watch, tape: Tape, flow: Flow, quote: str, at: int) -> Iterator[Condition]:
        """Number by number, with how long it has held."""
        held_s = (tape.at - watch.since) / SECOND if watch.held == flow.trades else 0.0
        held = at_least(HELD, held_s, self._settings.sustain)
        for window_s, checks in self._ways.numbers(tape, flow, quote, at):
            loud = checks[0].value >= self._settings.volume_ratio * self._settings.loud_from
            yield Condition.of(window_s, RANKS[loud], (*checks, held))

    def _signal(self, spike: Spike, severity: Severity, tape: Tape, trade: Trade) -> Signal:
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
