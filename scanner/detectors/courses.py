"""Where an instrument stands and how it came there, read from the tapes: for whoever follows a story.

Nothing is done for an event. What is asked for is read off what the tapes keep anyway, so that it costs only those
instruments that somebody follows, and only when they are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.detectors.base import Signal
from scanner.detectors.baseline import DAY_MIN
from scanner.detectors.flow import Flow
from scanner.detectors.tape import CELL_NS, Tape
from scanner.detectors.tapes import Tapes, Track
from scanner.detectors.tickers import Ticks
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Gap
from scanner.model.moments import SECOND
from scanner.model.news import Point
from scanner.model.standing import Standing

FRESH_S = 3_600
"""A ticker's total of 24 h is believed for so long; then what was learnt since says more."""


class Courses:
    """Stands in the row behind the tapes and says nothing itself; the engine hands it to episodes.

    It is a `scanner.alerts.course.Course`.
    """

    wants: tuple[type[Event], ...] = (Gap,)

    def __init__(self, tapes: Tapes) -> None:
        self._tapes = tapes

    def see(self, event: Event) -> Iterable[Signal]:  # noqa: ARG002  # the tapes have seen it
        """Nothing is noted here."""
        return ()

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # whoever follows asks by itself
        """Nothing changes by time alone."""
        return ()

    def standing(self, exchange: str, instrument: Instrument) -> Standing | None:
        """As of the last event; None where no price was seen since the last hole."""
        track = self._tapes.track(exchange, instrument)
        strip = (track.tape or track.ticks) if track is not None else None
        if track is None or strip is None:
            return None
        rises, falls, turnover = _sides(strip)
        return Standing(
            began=strip.began,
            price=_price(strip),
            high=max(rises.high, falls.high),
            low=min(rises.low, falls.low),
            turnover=turnover,
            turnover_24h=_day(track, strip),
        )

    def points(self, exchange: str, instrument: Instrument) -> tuple[Point, ...]:
        """The last five minutes in steps of five seconds, oldest first, and the step that is not over yet.

        Times are our own clock's as far as a venue's clock agrees with it. Empty where only tickers are taken.
        """
        tape = self._tapes.find(exchange, instrument)
        if tape is None:
            return ()
        closed = [((cell + 1) * CELL_NS, price, turnover) for cell, price, turnover in tape.windows.turnovers()]
        return (*closed, (tape.at, _price(tape), tape.windows.growing))


def _sides(strip: Tape | Ticks) -> tuple[Flow, Flow, float]:
    """Both sides, and what was turned over; the day's total also loses what was traded a day ago."""
    if isinstance(strip, Tape):
        return strip.bought, strip.sold, strip.bought.total + strip.sold.total
    return strip.up, strip.down, max(0.0, strip.up.total - strip.first_total)


def _price(strip: Tape | Ticks) -> float:
    """Of the side that traded last: the other side's may be old."""
    flow = strip.flow if isinstance(strip, Tape) else strip.up
    return abs(flow.climb.price)


def _day(track: Track, strip: Tape | Ticks) -> float:
    if track.day_turnover and strip.at - track.day_seen < FRESH_S * SECOND:
        return track.day_turnover
    usual = track.baseline
    return (usual.bought.turnover.mean + usual.sold.turnover.mean) * DAY_MIN if usual.warm else track.day_turnover
