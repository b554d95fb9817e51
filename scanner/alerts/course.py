"""Where prices stand, asked once a second for the stories that are open, and never for an event."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from scanner.model.instrument import Instrument
from scanner.model.news import Point
from scanner.model.standing import Standing


@runtime_checkable
class Course(Protocol):
    """Where instruments stand. In the engine's row of detectors one may know."""

    def standing(self, exchange: str, instrument: Instrument) -> Standing | None:
        """As of the last event; None where nothing is known."""
        ...

    def points(self, exchange: str, instrument: Instrument) -> tuple[Point, ...]:
        """The last minutes, oldest first; empty where nothing is known."""
        ...


class Untold:
    """A course of which nothing is known."""

    def standing(self, exchange: str, instrument: Instrument) -> Standing | None:  # noqa: ARG002  # of nobody
        """Nothing."""
        return None

    def points(self, exchange: str, instrument: Instrument) -> tuple[Point, ...]:  # noqa: ARG002  # of nobody
        """None."""
        return ()
