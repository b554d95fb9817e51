"""Captures of OKX: every frame says its channel and instrument, books begin with a snapshot of their own.

1790000000.95: {"arg":{"channel":"trades","instId":"WAVE-USDT"},"data":[{"px":"0.25","sz":"40","side":"buy", …}]}
"""

from __future__ import annotations

from scanner.model.instrument import Instrument
from scanner.sim.captures.base import Message, Pairs, SelfContained, levels, positive, rows
from scanner.sim.venues.base import StreamKey


class OkxReader(SelfContained):
    """Codes are the venue's instrument ids."""

    def key(self, message: Message) -> StreamKey | None:
        """(channel, instrument id) of what carries data."""
        argument = message.get("arg")
        if not isinstance(argument, dict) or not _has_data(message):
            return None
        channel, code = argument.get("channel"), argument.get("instId")
        return (channel, code) if isinstance(channel, str) and isinstance(code, str) and "-" in code else None

    def price(self, message: Message) -> float | None:
        """Of a ticker or trade; of a whole book its best bid."""
        row: Message = next(iter(rows(message.get("data"))), {})
        bids = () if message.get("action") == "update" else levels(row.get("bids"))
        return positive(row.get("last"), row.get("px"), *(price for price, _ in bids[:1]))

    def instrument(self, code: str, pairs: Pairs) -> Instrument:
        """`WAVE-USDT` is WAVE/USDT; what follows a second dash stays with the quote, so that no two codes are one."""
        del pairs
        base, _, quote = code.partition("-")
        if not base or not quote:
            raise ValueError("expected BASE-QUOTE such as BTC-USDT")
        return Instrument(base, quote)


def _has_data(message: Message) -> bool:
    """Confirmations have none. Candles are lists, all else are objects."""
    data = message.get("data")
    return isinstance(data, list) and any(isinstance(row, dict | list) for row in data)
