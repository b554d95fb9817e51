"""What the store knows of a coin between two moments, and what it means when that is nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from scanner.model.decision import Decision
from scanner.model.instrument import Instrument
from scanner.store import decisions

MOST = 200
"""Decisions that one answer tells: the newest."""
SEARCHED = 20_000
"""Of so many decisions of all coins, those of one coin are picked where no currency was named."""
MARKET = "*"
"""The base of a whole market, which may be why one of its coins is not told of."""

CALM = "nothing is noted about it: no rule came within reach of its threshold there (other coins were looked at then)"
ABSENT = (
    "nothing is noted about any coin: no scanner ran with this state folder then, all was calm, "
    "or it is not kept any more"
)


class Past(Struct, frozen=True):
    """What was decided between two moments, both included, nanoseconds UTC."""

    since: int
    until: int
    decisions: Sequence[Decision]
    """Oldest first."""
    others: bool
    """Whether anything at all was noted then, of whatever coin."""
    nothing: str
    """Where there are no decisions, what that means."""


def recall(database: sqlite3.Connection, symbol: str, exchange: str, since: int, until: int) -> Past:
    """Of `KAVA/KRW`, or of a coin such as `KAVA`; on one venue, or on all where `exchange` is empty."""
    wanted = symbol.strip().upper()
    if "/" in wanted:
        found = _of_pair(database, wanted, since, until)
    else:
        everything = decisions.find(database, since=since, until=until, limit=SEARCHED)
        found = [each for each in everything if each.symbol.partition("/")[0] == wanted]
    found = [each for each in found if exchange in {"", each.exchange} or not each.exchange][-MOST:]
    others = bool(found or decisions.find(database, since=since, until=until, limit=1))
    nothing = "" if found else CALM if others else ABSENT
    return Past(since, until, found, others, nothing)


def _of_pair(database: sqlite3.Connection, symbol: str, since: int, until: int) -> list[Decision]:
    """With those about the whole market that it is part of."""
    symbols = [symbol, *_market(symbol)]
    found = [
        each for name in symbols for each in decisions.find(database, symbol=name, since=since, until=until, limit=MOST)
    ]
    return sorted(found, key=lambda each: each.at)


def _market(symbol: str) -> list[str]:
    try:
        return [str(Instrument(MARKET, Instrument.parse(symbol).quote))]
    except ValueError:
        return []  # such as */KRW itself
