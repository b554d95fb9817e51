"""Captures of Binance: combined frames, recorded depth snapshots that their differences fit, and perhaps the catalogue.

1790000000.95: {"stream":"wavebtc@depth@100ms","data":{"e":"depthUpdate","s":"WAVEBTC","U":7,"u":9,"b":[],"a":[]}}
https://host/api/v3/depth?symbol=WAVEBTC&limit=1000 -> 1790000001.1: {"lastUpdateId":8,"bids":[["0.5","3"]],"asks":[]}
https://host/api/v3/exchangeInfo -> 1790000000.1: {"symbols":[{"symbol":"WAVEBTC","baseAsset":"WAVE", …}]}
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from scanner.model.instrument import Instrument
from scanner.sim.captures.base import Message, Pairs, Shot, levels, positive, rows, whole
from scanner.sim.venues.base import StreamKey

QUOTES = ("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "GBP", "AUD", "DAI")
"""Tried in this order where no catalogue was recorded; longer ones first, for one may end like another."""


class BinanceReader:
    """Codes are in lower case, as in the names of streams."""

    def key(self, message: Message) -> StreamKey | None:
        """(kind, code) of a combined frame; all-market streams have no code."""
        stream = message.get("stream")
        if not isinstance(stream, str) or "data" not in message:
            return None
        if stream.startswith("!"):
            return stream, ""
        code, _, kind = stream.partition("@")
        return (kind, code.lower()) if code and kind else None

    def price(self, message: Message) -> float | None:
        """Of a trade, of a candle its close, of a best price its bid; differences of books say nothing."""
        data = _inner(message, "data")
        if data.get("e") == "depthUpdate":
            return None
        return positive(data.get("p"), _inner(data, "k").get("c"), data.get("c"), data.get("b"))

    def continues(self, message: Message) -> int | None:
        """One less than the first number of a difference."""
        first = whole(_inner(message, "data").get("U"))
        return None if first is None else first - 1

    def pairs(self, answer: Message) -> Pairs:
        """Of `exchangeInfo`."""
        found = {}
        for row in rows(answer.get("symbols")):
            code, base, quote = (row.get(name) for name in ("symbol", "baseAsset", "quoteAsset"))
            if isinstance(code, str) and isinstance(base, str) and isinstance(quote, str):
                found[code.lower()] = base, quote
        return found

    def shot(self, url: str, answer: Message) -> tuple[str, Shot] | None:
        """Of `depth?symbol=…`."""
        code = parse_qs(urlsplit(url).query).get("symbol", [""])[0]
        sequence = whole(answer.get("lastUpdateId"))
        if not code or sequence is None:
            return None
        return code.lower(), Shot(sequence, levels(answer.get("bids")), levels(answer.get("asks")))

    def instrument(self, code: str, pairs: Pairs) -> Instrument:
        """From the catalogue, else by how it ends."""
        if code in pairs:
            return Instrument(*pairs[code])
        symbol = code.upper()
        quote = next((quote for quote in QUOTES if symbol.endswith(quote) and symbol != quote), None)
        if quote is None:
            raise ValueError(f"expected a code that ends with one of {', '.join(QUOTES)}, or a recorded exchangeInfo")
        return Instrument(symbol.removesuffix(quote), quote)


def _inner(message: Message, name: str) -> Message:
    inner = message.get(name)
    return inner if isinstance(inner, dict) else {}
