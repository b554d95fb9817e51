"""The memory of trades: which ones have been had, so that none is told twice and a hole can be filled.

Pure. Two connections that carry one stream for a moment, a venue that begins with its latest trade, and an answer by
REST all bring trades that are known. Bithumb and WEEX give one trade two ids and MEXC gives none, so what is fetched is
known by moment, price, size and side as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from itertools import islice

from msgspec.structs import replace

from scanner.model.instrument import Instrument
from scanner.model.market import Event, Trade

REMEMBERED = 64
"""Trades of one instrument that are surely known, twice as many at most: a second or more of the busiest coin, hours
of most, in 60 kB at most. Of three hundred instruments it is half of what a worker weighs beyond its libraries."""
MILLISECOND = 1_000_000
"""Nanoseconds. REST tells the time of a trade to this, whatever the socket does."""

LATE = 60_000 * MILLISECOND
"""By venue time: a socket that is further on will not bring what REST told of before it."""

Likeness = Callable[[Trade], Hashable]
"""What two tellings of one trade have in common."""
_Named = dict[str | int, Trade]
"""By id; those without one under numbers of ours."""


class TradeMemory:
    """The latest trades of every instrument of one venue."""

    def __init__(self) -> None:
        self._known: dict[Instrument, list[_Named]] = {}
        """Two generations, the newer first. When it is full it becomes the older one, which is forgotten."""
        self._held: dict[Instrument, _Held] = {}
        self._settled: dict[Instrument, int] = {}
        """Venue time of the newest trade that an answer told of: up to there nothing is missing any more."""
        self._ahead: dict[Instrument, _Ahead] = {}
        """What REST told of before the socket did, which may still bring it."""
        self.duplicates = 0
        """Trades that `fresh` has left out."""

    def fresh(self, events: list[Event]) -> list[Event]:
        """All but the trades that are known already; the very same list where none is. They are known from now on."""
        known, ahead = self._known, self._ahead
        repeated: set[int] | None = None  # a set for every batch would cost as much as a trade
        for number, event in enumerate(events):
            if type(event) is not Trade:
                continue
            generations = known.get(event.instrument)
            if generations is None:
                generations = known[event.instrument] = [{}, {}]
            recent, older = generations
            name = event.id
            if name in recent or name in older or (ahead and event.instrument in ahead and self._is_ahead(event)):
                repeated = repeated or set()
                repeated.add(number)
                if name not in recent and name not in older:
                    recent[name or len(recent)] = event  # told by REST; the socket may repeat it too
                continue
            if len(recent) >= REMEMBERED:
                recent = self._turn(event.instrument)
            recent[name or len(recent)] = event
        if repeated is None:
            return events
        self.duplicates += len(repeated)
        return [event for number, event in enumerate(events) if number not in repeated]

    def hold(self, instrument: Instrument) -> None:
        """A hole is over: keep what is known of this instrument now until `missing` or `release`, however much comes.

        Else a busy coin's latest trades would soon crowd out those before its hole, and nobody knew where it began.
        """
        known = self._known.get(instrument)
        if known is not None:
            self._held[instrument] = _Held([*known[1].values(), *known[0].values()], len(known[0]))

    def release(self, instrument: Instrument) -> None:
        """Nobody is going to ask for what was missed."""
        self._held.pop(instrument, None)

    def missing(self, instrument: Instrument, fetched: list[Trade]) -> list[Trade]:
        """Which of these (oldest first) we have not had, marked as back-filled; they are known from now on.

        What is no newer than the oldest that is known is left out: it was had and forgotten, or nobody was watching.
        """
        held = self._held.pop(instrument, None)
        if instrument not in self._known or not fetched:
            return []
        known = self._all(instrument)
        past = held.past if held is not None else known
        since = max(min(trade.at for trade in past), self._settled.get(instrument, 0))
        everything = list({id(trade): trade for trade in (*past, *known)}.values())
        alone = [trade for trade in _unknown(fetched, everything) if trade.at > since]
        if held is not None and held.resumed is not None:
            oldest = min(trade.at for trade in known)
            alone = [trade for trade in alone if not held.resumed <= trade.at <= oldest]
        self._settled[instrument] = max(since, *(trade.at for trade in fetched))
        before = self._ahead.pop(instrument, None)
        ahead = [*(before.left() if before is not None else ()), *alone]
        if ahead:
            self._ahead[instrument] = _Ahead(ahead[-REMEMBERED:], _likeness(fetched, everything))
        return sorted((replace(trade, backfilled=True) for trade in alone), key=lambda trade: trade.at)

    def heard(self, trade: Trade) -> bool:
        """Whether a socket brought this one, as far back as we remember."""
        known = self._all(trade.instrument)
        return any((one.id == trade.id != "") or _execution(one) == _execution(trade) for one in known)

    def keep(self, instruments: frozenset[Instrument]) -> None:
        """Forget all others."""
        for instrument in self._known.keys() - instruments:
            del self._known[instrument]
            self._held.pop(instrument, None)
            self._settled.pop(instrument, None)
            self._ahead.pop(instrument, None)

    def _all(self, instrument: Instrument) -> list[Trade]:
        recent, older = self._known.get(instrument, ({}, {}))
        return [*older.values(), *recent.values()]

    def _turn(self, instrument: Instrument) -> _Named:
        """A generation is full: the next one begins."""
        held = self._held.get(instrument)
        if held is not None:
            held.look_on(self._known[instrument][0])
        self._known[instrument] = [{}, self._known[instrument][0]]
        return self._known[instrument][0]

    def _is_ahead(self, trade: Trade) -> bool:
        """Once the socket is past them, none of them will come."""
        ahead = self._ahead[trade.instrument]
        if trade.at > ahead.until:
            del self._ahead[trade.instrument]
        return ahead.has(trade)


class _Held:
    """What was known of an instrument when its hole was over."""

    def __init__(self, past: list[Trade], recent: int) -> None:
        self.past = past
        self.resumed: int | None = None
        """Venue time of the first trade after, once it is old enough to be forgotten; from there on all were heard."""
        self._recent = recent

    def look_on(self, generation: _Named) -> None:
        """This one will soon be forgotten."""
        since = [trade.at for trade in islice(generation.values(), self._recent, None)]
        if self.resumed is None:
            self.resumed = min(since, default=None)
        self._recent = 0


class _Ahead:
    """Trades that REST told of and the socket had not brought yet; each is found once."""

    def __init__(self, trades: list[Trade], likeness: Likeness) -> None:
        self._likeness = likeness
        self._waiting: defaultdict[Hashable, list[Trade]] = defaultdict(list)
        for trade in trades:
            self._waiting[likeness(trade)].append(trade)
        self.until = max(trade.at for trade in trades) + LATE

    def has(self, trade: Trade) -> bool:
        """Whether this is one of them."""
        alike = self._waiting.get(self._likeness(trade))
        if not alike:
            return False
        alike.pop()
        return True

    def left(self) -> list[Trade]:
        """Those that the socket has still not brought."""
        return [trade for alike in self._waiting.values() for trade in alike]


def _likeness(fetched: list[Trade], known: list[Trade]) -> Likeness:
    """How a trade by REST is known on the socket: by id where any id was the same on both, else by what was traded."""
    ids = {trade.id for trade in known if trade.id}
    return _name if any(trade.id in ids for trade in fetched) else _execution


def _unknown(fetched: list[Trade], known: list[Trade]) -> list[Trade]:
    """Those that have no counterpart among the known.

    Ids decide before likeness does: a coin may be traded twice in a millisecond at one price and size.
    """
    alone, rest = _pair_off(fetched, known, lambda trade: (_name(trade), _execution(trade)))
    alone, rest = _pair_off(alone, rest, _name)
    alone, _ = _pair_off(alone, rest, _execution)
    return alone


def _pair_off(fetched: Iterable[Trade], known: Iterable[Trade], likeness: Likeness) -> tuple[list[Trade], list[Trade]]:
    """Each known trade is the counterpart of one fetched trade at most; those of either side that are left."""
    waiting: defaultdict[Hashable, list[Trade]] = defaultdict(list)
    for trade in known:
        waiting[likeness(trade)].append(trade)
    alone = []
    for trade in fetched:
        alike = waiting.get(likeness(trade))
        if alike:
            alike.pop()
        else:
            alone.append(trade)
    return alone, [trade for alike in waiting.values() for trade in alike]


def _name(trade: Trade) -> Hashable:
    """Its id; one that has none is like no other."""
    return trade.id or id(trade)


def _execution(trade: Trade) -> Hashable:
    """When, price, size, side: what a trade is, whatever it is called."""
    return trade.at // MILLISECOND, trade.price, trade.size, trade.side
