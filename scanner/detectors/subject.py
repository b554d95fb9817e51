"""Whom a question is about: an instrument on one venue at a moment, with what is known of its present."""

from __future__ import annotations

from msgspec import Struct

from scanner.detectors.strip import Strip
from scanner.model.instrument import Instrument


class Subject(Struct, frozen=True):
    """One instrument on one venue."""

    exchange: str
    instrument: Instrument
    strip: Strip | None
    """Its tape, or its tickers where it has none; None while nothing was seen since the last hole."""
    at: int
    """The moment that is asked about, nanoseconds UTC by the venue's clock; never before the strip's newest event."""
