"""What happens in a scene and what may be said about it. Detectors never see this."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND

Stage = Literal["pump", "dump", "market", ""]

EARLY_S = 120.0
"""An alert so long before the onset still is about it …"""
LATE_S = 300.0
"""… and one so long after it is not too late."""
AFTERMATH_S = 7200.0
"""What is said of the same coin until so long after the onset is of the same story, and no false alert."""
EVERYONE = "*"
"""The base of the symbol that stands for all coins of a quote currency: `*/KRW`."""


class Label(Struct, frozen=True):
    """One thing that happens to one instrument, or to all of them. Moments are nanoseconds UTC."""

    kind: str
    """Its name in the table of positives or of negatives."""
    instrument: Instrument
    """`*/QUOTE` for what happens to the whole market."""
    stage: Stage
    """What is to be told: `pump` or `dump` of a positive, `market` of a move of all, nothing of other negatives."""
    onset: int
    since: int
    until: int
    """The span, both ends included, in which an alert is about it: a hit where it says the stage, else false."""

    @property
    def positive(self) -> bool:
        """Whether its telling is a hit and its silence a miss."""
        return self.stage in {"pump", "dump"}

    @property
    def aftermath(self) -> int:
        """Until when a positive's coin may be spoken of without being right or wrong."""
        return self.onset + round(AFTERMATH_S * SECOND)

    def spans(self, at: int) -> bool:
        """Whether an alert at that moment is about this."""
        return self.since <= at <= self.until
