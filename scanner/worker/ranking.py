"""Who is traded most: a ranking by 24 h turnover that does not waver when two near its border take turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from scanner.model.instrument import Instrument

HOLD = 1.2
"""One that is in is ranked so many times higher, and one place more: it leaves when it has clearly fallen out, not when
it changes places with its neighbour, for each change costs subscriptions and a hole in somebody's data."""


def most_traded(
    turnover: Mapping[Instrument, float],
    among: Iterable[Instrument],
    room: Mapping[str, int],
    kept: Collection[Instrument] = frozenset(),
) -> frozenset[Instrument]:
    """The first of each quote currency, as many as there is `room` for in it; `kept` are those that are in already.

    Turnovers of different quote currencies do not compare, so each has its own ranking. Names break ties.
    """
    ranked: dict[str, list[Instrument]] = {}
    for instrument in sorted(among, key=lambda i: (-turnover.get(i, 0.0), i)):
        ranked.setdefault(instrument.quote, []).append(instrument)
    return frozenset(first for quote, row in ranked.items() for first in _first(row, room.get(quote, 0), kept))


def by_activity(turnover: Mapping[Instrument, float], among: Iterable[Instrument]) -> list[Instrument]:
    """All of them, the most traded first; quote currencies take turns, for their turnovers do not compare."""
    places: Counter[str] = Counter()
    ranked: list[tuple[int, Instrument]] = []
    for instrument in sorted(among, key=lambda i: (-turnover.get(i, 0.0), i)):
        places[instrument.quote] += 1
        ranked.append((places[instrument.quote], instrument))
    return [instrument for _, instrument in sorted(ranked)]


def each(among: Iterable[Instrument], count: int) -> dict[str, int]:
    """The same room for each quote currency."""
    return dict.fromkeys({instrument.quote for instrument in among}, count)


def shared(among: Iterable[Instrument], count: int) -> dict[str, int]:
    """Room for `count` in all: as much for each quote currency, and what a small one does not need for the others."""
    sizes = Counter(instrument.quote for instrument in among)
    room: dict[str, int] = {}
    for place, (quote, size) in enumerate(sorted(sizes.items(), key=lambda item: (item[1], item[0]))):
        room[quote] = min(size, (count - sum(room.values())) // (len(sizes) - place))
    return room


def _first(row: list[Instrument], count: int, kept: Collection[Instrument]) -> list[Instrument]:
    places = {instrument: place / HOLD - 1 if instrument in kept else place for place, instrument in enumerate(row, 1)}
    return sorted(row, key=places.__getitem__)[:count]
