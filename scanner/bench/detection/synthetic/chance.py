"""Seeded chance. Every source of it has a name, so that what one coin does never depends on what another drew."""

from __future__ import annotations

from math import log
from random import Random


def dice(*name: object) -> Random:
    """A source of chance of its own; the same name gives the same draws on every machine."""
    return Random("/".join(map(str, name)))  # noqa: S311  # a market that never was keeps no secrets


def around(median: float, sigma: float, least: float, most: float, random: Random) -> float:
    """A log-normal draw: half lie below `median`, two thirds within a factor of e^sigma; cut off at the two bounds."""
    return min(most, max(least, random.lognormvariate(log(median), sigma)))
