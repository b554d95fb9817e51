"""What is traded: a pair of currencies and the kind of contract, named the same way on every venue."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

Kind = Literal["spot", "perpetual"]

_SYMBOL = re.compile(r"(?P<base>[^\W_]+)/(?P<quote>[A-Z0-9]+)(?::(?P<settle>[A-Z0-9]+))?")
"""Bases may have letters of any script: venues list coins with Chinese names."""


class Instrument(Struct, frozen=True, array_like=True, gc=False, order=True, cache_hash=True):
    """A tradable pair, written `BTC/KRW`; a perpetual names its settlement too: `BTC/USDT:USDT`.

    A venue's own code (`KRW-BTC`, `BTCUSDT`) lives only in that venue's folder.
    """

    base: str
    quote: str
    kind: Kind = "spot"

    def __str__(self) -> str:
        pair = f"{self.base}/{self.quote}"
        return pair if self.kind == "spot" else f"{pair}:{self.quote}"

    @classmethod
    def parse(cls, text: str) -> Instrument:
        """Read `BTC/KRW` or `BTC/USDT:USDT`, in any case; ValueError names what was expected."""
        match = _SYMBOL.fullmatch(text.strip().upper())
        if match is None:
            raise ValueError(f"{text!r} is no symbol: expected BASE/QUOTE such as BTC/KRW")
        return cls(match["base"], match["quote"], "perpetual" if match["settle"] else "spot")
