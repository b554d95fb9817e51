"""A venue's whole market as a pure function of seed and time: trades and changing books, without a clock or a socket.

Time is cut into steps of 50 ms. Each step draws from randomness seeded by its own number, and prices are a function of
time, so the trades are the same however often and in however large strides the market is asked to go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from math import ceil
from random import Random

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.model.market import Side
from scanner.sim.books import DEPTH, Book, book, quote
from scanner.sim.calm import Calm
from scanner.sim.candles import MINUTE_MS, Bar, grouped
from scanner.sim.chance import mix, poisson, seed_of, unit
from scanner.sim.ledger import Fill, Ledger, Summary
from scanner.sim.listing import DAY, FLOORS, Action, Entry, Listing
from scanner.sim.roster import WHOLE, Roster
from scanner.sim.scenario import SCRIPTS, Script, line, symbols

STEP_MS = 50
_NS_PER_MS = 1_000_000


class BookChange(Struct, frozen=True, gc=False):
    """The book of this market is another one now; `SimulatedMarket.book` shows it."""

    instrument: Instrument
    at_ms: int


Happening = Fill | BookChange


class Order(Struct, gc=False):
    """A taker's order: several fills of one side in one millisecond."""

    after_ms: int
    listing: Listing
    side: Side
    fills: int
    scripted: bool = False


_SIDES: tuple[Side, Side] = ("buy", "sell")
_QUIET_FILLS = (1, 1, 1, 1, 1, 1, 1, 1, 2, 3)
_FILLS_PER_ORDER = sum(_QUIET_FILLS) / len(_QUIET_FILLS)
_SIZE_SPREAD, _LARGEST = 0.6, 2.5
"""Sizes are log-normal around the market's usual ticket and never more than so many times it."""
_BOOKS_PER_S, _BOOKS_PER_TRADE, _MOST_BOOKS_PER_S = 0.35, 1.5, 6.0


class SimulatedMarket:
    """All markets of one venue, or a `part` of them. `origin_ns` is Unix time; the first step begins there."""

    def __init__(self, exchange: str, seed: int, scenario: str, origin_ns: int, part: slice = WHOLE) -> None:
        self.exchange = exchange
        self._roster = Roster(exchange, seed, part)
        self.now_ms = self._origin_ms = origin_ns // _NS_PER_MS
        self._random = Random()  # reseeded at every step
        self._dice = seed_of(seed, exchange, "trades")
        self._steps = 0
        self._number = 0
        self._script: Script | None = SCRIPTS.get(scenario)
        self._script_ms: int | None = None
        self._targets = _targets(self.listings, symbols(scenario, seed), FLOORS[exchange].main)
        self._credit = [unit(listing.seed, 7) for listing in self._targets]
        self._target_indexes = frozenset(listing.index for listing in self._targets)
        self._watched: set[int] = set()
        self._changed: dict[int, int] = {}
        self._book_times: list[tuple[int, int]] = []
        self._calm = [Calm(listing) for listing in self.listings]
        self.ledgers = [self._ledger(listing) for listing in self.listings]

    @property
    def listings(self) -> tuple[Listing, ...]:
        """Its markets, as they are in quiet times."""
        return self._roster.listed

    @property
    def ever_listed(self) -> tuple[Listing, ...]:
        """Those, and all that are gone."""
        return self._roster.everything

    @property
    def entries(self) -> list[Entry]:
        """The catalogue, suspended markets included."""
        return self._roster.entries

    def change_listing(self, action: Action, instrument: Instrument) -> None:
        """Let a market be listed (again), suspended, flagged, or gone; `listings` and `entries` change at once.

        What is new has a past, for it was traded elsewhere. Who still asks for a market that is gone gets what it last
        was. ValueError for one that this venue cannot list, and for one that is not listed, unless it is to be.
        """
        listing = self._roster.change(action, instrument)
        if listing.index == len(self.ledgers):
            self._calm.append(Calm(listing))
            self.ledgers.append(self._ledger(listing))

    def start_script(self, at_ns: int) -> None:
        """Let the scenario's events begin at the first step that starts at or after `at_ns`; the first call counts."""
        if self._script_ms is None:
            late_ms = max(at_ns // _NS_PER_MS, self.now_ms) - self._origin_ms
            self._script_ms = self._origin_ms + ceil(late_ms / STEP_MS) * STEP_MS

    def watch_books(self, instruments: Iterable[Instrument]) -> None:
        """From now on tell the book changes of these, and only these."""
        wanted = {self._roster[instrument].index for instrument in instruments}
        for index in wanted - self._watched:
            heappush(self._book_times, (self._next_book(self._roster.everything[index], self.now_ms), index))
        self._changed = {index: self._changed.get(index, self.now_ms) for index in wanted}
        self._watched = wanted
        self._book_times = [entry for entry in self._book_times if entry[1] in wanted]
        heapify(self._book_times)

    def advance(self, to_ns: int) -> list[Happening]:
        """Everything that happens up to `to_ns`, in time order; an unfinished step is told when it is over."""
        happenings: list[Happening] = []
        while self.now_ms + STEP_MS <= to_ns // _NS_PER_MS:
            happenings += self._step()
        return happenings

    def book(self, instrument: Instrument, at_ms: int | None = None, depth: int = DEPTH) -> Book:
        """The order book at a moment, by default now."""
        listing = self._roster[instrument]
        moment = self.now_ms if at_ms is None else at_ms
        return book(listing, self._mid(listing, moment), moment, depth)

    def changed_ms(self, instrument: Instrument) -> int:
        """When its book last changed for those who watch; now, where nobody does."""
        index = self._roster[instrument].index
        return self._changed.get(index, self.now_ms) if index in self._watched else self.now_ms

    def ticker(self, instrument: Instrument) -> Summary:
        """Last price, the venue's day and the last 24 hours."""
        return self.ledgers[self._roster[instrument].index].summary(self.now_ms)

    def candles(
        self, instrument: Instrument, count: int, to_ms: int | None = None, unit_ms: int = MINUTE_MS
    ) -> list[Bar]:
        """At most `count` bars that start before `to_ms`, newest first; bars under a minute reach back 500 trades."""
        ledger = self.ledgers[self._roster[instrument].index]
        bars = grouped(ledger.minutes() if unit_ms >= MINUTE_MS else ledger.seconds(), unit_ms)
        chosen = (bar for bar in bars if to_ms is None or bar.start_ms < to_ms)
        return [bar for bar, _ in zip(chosen, range(count), strict=False)]

    def trades(self, instrument: Instrument, count: int) -> list[Fill]:
        """The last executions, newest first, at most 500."""
        recent = self.ledgers[self._roster[instrument].index].recent
        return [fill for fill, _ in zip(reversed(recent), range(count), strict=False)]

    def _step(self) -> list[Happening]:
        start_ms = self.now_ms
        self._random.seed(mix(self._dice, self._steps))
        orders = self._quiet_orders() + self._scripted_orders(start_ms)
        orders.sort(key=lambda order: order.after_ms)
        fills = [fill for order in orders for fill in self._fills(order, start_ms)]
        self._steps += 1
        self.now_ms = start_ms + STEP_MS
        if not self._watched:
            return list(fills)
        changes = sorted(self._book_changes(fills), key=lambda change: change.at_ms)
        self._changed.update((self._roster[one.instrument].index, one.at_ms) for one in changes)
        happenings: list[Happening] = [*fills, *changes]
        happenings.sort(key=lambda happening: happening.at_ms)
        return happenings

    def _quiet_orders(self) -> list[Order]:
        random = self._random.random
        orders = []
        pace = FLOORS[self.exchange].trades_per_s * self._roster.activity
        for _ in range(poisson(pace * STEP_MS / 1_000 / _FILLS_PER_ORDER, random())):
            listing = self._roster.pick(random())
            fills = _QUIET_FILLS[int(random() * len(_QUIET_FILLS))]
            orders.append(Order(int(random() * STEP_MS), listing, _SIDES[int(random() * 2)], fills))
        return orders

    def _scripted_orders(self, start_ms: int) -> list[Order]:
        """Evenly paced, not by chance: what a script promises happens on time in every market."""
        if self._script is None or self._script_ms is None or start_ms < self._script_ms:
            return []
        script, random = self._script, self._random.random
        second = (start_ms - self._script_ms) / 1_000
        at_least, times = line(script.trades_per_s, second), line(script.times_usual, second)
        orders = []
        for place, listing in enumerate(self._targets):
            if listing.index in self._roster.idle:
                continue
            self._credit[place] += max(at_least, times * listing.trades_per_s) * STEP_MS / 1_000
            while self._credit[place] >= 1:
                fills = script.fills[int(random() * len(script.fills))]
                self._credit[place] -= fills
                side = _SIDES[random() >= script.buys]
                orders.append(Order(int(random() * STEP_MS), listing, side, fills, scripted=True))
        return orders

    def _fills(self, order: Order, start_ms: int) -> list[Fill]:
        """Every second fill of an order eats its way one tick further."""
        listing, at_ms = order.listing, start_ms + order.after_ms
        ledger, calm = self.ledgers[listing.index], self._calm[listing.index]
        if not order.scripted and not calm.allows(at_ms):
            return []
        best = quote(listing, self._mid(listing, at_ms))
        first = ledger.last.nth + 1 if ledger.last.at_ms == at_ms else 0
        fills = []
        for place in range(order.fills):
            count = best.ask + place // 2 if order.side == "buy" else best.bid - place // 2
            self._number += 1
            price = best.tick.price(max(1, count))
            fill = Fill(
                listing.instrument, at_ms, first + place, self._number, price, self._size(listing, price), order.side
            )
            ledger.take(fill)
            fills.append(fill)
            if not order.scripted:
                calm.count(at_ms, fill.turnover)
        return fills

    def _size(self, listing: Listing, price: float) -> float:
        times = self._random.lognormvariate(-(_SIZE_SPREAD**2) / 2, _SIZE_SPREAD)
        return max(1e-8, round(listing.ticket * min(times, _LARGEST) / price, 8))

    def _mid(self, listing: Listing, at_ms: int) -> float:
        mid = listing.path.mid((at_ms - self._origin_ms) / 1_000)
        if self._script is None or self._script_ms is None or listing.index not in self._target_indexes:
            return mid
        return mid * (1 + line(self._script.price, (at_ms - self._script_ms) / 1_000))

    def _book_changes(self, fills: list[Fill]) -> list[BookChange]:
        """One after each watched market's trades, and those that come with time."""
        traded = {fill.instrument: fill.at_ms for fill in fills}
        changes = [
            BookChange(instrument, at_ms)
            for instrument, at_ms in traded.items()
            if self._roster[instrument].index in self._watched
        ]
        while self._book_times and self._book_times[0][0] < self.now_ms:
            at_ms, index = heappop(self._book_times)
            listing = self._roster.everything[index]
            if index not in self._roster.idle:
                changes.append(BookChange(listing.instrument, at_ms))
            heappush(self._book_times, (self._next_book(listing, at_ms + 1), index))
        return changes

    def _next_book(self, listing: Listing, from_ms: int) -> int:
        """When the book changes next without a trade: on a shaken grid, so that it depends on nothing but time."""
        rate = min(_BOOKS_PER_S + _BOOKS_PER_TRADE * listing.trades_per_s, _MOST_BOOKS_PER_S)
        period_ms = 1_000 / rate
        turn = int((from_ms - self._origin_ms) / period_ms)
        while True:
            at_ms = self._origin_ms + int((turn + unit(listing.seed, 8, turn)) * period_ms)
            if at_ms >= from_ms:
                return at_ms
            turn += 1

    def _ledger(self, listing: Listing) -> Ledger:
        """A memory that reaches back to before the beginning: the day's prices so far and one last trade."""
        starts_s = FLOORS[self.exchange].day_starts_s
        elapsed_s = (self._origin_ms / 1_000 - starts_s) % DAY
        moments = [-elapsed_s - 1, *(-elapsed_s * place / 12 for place in range(12, 0, -1))]
        age_ms = min(elapsed_s, unit(listing.seed, 5) * 2 / listing.trades_per_s) * 1_000
        price = self._price(listing, -age_ms / 1_000)
        size = max(1e-8, round(listing.ticket / price, 8))
        side = _SIDES[listing.seed % 2]
        opening = Fill(listing.instrument, self._origin_ms - 1 - int(age_ms), 0, 0, price, size, side)
        prices = [*(self._price(listing, moment) for moment in moments), price]
        return Ledger(listing, self._origin_ms, starts_s, opening, prices)

    def _price(self, listing: Listing, second: float) -> float:
        best = quote(listing, listing.path.mid(second))
        return best.tick.price(best.bid)


def _targets(everything: tuple[Listing, ...], symbols: tuple[str, ...], main: str) -> list[Listing]:
    """Who a script happens to; of a whole market all that follow it at all, which pegged coins do not."""
    if f"*/{main}" in symbols:
        return [one for one in everything if one.instrument.quote == main and one.path.follows]
    return [listing for listing in everything if str(listing.instrument) in symbols]
