"""What can be made to go wrong, by name: planned from the start or pulled like a lever while running."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from msgspec import Struct

FAULTS: dict[str, str] = {
    "stall": "connections stay open and answer pings, but no data comes",
    "close": "connections are cut without a farewell, and new ones soon after they are made",
    "refuse": "new connections are turned away with HTTP 429",
    "half-frame": "a data frame is cut in its middle and the line with it, again on every new connection",
    "garble": "broken frames are mixed in between the good ones",
    "duplicate": "every data frame is sent twice",
    "skip-sequence": "every 23rd data frame of a connection is left out, so that sequences break",
    "slow": "data comes late and in dribbles",
    "retire": "the connections of the moment are closed after 15 s, with notice where the venue gives any",
    "rate-limit": "REST calls, new connections and messages are answered as if there had been too many",
    "ban": "REST calls and new connections are turned away as a banned address's, and connections are cut",
}

SHORTEST_S = 0.1
"""A fault lasts at least this long, so that a short one is not over before anybody looks."""
_MS = 1_000


class Fault(Struct, frozen=True):
    """A planned fault: `after_s` seconds after the venue's first subscription, for `for_s` or, with None, for ever."""

    exchange: str
    name: str
    after_s: float = 0.0
    for_s: float | None = None


class Spell(Struct, frozen=True):
    """A fault that has its time."""

    name: str
    start_ms: int
    end_ms: float


class Faults:
    """One venue's faults. Times are Unix milliseconds of the venue's clock."""

    def __init__(self, planned: Iterable[Fault] = ()) -> None:
        self._planned = tuple(planned)
        self._spells: list[Spell] = []

    def open(self, now_ms: int) -> None:
        """The venue opens its doors: what was planned for the very beginning has its time now."""
        for fault in self._planned:
            if not fault.after_s:
                self._add(fault.name, now_ms, 0, fault.for_s)
        self._planned = tuple(fault for fault in self._planned if fault.after_s)

    def begin(self, now_ms: int) -> None:
        """The first subscription came: what was planned for later counts from now."""
        for fault in self._planned:
            self._add(fault.name, now_ms, int(fault.after_s * _MS), fault.for_s)
        self._planned = ()

    def arm(self, name: str, now_ms: int, for_s: float | None = None) -> None:
        """Let it go wrong from now on; KeyError for a fault that does not exist."""
        FAULTS[name]
        self._add(name, now_ms, 0, for_s)

    def heal(self) -> None:
        """All is well, whatever was planned."""
        self._planned = ()
        self._spells.clear()

    def active(self, name: str, now_ms: int) -> bool:
        """Whether it goes wrong in this way just now."""
        return self.left_s(name, now_ms) > 0

    def left_s(self, name: str, now_ms: int) -> float:
        """How long it will go on going wrong in this way: 0 when it does not, inf for ever."""
        return max(
            (
                (spell.end_ms - now_ms) / _MS
                for spell in self._spells
                if spell.name == name and spell.start_ms <= now_ms < spell.end_ms
            ),
            default=0.0,
        )

    def rows(self, now_ms: int) -> list[dict[str, object]]:
        """All that has its time and is not over yet, as plain data; `for_s` is what is left, None for ever."""
        return [
            {
                "fault": spell.name,
                "in_s": max(0.0, (spell.start_ms - now_ms) / _MS),
                "for_s": None if spell.end_ms == inf else (spell.end_ms - max(now_ms, spell.start_ms)) / _MS,
                "active": spell.start_ms <= now_ms,
            }
            for spell in self._spells
            if now_ms < spell.end_ms
        ]

    def _add(self, name: str, now_ms: int, after_ms: int, for_s: float | None) -> None:
        """One more; those that are over are forgotten, so that levers can be pulled for ever."""
        start_ms = now_ms + after_ms
        end_ms = inf if for_s is None else start_ms + max(for_s, SHORTEST_S) * _MS
        self._spells = [spell for spell in self._spells if now_ms < spell.end_ms]
        self._spells.append(Spell(name, start_ms, end_ms))
