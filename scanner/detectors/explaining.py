"""Why something fired, or did not: each rule's numbers against what it asks, now, for one coin on every venue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from scanner.detectors.base import Detector
from scanner.detectors.conditions import Ruling
from scanner.detectors.strip import Strip
from scanner.detectors.subject import Subject
from scanner.detectors.tape import Tape
from scanner.detectors.tapes import Tapes, Track
from scanner.model.decision import Decision
from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND, rfc3339

SLACK_S = 5
"""Windows end at the newest trade; where that is older than this, so long before now: venues' clocks are not ours."""
ALL_OVER = 0
"""A moment in no minute that anything is kept of."""
MOST_VENUES = 50
"""One answer tells of at most so many instruments: a coin may be traded for many currencies."""

Feed = Literal["trades", "tickers", "nothing"]


@runtime_checkable
class Explains(Protocol):
    """A detector that can say what it looks at. Others are left out of explanations."""

    @property
    def overlooked(self) -> int:
        """Near misses that were not kept, because nobody had taken the others."""
        ...

    def explain(self, subject: Subject) -> Iterable[Ruling]:
        """Its rules on this instrument; none where it has nothing to look at."""
        ...

    def missed(self, now: int) -> list[Decision]:
        """What nearly fired, each minute once it is over; `now` is nanoseconds UTC. Call it once a second."""
        ...


class View(Struct, frozen=True):
    """One instrument on one venue."""

    exchange: str
    symbol: str
    feed: Feed
    """What its price is made of; of `nothing` since the last hole no rule can say anything."""
    price: float
    """The last one; 0 where there is none."""
    quiet_s: float
    """Since the last trade or ticker, by the venue's clock and ours."""
    warm: bool
    """Whether its usual turnover is known: until then only tiers that do not ask for volume speak."""
    usual_minute: float
    """Turnover of a usual minute, both sides together, in quote currency; 0 while that is unknown."""
    usual_move: float
    """The largest minute of a usual hour, a fraction, the larger of both sides; 0 while that is unknown."""
    blind_s: float | None
    """How long ago a hole ended; None where there was none."""
    market_moving: bool
    """Whether the whole market goes one way just now."""
    market_explains: float
    """What of the last minute's change the market explains, a signed fraction."""
    rulings: tuple[Ruling, ...]


class Explanation(Struct, frozen=True):
    """The answer, ready for JSON."""

    at: str
    """Of our own clock, RFC 3339."""
    asked: str
    views: tuple[View, ...]
    """Empty where nobody was heard trading it."""
    left_out: int = 0
    """More than `MOST_VENUES`."""
    nearest: str = ""
    """The symbol that may have been meant, where nobody was heard trading the one that was asked for."""


class Explainer:
    """Asks the detectors of a row about what stands on its tapes; changes nothing."""

    def __init__(self, row: Sequence[Detector], tapes: Tapes) -> None:
        self._detectors = _explaining(row)
        self._tapes = tapes
        self._overlooked = 0
        self._left: list[Decision] = []
        """What a row before this one had missed, and nobody has taken."""

    def turn_to(self, row: Sequence[Detector]) -> None:
        """Ask these detectors from now on; what the others have missed is kept, also of minutes that are not over."""
        self._left += [decision for detector in self._detectors for decision in detector.missed(ALL_OVER)]
        self._overlooked = self.overlooked
        self._detectors = _explaining(row)

    def explain(self, symbol: str, exchange: str, now: int) -> Explanation:
        """For `KAVA/KRW` or a coin such as `KAVA`, on one venue, or on all where `exchange` is empty."""
        wanted = symbol.strip().upper()
        found = [
            (venue, instrument, track)
            for venue, instrument, track in self._tapes.everywhere()
            if wanted in {instrument.base, str(instrument)} and exchange in {"", venue}
        ]
        views = tuple(self._view(*each, now) for each in found[:MOST_VENUES])
        nearest = "" if found else self._nearest(wanted)
        return Explanation(rfc3339(now), wanted, views, len(found) - len(views), nearest)

    @property
    def overlooked(self) -> int:
        """Near misses that were not kept for want of room; only grows."""
        return self._overlooked + sum(detector.overlooked for detector in self._detectors)

    def missed(self, now: int) -> list[Decision]:
        """What nearly fired in minutes that are over; to be called once a second."""
        left, self._left = self._left, []
        return left + [decision for detector in self._detectors for decision in detector.missed(now)]

    def _view(self, exchange: str, instrument: Instrument, track: Track, now: int) -> View:
        strip: Strip | None = track.tape or track.ticks
        at = max(strip.at, now - SLACK_S * SECOND) if strip is not None else now
        subject = Subject(exchange, instrument, strip, at)
        usual, market = track.baseline, self._tapes.market
        return View(
            exchange=exchange,
            symbol=str(instrument),
            feed=_feed(strip),
            price=_price(track),
            quiet_s=_seconds(now - strip.at) if strip is not None else 0.0,
            warm=usual.warm,
            usual_minute=usual.bought.turnover.mean + usual.sold.turnover.mean if usual.warm else 0.0,
            usual_move=round(max(usual.bought.move.size, usual.sold.move.size), 6),
            blind_s=_seconds(now - strip.began) if strip is not None and strip.blind else None,
            market_moving=market.moving(exchange, instrument.quote),
            market_explains=round(market.expected(exchange, instrument), 6),
            rulings=tuple(self._rulings(subject)),
        )

    def _rulings(self, subject: Subject) -> Iterator[Ruling]:
        for detector in self._detectors:
            yield from detector.explain(subject)

    def _nearest(self, wanted: str) -> str:
        known = {str(instrument) for _, instrument, _ in self._tapes.everywhere()}
        coins = {symbol.partition("/")[0]: symbol for symbol in sorted(known)}
        near = get_close_matches(wanted, known | coins.keys(), n=1)
        return coins.get(near[0], near[0]) if near else ""


def _explaining(row: Sequence[Detector]) -> list[Explains]:
    return [detector for detector in row if isinstance(detector, Explains)]


def _feed(strip: Strip | None) -> Feed:
    if strip is None:
        return "nothing"
    return "trades" if isinstance(strip, Tape) else "tickers"


def _price(track: Track) -> float:
    if track.tape is not None:
        return track.tape.price
    return abs(track.ticks.up.climb.price) if track.ticks is not None else track.seed_price


def _seconds(span: int) -> float:
    return max(0.0, round(span / SECOND, 3))
