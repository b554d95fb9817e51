"""Hand-made streams: events at so many seconds after a whole minute, on a venue where nothing else happens."""

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.detectors.base import Signal
from scanner.detectors.registry import DETECTORS, assemble, default_rules
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, Channel, Event, Gap, Side, Ticker, Trade

SECOND = 1_000_000_000
START = 1_790_000_040 * SECOND
"""A whole minute."""
UPBIT = "upbit"
ABC = Instrument("ABC", "KRW")


def at(seconds: float) -> int:
    """Nanoseconds UTC."""
    return START + round(seconds * SECOND)


def trade(
    seconds: float,
    price: float,
    size: float = 1.0,
    side: Side = "buy",
    *,
    instrument: Instrument = ABC,
    exchange: str = UPBIT,
) -> Trade:
    return Trade(exchange, instrument, at(seconds), at(seconds), f"{seconds}", price, size, side)


def trades(price: float, *seconds: float, side: Side = "buy", size: float = 1.0) -> list[Trade]:
    """One at each of these moments, all at the same price."""
    return [trade(second, price, size, side) for second in seconds]


def orders(price: float, *seconds: float, side: Side = "buy", size: float = 1.0, fills: int = 2) -> list[Trade]:
    """One rush order at each of these moments: so many fills at once."""
    return [trade(second, price, size, side) for second in seconds for _ in range(fills)]


def candle(
    minute: int,
    turnover: float,
    buy_turnover: float | None = None,
    *,
    high: float = 100.0,
    low: float = 100.0,
    interval_s: int = 60,
    seen: float = 0.0,
) -> Candle:
    """A bar that starts so many minutes after `START`, fetched at `seen` seconds."""
    begins = at(minute * 60)
    return Candle(
        UPBIT, ABC, begins, at(seen), interval_s, low, high, low, high, turnover / 100.0, turnover, buy_turnover
    )


def ticker(
    seconds: float, price: float, turnover_24h: float, *, instrument: Instrument = ABC, exchange: str = UPBIT
) -> Ticker:
    """Seen at `seconds`; by the venue's word an hour old, as in a market that has not traded since."""
    return Ticker(exchange, instrument, at(seconds - 3600), at(seconds), price, 1.0, turnover_24h)


def gap(seconds: float, *instruments: Instrument, channel: Channel = "trade", exchange: str = UPBIT) -> Gap:
    return Gap(exchange, channel, instruments or (ABC,), at(seconds), at(seconds), "closed")


def signals(events: Iterable[Event], rules: Mapping[str, Any] | None = None) -> list[Signal]:
    """What the detectors of these rules (by default, the default ones) say to a stream."""
    row = assemble(default_rules(DETECTORS) if rules is None else rules, DETECTORS)
    return [
        signal
        for event in events
        for detector in row
        if type(event) in detector.wants
        for signal in detector.see(event)
    ]
