"""Who waits to be asked about, in which order, and what became of the others. Pure: nothing is asked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from scanner.exchanges.base import Request
from scanner.model.instrument import Instrument


class Outcome(Enum):
    """What became of asking about one instrument."""

    WARMED = "warmed"
    """Its past was told."""
    EMPTY = "empty"
    """It has none."""
    RETRIED = "retried"
    """It will be asked about again."""
    GIVEN_UP = "given_up"
    """It will not."""


class Wish(Struct, frozen=True):
    """What waits for its turn."""

    request: Request
    tries: int = 0
    """Answers so far, none of which made sense."""


class Waiting:
    """Everybody who is wanted waits, is being asked about, or is settled. All of it is bounded by what is wanted."""

    def __init__(self) -> None:
        self._places: dict[Instrument, int] = {}
        """Of all who are wanted, in the order of the wish."""
        self._line: dict[Instrument, Wish] = {}
        self._under_way: set[Instrument] = set()
        self._settled: dict[Instrument, Outcome] = {}

    def __len__(self) -> int:
        """How many stand in line."""
        return len(self._line)

    def __contains__(self, instrument: Instrument) -> bool:
        """Whether it is wanted still."""
        return instrument in self._places

    @property
    def wanted(self) -> int:
        """How many are wanted, whatever became of them."""
        return len(self._places)

    @property
    def open(self) -> int:
        """How many of these are not settled yet."""
        return len(self._places) - len(self._settled)

    def outcomes(self) -> Counter[str]:
        """Outcome → how many of these are settled so."""
        return Counter(outcome.value for outcome in self._settled.values())

    def want(self, requests: Mapping[Instrument, Request]) -> None:
        """These from now on, in this order; who is under way or settled stays so."""
        self._places = {one: place for place, one in enumerate(requests)}
        self._settled = {one: outcome for one, outcome in self._settled.items() if one in requests}
        elsewhere = self._settled.keys() | self._under_way
        wishes = {one: Wish(request) for one, request in requests.items() if one not in elsewhere}
        self._line = self._ordered(wishes | {one: wish for one, wish in self._line.items() if one in wishes})

    def take(self) -> tuple[Instrument, Wish]:
        """The first in line, who is under way from now on; StopIteration when nobody stands there."""
        instrument = next(iter(self._line))
        self._under_way.add(instrument)
        return instrument, self._line.pop(instrument)

    def put_back(self, instrument: Instrument, wish: Wish) -> None:
        """Its turn comes again: where it stood, but after all who were tried less often."""
        self._under_way.discard(instrument)
        if instrument in self:
            self._line = self._ordered(self._line | {instrument: wish})

    def settle(self, instrument: Instrument, outcome: Outcome) -> None:
        """Nothing more is to be asked about it, as long as it stays wanted."""
        self._under_way.discard(instrument)
        self._line.pop(instrument, None)
        if instrument in self:
            self._settled[instrument] = outcome

    def everybody(self) -> list[Instrument]:
        """Those who stand in line."""
        return list(self._line)

    def _ordered(self, line: Mapping[Instrument, Wish]) -> dict[Instrument, Wish]:
        return {one: line[one] for one in sorted(line, key=lambda one: (line[one].tries, self._places[one]))}
