"""Every venue that can be simulated: a literal table."""

from __future__ import annotations

from scanner.sim.venues.base import Venue
from scanner.sim.venues.bithumb import Bithumb
from scanner.sim.venues.upbit import Upbit

VENUES: dict[str, Venue] = {
    "upbit": Upbit(),
    "bithumb": Bithumb(),
}
