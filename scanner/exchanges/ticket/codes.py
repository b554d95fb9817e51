"""Market codes of the family, `KRW-BTC`: quote first, both ways."""

from __future__ import annotations

import re

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.nonsense import bounded
from scanner.model.instrument import Instrument

REMEMBERED = 4096
"""Codes a session keeps: five times all markets of the largest venue, and a bound for one that invents codes."""

_CODE = re.compile(r"(?P<quote>[A-Z0-9]{1,20})-(?P<base>[A-Z0-9]{1,20})")


def code_of(instrument: Instrument) -> str:
    """`BTC/KRW` as these venues write it: `KRW-BTC`."""
    return f"{instrument.quote}-{instrument.base}"


def read_code(code: str) -> Instrument:
    """`KRW-BTC` as an instrument; RemoteNonsense when it is no code."""
    match = _CODE.fullmatch(code)
    if match is None:
        raise RemoteNonsense(f"{bounded(code)!r} is no market code")
    return Instrument(match["base"], match["quote"])


class Instruments(dict[str, Instrument]):
    """Instruments by code, each read once; a lookup raises RemoteNonsense when the code is none."""

    def __missing__(self, code: str) -> Instrument:
        instrument = read_code(code)
        if len(self) < REMEMBERED:
            self[code] = instrument
        return instrument
