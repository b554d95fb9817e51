"""What goes on around an instrument: every market of every venue, and who else trades the same coin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from scanner.detectors.base import Signal
from scanner.detectors.market import BITCOIN, LATE_S, Market
from scanner.detectors.market_course import Course
from scanner.detectors.market_wave import QUORUM
from scanner.detectors.tape import Tape
from scanner.detectors.tapes import Tapes
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Gap, Ticker, Trade
from scanner.model.moments import SECOND

WHOLE = "*"
"""The base currency of all: `*/KRW` is a market, not an instrument."""
INFINITE = float("inf")

Listen = Callable[[Market], Iterable[Signal]]
"""Looks at a market of which a second has closed."""


class Place(NamedTuple):
    """Where an instrument goes, and among whom."""

    course: Course
    market: Market


class MarketContext:
    """Listens to the tapes before all rules do, and says what its own listeners say about closed seconds.

    All that it answers was true when the last second closed. Instruments of which only tickers are taken count too.
    """

    wants: tuple[type[Event], ...] = (Ticker, Gap)

    def __init__(self, tapes: Tapes) -> None:
        self._tapes = tapes
        self._listeners: list[Listen] = []
        self._markets: dict[tuple[str, str], Market] = {}
        self._places: dict[str, dict[Instrument, Place]] = {}
        self._venues: dict[tuple[str, str], list[str]] = {}
        """(base, kind) → the venues that were heard trading it."""
        tapes.listen_to_seconds(self.look)

    def listen(self, listener: Listen) -> None:
        """Have this one asked whenever a second of a market has closed."""
        self._listeners.append(listener)

    def forget_listeners(self) -> None:
        """Ask none of them any more: others take their place."""
        self._listeners.clear()

    def see(self, event: Event) -> Iterable[Signal]:
        """A ticker, where nothing better tells a price, or a hole."""
        return self._see_ticker(event) if type(event) is Ticker else self._see_gap(event)

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # seconds close by the venue's time
        """Nothing changes by our clock."""
        return ()

    def expected(self, exchange: str, instrument: Instrument) -> float:
        """The change over the last minute that the market explains, a signed fraction; 0 where that is unknown."""
        place = self._find(exchange, instrument)
        return place.market.expects(place.course) if place is not None else 0.0

    def market(self, exchange: str, quote: str) -> Market | None:
        """All instruments of this currency on this venue; None while nothing was heard of any."""
        return self._markets.get((exchange, quote))

    def moving(self, exchange: str, quote: str) -> bool:
        """Whether the whole market goes one way just now."""
        market = self._markets.get((exchange, quote))
        return market is not None and market.moving

    def stirring(self, exchange: str, quote: str) -> bool:
        """Whether it may be about to."""
        market = self._markets.get((exchange, quote))
        return market is not None and market.stirring

    def explains(self, signal: Signal) -> bool:
        """Whether a coin's change is no more than its part of what its market did, now or lately."""
        market = self._markets.get((signal.exchange, signal.instrument.quote))
        began = signal.at - round(signal.window_s * SECOND)
        return market is not None and market.explains(signal.change, began)

    def venues(self, instrument: Instrument) -> int:
        """How many venues were heard trading this coin, for whatever currency; of `*`, how many are busy enough."""
        if instrument.base == WHOLE:
            return len({exchange for (exchange, _), market in self._markets.items() if market.active >= QUORUM})
        return len(self._venues.get((instrument.base, instrument.kind), ()))

    def look(self, trade: Trade, tape: Tape) -> Iterable[Signal]:
        """The first trade in a second, or of a tape; for the whole market the first one closes the second before.

        Before a tape there was a hole, unless it is the very first.
        """
        place: Place = tape.place or self._enter(trade)
        course, market = place
        tape.price = tape.price_before  # the second that closes ended at the price before
        closes = market.note(course, trade.at // SECOND)
        tape.price = trade.price
        if tape.place is None:
            tape.place = place
            if course.tape is not None or course.blind:
                course.begin(trade.price)
            course.tape = tape
        tape.second_ends = (course.second + 1) * SECOND
        return self._ask(market) if closes else ()

    def _see_ticker(self, ticker: Ticker) -> Iterable[Signal]:
        """Of those who have no trades; a price that stands is no news, and an old one sets no clock back."""
        if not 0.0 < ticker.price < INFINITE:
            return ()
        course, market = self._find(ticker.exchange, ticker.instrument) or self._enter(ticker)
        second = ticker.at // SECOND
        if course.tape is not None or course.price == ticker.price or second < market.second - LATE_S:
            return ()
        closes = market.note(course, second)
        course.price = ticker.price
        if course.blind:
            course.begin(ticker.price)
        return self._ask(market) if closes else ()

    def _see_gap(self, gap: Event) -> Iterable[Signal]:
        """What a price did while nobody looked is nobody's change within a minute."""
        if type(gap) is Gap and gap.channel in ("trade", "ticker"):
            for instrument in gap.instruments:
                if (place := self._find(gap.exchange, instrument)) is not None:
                    place.course.blind = True
        return ()

    def _ask(self, market: Market) -> Iterable[Signal]:
        return [signal for listen in self._listeners for signal in listen(market)]

    def _find(self, exchange: str, instrument: Instrument) -> Place | None:
        places = self._places.get(exchange)
        return places.get(instrument) if places else None

    def _enter(self, event: Trade | Ticker) -> Place:
        """The place that is kept, whatever becomes of the tape, or a new one."""
        exchange, instrument = event.exchange, event.instrument
        places = self._places.setdefault(exchange, {})
        if instrument in places:
            return places[instrument]
        key = (exchange, instrument.quote)
        market = self._markets.get(key) or self._markets.setdefault(key, Market(*key))
        course = Course(instrument, event.price, event.at // SECOND)
        if instrument.base == BITCOIN:
            market.bitcoin = course
        venues = self._venues.setdefault((instrument.base, instrument.kind), [])
        if exchange not in venues:
            venues.append(exchange)
        return places.setdefault(instrument, Place(course, market))


def context_of(tapes: Tapes) -> MarketContext:
    """The one context that belongs to these tapes; it is made when it is first asked for."""
    if not isinstance(tapes.market, MarketContext):
        tapes.market = MarketContext(tapes)
    return tapes.market
