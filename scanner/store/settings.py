"""`[state]`: where what has to survive is kept, and how much of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from scanner.model.units import Positive, Seconds

Folder = Annotated[str, Meta(description="a folder of one scanner's own, or nothing for the usual one")]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the scanner remembers between two runs: alerts on their way, open stories, silences, decisions."""

    dir: Folder = ""
    """Where; empty means market-scanner in the user's XDG state folder, usually ~/.local/state/market-scanner."""
    keep: Seconds = 30 * 86_400.0
    """How long what is settled is kept for `scanner alerts list` and `explain`."""
    keep_alerts: Positive = 100_000
    """At most so many messages, however young; what still waits for a receiver then goes as well, and is counted."""
