"""The price as a function of time: waves that never jump, so that any moment, past or future, can be asked for alone.

A sum of slow waves has a known steepest slope; that is the promise a quiet market rests on. What makes it look alive,
the bounce between bid and ask, comes from the trades.
"""

from __future__ import annotations

from math import exp, sin, tau

from msgspec import Struct

from scanner.sim.chance import between, mix

_OWN = ((0.0003, 25, 45), (0.0007, 100, 220), (0.0020, 900, 1_800), (0.0100, 7_000, 15_000))
_COMMON = ((0.0002, 30, 50), (0.0005, 150, 240), (0.0015, 1_200, 1_800), (0.0080, 9_000, 12_000))
_STILL = ((0.0001, 600, 1_800), (0.0003, 7_000, 15_000))
"""Amplitude as a fraction, shortest and longest period in seconds."""


class Wave(Struct, frozen=True):
    """One swing of the logarithm of a price."""

    amplitude: float
    pace: float
    """Radians a second."""
    phase: float


class Path(Struct, frozen=True):
    """A coin's own waves and how much it follows the common ones."""

    level: float
    """The price the waves swing around."""
    follows: float
    own: tuple[Wave, ...]
    common: tuple[Wave, ...]

    def mid(self, second: float) -> float:
        """Fair price that many seconds after the market's origin; negative seconds are the past."""
        own = sum([wave.amplitude * sin(wave.pace * second + wave.phase) for wave in self.own])
        common = sum([wave.amplitude * sin(wave.pace * second + wave.phase) for wave in self.common])
        return self.level * exp(own + self.follows * common)


def common_waves(seed: int) -> tuple[Wave, ...]:
    """The waves that lift all boats, equal on every venue."""
    return _waves(_COMMON, mix(seed, 1))


def path(level: float, seed: int, common: tuple[Wave, ...]) -> Path:
    """A coin's path; the same seed and level give the same path on every venue."""
    return Path(level, between(0.6, 1.3, seed, 2), _waves(_OWN, mix(seed, 3)), common)


def pegged(level: float, seed: int) -> Path:
    """The path of a coin that keeps its promise to be worth so much: it follows nobody."""
    return Path(level, 0.0, _waves(_STILL, mix(seed, 3)), ())


def _waves(shapes: tuple[tuple[float, int, int], ...], dice: int) -> tuple[Wave, ...]:
    return tuple(
        Wave(amplitude, tau / between(shortest, longest, dice, index, 1), between(0.0, tau, dice, index, 2))
        for index, (amplitude, shortest, longest) in enumerate(shapes)
    )
