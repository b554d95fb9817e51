"""What goes on around a coin, as far as it decides whether the coin's story is told, and when."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from scanner.detectors.base import Signal
from scanner.model.instrument import Instrument


@runtime_checkable
class Surroundings(Protocol):
    """What goes on around a coin. In the engine's row of detectors one may know."""

    def venues(self, instrument: Instrument) -> int:
        """How many venues trade this coin, for whatever currency; of `*`, how many have such a market."""
        ...

    def stirring(self, exchange: str, quote: str) -> bool:
        """Whether a whole market moves, or may be about to."""
        ...

    def explains(self, signal: Signal) -> bool:
        """Whether a coin only goes along with its market."""
        ...


class Nowhere:
    """Surroundings of which nothing is known: every coin is on one venue, and no market moves."""

    def venues(self, instrument: Instrument) -> int:  # noqa: ARG002  # nothing is known of anybody
        """Itself."""
        return 1

    def stirring(self, exchange: str, quote: str) -> bool:  # noqa: ARG002  # nothing is known of anybody
        """Never."""
        return False

    def explains(self, signal: Signal) -> bool:  # noqa: ARG002  # nothing is known of anybody
        """Never."""
        return False
