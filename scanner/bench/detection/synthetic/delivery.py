"""How a venue's tape reaches the scanner: with a delay, now and then twice or late, here and there with a hole.

Also the two other things a venue says of it: the candles that are asked for at the start, and tickers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import exp
from random import Random

from scanner.bench.detection.synthetic.coins import Coin
from scanner.bench.detection.synthetic.place import MILLISECOND, Place
from scanner.model.market import Candle, Event, Gap, Ticker, Trade
from scanner.model.moments import SECOND

LATENCY_MS = 15.0
"""Median time under way."""
LATENCY_MOST_MS = 250.0
TWICE = 0.002
"""The share of trades that are delivered a second time, as after a reconnect."""
LATE = 0.004
"""The share of trades that are overtaken by others …"""
LATE_MOST_S = 1.5
"""… and for how long they are held up, at most. Nothing is under way for longer than both together."""
MINUTE = 60 * SECOND
DAY_MIN = 1440


def delivered(trades: Iterable[Trade], random: Random) -> Iterator[Trade]:
    """The same trades as one connection delivers them: `seen` never runs backwards, `at` sometimes does."""
    seen, due, held = 0, 0, None
    for trade in trades:
        if held is not None and trade.at >= due:
            seen = max(seen, due)
            yield _seen(held, seen)
            held = None
        if held is None and random.random() < LATE:
            held, due = trade, trade.at + round(random.uniform(0.1, LATE_MOST_S) * SECOND)
            continue
        seen = max(seen, trade.at + latency(random))
        yield _seen(trade, seen)
        if random.random() < TWICE:
            seen += MILLISECOND
            yield _seen(trade, seen)
    if held is not None:
        yield _seen(held, max(seen, due))


def latency(random: Random) -> int:
    """Nanoseconds under way."""
    return round(min(LATENCY_MS * exp(random.gauss(0.0, 0.5)), LATENCY_MOST_MS) * MILLISECOND)


def _seen(trade: Trade, seen: int) -> Trade:
    exchange, instrument, at = trade.exchange, trade.instrument, trade.at
    return Trade(exchange, instrument, at, seen, trade.id, trade.price, trade.size, trade.side)


def torn(trades: Iterable[Trade], place: Place, coin: Coin, hole: tuple[float, float]) -> Iterator[Trade | Gap]:
    """What is seen between the two moments is lost, and where it ends stands the `Gap` that says so."""
    begins, ends = (place.moment(at_s) for at_s in hole)
    last, told = 0, False
    for trade in trades:
        if begins <= trade.seen < ends:
            continue
        if trade.seen >= ends and not told:
            told = True
            yield Gap(place.exchange, "trade", (coin.instrument,), last, ends, "closed")
        last = max(last, trade.at)
        yield trade


def candles(trades: Iterable[Trade], seen: int, *, tells_sides: bool) -> Iterator[Candle]:
    """The closed minutes of a tape, oldest first; a minute without trades has none."""
    open_: list[Trade] = []
    for trade in trades:
        if open_ and trade.at // MINUTE != open_[0].at // MINUTE:
            yield _candle(open_, seen, tells_sides=tells_sides)
            open_ = []
        open_.append(trade)
    if open_ and (open_[0].at // MINUTE + 1) * MINUTE <= seen:
        yield _candle(open_, seen, tells_sides=tells_sides)


def _candle(trades: list[Trade], seen: int, *, tells_sides: bool) -> Candle:
    first, prices = trades[0], [trade.price for trade in trades]
    turnovers = [trade.price * trade.size for trade in trades]
    bought = sum([trade.price * trade.size for trade in trades if trade.side == "buy"])
    return Candle(
        exchange=first.exchange,
        instrument=first.instrument,
        at=first.at // MINUTE * MINUTE,
        seen=seen,
        interval_s=60,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum([trade.size for trade in trades]),
        turnover=sum(turnovers),
        buy_turnover=bought if tells_sides else None,
    )


def opening_ticker(coin: Coin, trade: Trade, seen: int) -> Ticker:
    """What the venue's list of markets says of a coin that traded like this, when it is asked at the start."""
    turnover = coin.usual * DAY_MIN
    return Ticker(trade.exchange, coin.instrument, trade.at, seen, trade.price, turnover / trade.price, turnover)


def tickers(trades: Iterable[Trade], coin: Coin, random: Random) -> Iterator[Event]:
    """One for each second in which something was traded, told when it is over."""
    day = coin.usual * DAY_MIN
    last: Trade | None = None
    began, traded = 0, 0.0
    for trade in trades:
        if last is not None and trade.at // SECOND > last.at // SECOND:
            yield _ticker(last, day + traded - coin.usual * (last.at - began) / MINUTE, random)
        began = began or trade.at
        traded += trade.price * trade.size
        last = trade
    if last is not None:
        yield _ticker(last, day + traded - coin.usual * (last.at - began) / MINUTE, random)


def _ticker(last: Trade, turnover: float, random: Random) -> Ticker:
    """A day's rolling total takes in what is traded, and lets go of what an ordinary day ago had."""
    at = (last.at // SECOND + 1) * SECOND
    turnover = max(0.0, turnover)
    return Ticker(last.exchange, last.instrument, at, at + latency(random), last.price, turnover / last.price, turnover)
