"""A venue of the ticket family: one desk and one way of telling for all of them, each in words of its own."""

from __future__ import annotations

from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.base import VenueLimits
from scanner.sim.venues.desk import TicketDesk
from scanner.sim.venues.telling import TicketTeller, Words
from scanner.sim.venues.tickets import Rules


class TicketVenue:
    """What the family shares; a venue names the rest, and has a REST side of its own."""

    name: str
    binary: bool
    limits: VenueLimits
    rules: Rules
    words: Words
    ws_path = "/websocket/v1"

    def desk(self, path: str = "") -> TicketDesk:
        """For one new connection to a recording."""
        del path
        return TicketDesk(self.rules, binary=self.binary)

    def converse(self, market: SimulatedMarket, path: str = "") -> tuple[TicketDesk, TicketTeller]:
        """For one new connection to a simulated market."""
        desk = self.desk(path)
        return desk, TicketTeller(self.words, market, desk)
