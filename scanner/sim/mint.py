"""Coins that never were, for venues that list more than anybody can remember: always the same, in the same order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count

from scanner.sim.chance import mix, seed_of

_HEADS = (*"BCDFGHJKLMNPRSTVZ", "BL", "BR", "CH", "DR", "FL", "GR", "KR", "PL", "SH", "SK", "SP", "ST", "TH", "TR")
_VOWELS = tuple("AEIOU")
_MIDDLES = (*"BDGKLMNPRSTVXZ", "LL", "ND", "RK")
_ENDS = ("", "", "R", "N", "X", "K", "M")
"""None of them makes a word by which venues call leveraged tokens."""


def codes(taken: Collection[str]) -> Iterator[str]:
    """Codes of four to eight letters, so none of a state's currency; each once, and none that is `taken`."""
    seen = set(taken)
    for number in count():
        code = _code(seed_of("mint", number))
        if code not in seen:
            seen.add(code)
            yield code


def _code(dice: int) -> str:
    parts = (_HEADS, _VOWELS, _MIDDLES, _VOWELS, _ENDS)
    return "".join(part[mix(dice, place) % len(part)] for place, part in enumerate(parts))
