"""Captures of the ticket family: frames in long or short spelling, whole books.

1790000000.95: b'{"ty":"trade","cd":"KRW-SUI","tp":4521.0, …}'
"""

from __future__ import annotations

from scanner.model.instrument import Instrument
from scanner.sim.captures.base import Message, Pairs, SelfContained, positive, rows
from scanner.sim.venues.base import StreamKey


class TicketReader(SelfContained):
    """Upbit's and Bithumb's."""

    def key(self, message: Message) -> StreamKey | None:
        """(type, code)."""
        kind, code = message.get("type", message.get("ty")), message.get("code", message.get("cd"))
        return (kind, code) if isinstance(kind, str) and isinstance(code, str) and "-" in code else None

    def price(self, message: Message) -> float | None:
        """The last price, or for a book its best bid."""
        units = rows(message.get("orderbook_units", message.get("obu")))
        best: Message = units[0] if units else {}
        return positive(message.get("trade_price"), message.get("tp"), best.get("bid_price"), best.get("bp"))

    def instrument(self, code: str, pairs: Pairs) -> Instrument:
        """`KRW-SUI` is SUI/KRW."""
        del pairs
        quote, _, base = code.partition("-")
        try:
            return Instrument.parse(f"{base}/{quote}")
        except ValueError:
            raise ValueError("expected QUOTE-BASE such as KRW-BTC") from None
