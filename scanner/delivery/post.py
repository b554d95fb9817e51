"""What is known of one receiver before anything is sent to it."""

from __future__ import annotations

from msgspec import Struct

from scanner.sinks.base import ReceiverSettings, Sink

MINUTE_S = 60.0

Windows = tuple[tuple[int, float], ...]
"""At most so many messages in so many seconds, all of them at once."""


class Post(Struct, frozen=True):
    """A receiver: who brings its messages, what it wants to hear, and how fast it may be told."""

    name: str
    sink: Sink
    settings: ReceiverSettings = ReceiverSettings()
    pace: Windows = ()
    """What its service documents."""
    durable: bool = True
    """Whether its letters are kept in the store until they have arrived; those of a terminal are not."""
    fingerprint: str = ""
    """Of its settings: a receiver that wanted nothing any more is asked again once this has changed."""

    @property
    def windows(self) -> Windows:
        """The operator's word on its pace, else its service's."""
        per_minute = self.settings.per_minute
        return ((per_minute, MINUTE_S),) if per_minute else self.pace

    @property
    def max_age_ns(self) -> int:
        """After this long an alert is no news to it any more."""
        return round(self.settings.max_age * 1e9)
