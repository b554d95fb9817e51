"""One contender's measure: what it has to read, how much CPU that took, how late it was, and whether it read it right.

The server sends a warm-up, pauses until it has been read, and then sends what is measured: the stopwatch starts when
nothing is under way, whether a contender has its events one by one or hundreds at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from math import ceil
from time import perf_counter, process_time, time_ns
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from scanner.bench.coin import Coin, coins
from scanner.bench.floor import WORTH, Kind
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Level, OrderBook, Side, Subscription, Trade

SAMPLE = 200
"""The last events of a run that are held against what was sent."""
DEPTH = 15
"""Levels of the books that all contenders read."""
MICROSECOND, MILLISECOND = 1e-6, 1_000_000

E = TypeVar("E")
"""A contender's own event."""


class WrongReading(Exception):
    """A contender's events are not those that were sent."""


class Task(Struct, frozen=True):
    """What a contender is asked to do."""

    ws: str
    rest: str
    kind: Kind
    """`trades` or `books`."""
    instruments: int
    warm_up: int
    messages: int
    ca: str | None = None
    """A file with the authority to trust, where `ws` speaks TLS."""
    late: bool = False
    """Whether the latency of every trade is taken."""

    @property
    def channel(self) -> Literal["trade", "orderbook"]:
        """What is subscribed."""
        return "trade" if self.kind == "trades" else "orderbook"

    def coins(self) -> list[Coin]:
        """The instruments and what is told of them."""
        return coins(self.instruments, WORTH)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All that is wanted, in our own words."""
        return tuple(Subscription(self.channel, coin.instrument) for coin in self.coins())


class ReadTrade(Struct, frozen=True):
    """A contender's own event, put into one form for all."""

    code: str
    id: int
    price: float
    size: float
    side: Side


class ReadBook(Struct, frozen=True):
    """The same for a book, best level first."""

    code: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


Read = ReadTrade | ReadBook


class Meter(Generic[E]):
    """Told of every event; calls `on_end` when the last one is there."""

    def __init__(self, task: Task, on_end: Callable[[], None], *, snapshots: int = 0) -> None:
        """`snapshots`: events that this contender has of what the venue says first, uncounted by the server."""
        self._task = task
        self._on_end = on_end
        self._begins = task.warm_up + snapshots
        self._ends = self._begins + task.messages
        self._count = 0
        self._cpu = self._wall = 0.0
        self._sample: deque[E] = deque(maxlen=SAMPLE)
        self._delays: list[int] = []

    def note(self, event: E) -> None:
        """One more event is there. Everybody tells of each, batches or not: all pay the same for being measured."""
        self._sample.append(event)
        total = self._count = self._count + 1
        if total == self._begins:
            self._delays.clear()
            self._sample.clear()
            self._cpu, self._wall = process_time(), perf_counter()
        elif total == self._ends:
            self._cpu, self._wall = process_time() - self._cpu, perf_counter() - self._wall
            self._on_end()

    def late(self, sid: int) -> None:
        """A trade with this id is there now; told before it is noted."""
        self._delays.append(time_ns() - sid)

    def figures(self, read: Callable[[E], Read]) -> dict[str, float]:
        """What was measured; WrongReading when events are missing, too many, or not what was sent."""
        if self._count != self._ends:
            raise WrongReading(f"{self._count} events, expected {self._ends}")
        self._check([read(event) for event in self._sample])
        messages = self._task.messages
        figures: dict[str, float] = {
            "cpu_us": self._cpu / messages / MICROSECOND,
            "messages": messages,
            "wall_s": self._wall,
        }
        if self._task.late:
            figures |= {f"latency_p{part}_ms": _part(self._delays, part) / MILLISECOND for part in (50, 99)}
        return figures

    def _check(self, sample: Sequence[Read]) -> None:
        by_code = {coin.code: coin for coin in self._task.coins()}
        for one in sample:
            coin = by_code[one.code]
            if not (_told(one, coin) if isinstance(one, ReadTrade) else _shown(one, coin)):
                raise WrongReading(f"never sent: {one}")
        sids = [one.id for one in sample if isinstance(one, ReadTrade)]
        if sids != sorted(set(sids)):
            raise WrongReading("trades out of order, or twice")


def code_of(instrument: Instrument) -> str:
    """As the venue calls it."""
    return f"{instrument.quote}-{instrument.base}"


def reading(event: Event) -> Read:
    """One of our own events."""
    if isinstance(event, Trade):
        return ReadTrade(code_of(event.instrument), int(event.id), event.price, event.size, event.side)
    if isinstance(event, OrderBook):
        return ReadBook(code_of(event.instrument), event.bids, event.asks)
    raise WrongReading(f"neither trade nor book: {event}")


def _told(trade: ReadTrade, coin: Coin) -> bool:
    return any((said.price, said.size, said.side) == (trade.price, trade.size, trade.side) for said in coin.prints)


def _shown(book: ReadBook, coin: Coin) -> bool:
    return any((told.bids[:DEPTH], told.asks[:DEPTH]) == (book.bids, book.asks) for told in coin.books)


def _part(values: list[int], per_cent: int) -> float:
    """The value that so many per cent of them do not exceed."""
    return float(sorted(values)[ceil(len(values) * per_cent / 100) - 1])
