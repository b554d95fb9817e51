"""Past minutes by REST, as every venue's answer has to come out: whole ones only, each once, oldest first.

Venues sort them either way, add the minute that still grows, and leave out minutes without a trade or tell them with a
volume of zero. What is missing stays missing here: whoever counts minutes knows how many there are in between.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.numbers import FINITE
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import Candle
from scanner.model.moments import SECOND

MINUTE_S = 60
MINUTE = MINUTE_S * SECOND


def minute(
    exchange: str,
    instrument: Instrument,
    start: int,
    seen: int,
    prices: tuple[float, float, float, float],
    amounts: tuple[float, float],
    bought: float | None = None,
) -> Candle:
    """The bar of one minute; `start` is a Unix time in any unit, `amounts` are its volume and its turnover.

    What takers `bought` is part of that turnover: a digit more of it is rounding. RemoteNonsense for another bar.
    """
    at = nanoseconds(start)
    if at % MINUTE:
        raise RemoteNonsense(f"a bar that starts at {start}, where no minute does")
    volume, turnover = amounts
    if not turnover < FINITE:
        raise RemoteNonsense(f"a bar of {volume} coins and a turnover of {turnover}")
    buy_turnover = None if bought is None else min(bought, turnover)
    return Candle(exchange, instrument, at, seen, MINUTE_S, *prices, volume, turnover, buy_turnover)


def past(told: Iterable[Candle]) -> list[Candle]:
    """Those that were over when they were seen; where one minute is told twice, the later telling counts."""
    over = {candle.at: candle for candle in told if candle.at + MINUTE <= candle.seen}
    return [over[at] for at in sorted(over)]
