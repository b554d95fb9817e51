"""Chance without state: numbers that depend on what they are asked for alone, so any moment can be computed alone."""

from __future__ import annotations

from hashlib import blake2b
from math import exp

_MASK = (1 << 64) - 1
_UNIT = 1.0 / (1 << 53)
_MOST = 2_000
"""Where rounding would keep the sum below the draw for ever, counting ends here."""


def seed_of(*parts: object) -> int:
    """A 64-bit number for these parts, the same in every process and on every machine."""
    text = "\n".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def mix(*numbers: int) -> int:
    """A well-stirred 64-bit number; neighbouring inputs give unrelated outputs."""
    stirred = 0x9E3779B97F4A7C15
    for number in numbers:
        stirred = ((stirred ^ number) * 0xBF58476D1CE4E5B9) & _MASK
        stirred ^= stirred >> 29
        stirred = (stirred * 0x94D049BB133111EB) & _MASK
        stirred ^= stirred >> 32
    return stirred


def unit(*numbers: int) -> float:
    """An even draw from [0, 1)."""
    return (mix(*numbers) >> 11) * _UNIT


def between(low: float, high: float, *numbers: int) -> float:
    """An even draw from [low, high)."""
    return low + (high - low) * unit(*numbers)


def poisson(mean: float, draw: float) -> int:
    """How many happen when `mean` are expected (up to some hundred); `draw` is even in [0, 1)."""
    chance = reached = exp(-mean)
    count = 0
    while reached < draw and count < _MOST:
        count += 1
        chance *= mean / count
        reached += chance
    return count
