"""The two ways of being a spike: much in a minute with a price that follows, or as much for five minutes on end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from scanner.detectors.conditions import CHANGE, FIVE_TURNOVER, TRADES, TURNOVER, VOLUME, Check, at_least
from scanner.detectors.flow import Flow
from scanner.detectors.tape import Tape
from scanner.detectors.usual import ratio
from scanner.detectors.windows import FIVE_S, MINUTE_S
from scanner.model.moments import SECOND

MINUTE_NS = MINUTE_S * SECOND
FIVE_MIN = FIVE_S // 60


class Marks(Protocol):
    """What a rule's settings say about spikes; see `volume_spike.VolumeSpikeRule`."""

    @property
    def volume_ratio(self) -> float: ...  # noqa: D102
    @property
    def change(self) -> float: ...  # noqa: D102
    @property
    def times_usual_move(self) -> float: ...  # noqa: D102
    @property
    def min_trades(self) -> int: ...  # noqa: D102
    @property
    def floors(self) -> Mapping[str, float]: ...  # noqa: D102


class Spike(Struct, frozen=True, gc=False):
    """What is held against the usual."""

    turnover: float
    ratio: float
    window_s: float
    reference: float
    """The price before it."""


class Ways:
    """What one rule asks of a side of a tape, number by number."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def find(self, tape: Tape, flow: Flow, quote: str) -> Spike | None:
        """In the last minute with a move, or in the last five without one; as of the newest trade."""
        minute, five, reference = flow.minute, flow.five, abs(_left(flow, tape.at))
        if all(check.met for check in self._in_a_minute(tape, flow, quote, tape.at)):
            return Spike(minute, ratio(minute, flow.usual), MINUTE_S, reference)
        if all(check.met for check in self._in_five(tape, flow, quote, tape.at)):
            return Spike(five, ratio(five, flow.usual * FIVE_MIN), FIVE_S, reference)
        return None

    def numbers(self, tape: Tape, flow: Flow, quote: str, at: int) -> Iterator[tuple[float, list[Check]]]:
        """Both windows in seconds, each with what it asks; the volume comes first.

        Sums of a window stand as they were at the last trade, until all of it lies outside of the window.
        """
        yield MINUTE_S, list(self._in_a_minute(tape, flow, quote, at))
        yield FIVE_S, list(self._in_five(tape, flow, quote, at))

    def _in_a_minute(self, tape: Tape, flow: Flow, quote: str, at: int) -> Iterator[Check]:
        """Much, by many, and the price went with the takers, further than it usually goes."""
        minute = _lasting(flow.minute, tape, at, MINUTE_S)
        yield self._volume(minute, flow.usual)
        yield from self._by_many(tape, minute, quote, at)
        usual = (tape.baseline.bought if flow.sign > 0 else tape.baseline.sold).move.size
        least = max(self._marks.change, self._marks.times_usual_move * usual)
        change = flow.climb.price / _left(flow, at) - 1.0
        yield Check(CHANGE, change, least * flow.sign, change * flow.sign >= least)

    def _in_five(self, tape: Tape, flow: Flow, quote: str, at: int) -> Iterator[Check]:
        """As much, whatever the price does; and still by many in the last minute."""
        five = _lasting(flow.five, tape, at, FIVE_S)
        yield self._volume(five, flow.usual * FIVE_MIN)
        yield from self._by_many(tape, _lasting(flow.minute, tape, at, MINUTE_S), quote, at)
        yield at_least(FIVE_TURNOVER, five, self._floor(quote) * FIVE_MIN)

    def _volume(self, amount: float, usual: float) -> Check:
        asked = self._marks.volume_ratio
        return Check(VOLUME, ratio(amount, usual), asked, amount >= usual * asked)

    def _by_many(self, tape: Tape, minute: float, quote: str, at: int) -> Iterator[Check]:
        trades = tape.minute_trades[0] if at - tape.at < MINUTE_NS else 0
        yield at_least(TRADES, trades, self._marks.min_trades)
        yield at_least(TURNOVER, minute, self._floor(quote))

    def _floor(self, quote: str) -> float:
        return self._marks.floors.get(quote, 0.0)


def busier(tape: Tape) -> Flow:
    """The side that trades more of its usual minute."""
    return max(tape.bought, tape.sold, key=_busy)


def _busy(flow: Flow) -> float:
    return flow.minute / flow.usual if flow.usual else 0.0


def _left(flow: Flow, at: int) -> float:
    """The price that was left within the last minute, signed as the flow's own; the present one when none was."""
    level = flow.climb.low(MINUTE_NS, at)
    return level[0] if level else flow.climb.price


def _lasting(amount: float, tape: Tape, at: int, window_s: float) -> float:
    return amount if (at - tape.at) / SECOND < window_s else 0.0
