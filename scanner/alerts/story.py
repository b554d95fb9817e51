"""One story: what happens to one coin, on whichever venues, from its first alert until it has cooled."""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from scanner.alerts.course import Course
from scanner.alerts.stages import MARKET, MOVES, PUMP, WAYS, Progress, known, weight
from scanner.alerts.trail import Trail
from scanner.detectors.base import Signal
from scanner.model.alert import Alert, Fact, Kind, fingerprint
from scanner.model.moments import SECOND

NAMED = 3
"""Venues that a headline names; the facts name all."""

Coin = tuple[str, str]
"""What one story is about: base currency and kind of contract, whatever it is paid with. A market has its direction in
place of the kind, for a fall and a rise of all coins are two stories."""


def coin_of(signal: Signal) -> Coin:
    """What this signal's story is about."""
    instrument = signal.instrument
    if signal.stage == MARKET:
        return instrument.base, "fall" if signal.change < 0 else "rise"
    return instrument.base, instrument.kind


class Showing(Struct):
    """One venue's part in a story."""

    first: Signal
    seen: int
    """When the first one reached us: our own clock, the only one that two venues share."""
    best: Signal
    """Of all it said, what says most."""
    trail: Trail

    @classmethod
    def begin(cls, signal: Signal, seen: int) -> Showing:
        """It says this first."""
        return cls(signal, seen, signal, Trail.begin(_reference(signal), signal.price, seen))

    @property
    def order(self) -> tuple[int, str]:
        """Who led is who was seen first; by name where two came in one frame of time."""
        return self.seen, self.first.exchange

    def hear(self, signal: Signal, seen: int) -> bool:
        """It says more; True when its price has never gone so far."""
        if known(signal.stage) in WAYS and known(self.best.stage) not in MOVES:
            self.trail.reference = _reference(signal)  # a move counts from where it began, not from the stir before it
        if weight(signal) > weight(self.best):
            self.best = signal
        return signal.instrument == self.first.instrument and self.trail.reach(signal.price, seen)

    def look(self, course: Course, at: int) -> bool:
        """See where its price stands; True when it has never gone so far."""
        standing = course.standing(self.first.exchange, self.first.instrument)
        return standing is not None and self.trail.look(standing, at)


class Story(Struct):
    """Begins with a signal, gathers venues, and turns what is news into alerts of one id. All of it can be saved."""

    coin: Coin
    opened_seen: int
    """When its first signal reached us, nanoseconds UTC like the other two."""
    told_seen: int
    """When the newest of its alerts was told; until there is one, when it began."""
    heard_seen: int
    """When something of its own weight was heard last: it cools from then on."""
    showings: dict[str, Showing]
    """By venue."""
    progress: Progress
    id: str = ""
    """Empty until it is told; it may never be."""
    number: int = 0
    """Of its next telling."""

    def __post_init__(self) -> None:
        if not self.showings:
            raise ValueError("a story is told by one venue at least")

    @classmethod
    def begin(cls, signal: Signal, seen: int) -> Story:
        """With this signal, at this moment."""
        showings = {signal.exchange: Showing.begin(signal, seen)}
        return cls(coin_of(signal), seen, seen, seen, showings, Progress())

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The leader first."""
        return tuple(showing.first.exchange for showing in self.in_order())

    @property
    def leader(self) -> Showing:
        """Whose prices the story is summed up with."""
        return self.in_order()[0]

    @property
    def best(self) -> Signal:
        """What says most by stage and severity; of equals, the earlier venue's."""
        return max((showing.best for showing in self.in_order()), key=_loudness)

    def hear(self, signal: Signal, seen: int) -> bool:
        """Take in one more; True when it comes from a venue that was not in it yet."""
        if self.goes_on(signal, seen):
            self.heard_seen = seen
        showing = self.showings.get(signal.exchange)
        if showing is not None:
            showing.hear(signal, seen)
            return False
        if self.id:  # who led was told, so nobody who was read late may come before
            seen = max(seen, self.in_order()[-1].seen + 1)
        self.showings[signal.exchange] = Showing.begin(signal, seen)
        return True

    def goes_on(self, signal: Signal, seen: int) -> bool:
        """Whether this says as much as what was told last, and of what came since."""
        return self.progress.carries(signal) and not self.knows(signal, seen)

    def knows(self, signal: Signal, seen: int) -> bool:
        """Whether it tells of a move that went no further than this story: its wake, found in a longer window.

        Of a venue that is not in it, and may be paid with something else, only the moment can be compared.
        """
        if known(signal.stage) not in WAYS:
            return False
        rises, began = signal.stage == PUMP, seen - round(signal.window_s * SECOND)
        showing = self.showings.get(signal.exchange)
        if showing is not None and showing.first.instrument == signal.instrument:
            return showing.trail.knows(signal.price, began, rises=rises)
        trail = self.leader.trail
        return trail.knows(trail.high if rises else trail.low, began, rises=rises)

    def follow(self, course: Course, at: int) -> bool:
        """See where all its prices stand; True when one has never gone so far."""
        moved = [showing.look(course, at) for showing in self.showings.values()]  # all of them, whichever moved
        return any(moved)

    def open(self, seen: int) -> Alert:
        """Tell it for the first time, at this moment. Its id follows from what began it, where and when."""
        first = self.leader.first
        about = fingerprint(first.rule, first.instrument, (first.exchange,))
        self.id = blake2b(f"{about} {first.at}".encode(), digest_size=8).hexdigest()
        return self._tell("opened", self.best, seen)

    def escalate(self, signal: Signal, seen: int) -> Alert:
        """Tell that it has risen to this, at this moment."""
        return self._tell("escalated", signal, seen)

    def repeat(self, signal: Signal, seen: int) -> Alert:
        """Tell that it still goes on, by this, at this moment."""
        return self._tell("repeated", signal, seen)

    def in_order(self) -> list[Showing]:
        """Who led first, then who followed."""
        return sorted(self.showings.values(), key=_order)

    def _tell(self, kind: Kind, signal: Signal, seen: int) -> Alert:
        self.progress.tell(signal, escalates=kind == "escalated")
        self.told_seen = self.heard_seen = seen
        number, self.number = self.number, self.number + 1
        showings = self.in_order()
        standing = self.showings[signal.exchange].trail.seen
        return Alert(
            id=self.id,
            rule=signal.rule,
            stage=signal.stage,
            instrument=signal.instrument,
            exchanges=tuple(showing.first.exchange for showing in showings),
            severity=signal.severity,
            score=signal.score,
            headline=_headline(signal, showings),
            price=signal.price,
            change=signal.change,
            window_s=signal.window_s,
            volume_ratio=signal.volume_ratio,
            facts=signal.facts | across(signal, showings),
            at=signal.at,
            kind=kind,
            number=number,
            turnover_24h=standing.turnover_24h if standing is not None else 0.0,
        )


def across(signal: Signal, showings: list[Showing]) -> dict[str, Fact]:
    """Who led and by how much; nothing while there is one venue only."""
    leader, *others = showings
    if not others:
        return {}
    facts: dict[str, Fact] = {"leader": leader.first.exchange, "lead_s": _after(others[0], leader)}
    if signal.exchange != leader.first.exchange:
        facts["exchange"] = signal.exchange
    for showing in showings:
        venue = showing.first.exchange
        facts[f"{venue}_after_s"] = _after(showing, leader)
        facts[f"{venue}_change"] = showing.best.change
    return facts


def _loudness(signal: Signal) -> tuple[int, int]:
    return weight(signal)[:2]


def _order(showing: Showing) -> tuple[int, str]:
    return showing.order


def _reference(signal: Signal) -> float:
    """The price that it left, by its own word or by what its change comes to."""
    said = signal.facts.get("reference_price")
    if isinstance(said, float) and said > 0.0:
        return said
    return signal.price / (1.0 + signal.change) if signal.change > -1.0 else signal.price


def _headline(signal: Signal, showings: list[Showing]) -> str:
    """The deciding rule's own words, where that was if not at the leader, and whom the leader led by how much."""
    leader, *others = showings
    if not others:
        return signal.headline
    name = leader.first.exchange
    where = "" if signal.exchange == name else f" on {signal.exchange}"
    followed = [
        f"{other.first.exchange} ({other.best.change * 100:+.1f} %) by {_after(other, leader):.1f} s"
        for other in others[:NAMED]
    ]
    more = [f"{len(others) - NAMED} more"] if len(others) > NAMED else []
    return f"{signal.headline}{where}; {name} led {', '.join((*followed, *more))}"


def _after(showing: Showing, leader: Showing) -> float:
    return round((showing.seen - leader.seen) / SECOND, 3)
