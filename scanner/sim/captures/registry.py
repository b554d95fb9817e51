"""Every venue whose captures can be served: a literal table."""

from __future__ import annotations

from scanner.sim.captures.base import Reader
from scanner.sim.captures.binance import BinanceReader
from scanner.sim.captures.okx import OkxReader
from scanner.sim.captures.tickets import TicketReader

READERS: dict[str, Reader] = {
    "upbit": TicketReader(),
    "bithumb": TicketReader(),
    "binance": BinanceReader(),
    "okx": OkxReader(),
}
