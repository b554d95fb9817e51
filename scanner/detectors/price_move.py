"""Pumps and dumps: a price that moved further, faster and on more than calm markets and its own history do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from scanner.detectors import announce
from scanner.detectors.base import Signal
from scanner.detectors.conditions import Ruling
from scanner.detectors.flow import Flow
from scanner.detectors.judging import LOUD, Finding, Judge, market_calm_s
from scanner.detectors.misses import Key, Misses
from scanner.detectors.story import Story
from scanner.detectors.strip import Strip
from scanner.detectors.subject import Subject
from scanner.detectors.tape import Tape
from scanner.detectors.tapes import Tapes
from scanner.detectors.tickers import Ticks
from scanner.detectors.tiers import PUMP, RANK, TICKERS, Direction, Tier
from scanner.detectors.usual import FLOORS, INFINITE
from scanner.model.decision import Decision
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Gap, Ticker, Trade
from scanner.model.moments import SECOND
from scanner.model.units import Fraction, Money, Multiple, Positive, Seconds


class PriceMoveRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one rule of kind `price_move`."""

    enabled: bool = True
    """Whether anybody wants to hear of it."""
    direction: Direction = "up"
    """A rise of what takers pay to buy, or a fall of what takers get for selling."""
    tiers: tuple[Tier, ...] = PUMP
    """Any one of these is enough."""
    ticker_tiers: tuple[Tier, ...] | None = None
    """These instead, for an instrument of which the venue shows tickers only. Where they are not set: those of `tiers`
    that ask for no rush orders."""
    min_trades: Positive = 5
    """At least so many trades of the move's own side since it began: one print proves nothing."""
    floors: dict[str, Money] = msgspec.field(default_factory=FLOORS.copy)
    """Least turnover of the move without its largest order, by quote currency; others have none. Many times next to
    nothing is no news, and one order is no crowd."""
    times_usual_move: Multiple = 2.0
    """It also went so many times as far as in the largest minute of the instrument's usual hour; 0 never asks."""
    retrace: Fraction = 0.4
    """A told rise has peaked when it gave back this share of itself; 0 never says so."""
    rearm_below: Fraction = 0.5
    """A told move goes on while the change is above this share of any tier's."""
    rearm_after: Seconds = 60.0
    """It goes on for so long after the last trade that found it there; then the next move is a new one."""

    def __post_init__(self) -> None:
        if not self.tiers:
            raise ValueError("a rule has at least one tier")
        if not 0 <= self.rearm_below <= 1:
            raise ValueError("rearm_below is a share from 0 % to 100 % of the threshold")
        if not 0 <= self.retrace <= 1:
            raise ValueError("retrace is a share from 0 % to 100 % of the rise")
        if not 0 <= self.times_usual_move < INFINITE:
            raise ValueError("times_usual_move is a number, 0 or more")


_RANKED = {rank: severity for severity, rank in RANK.items()}

DEFAULTS = {
    "pump": PriceMoveRule(direction="up", ticker_tiers=TICKERS),
    "dump": PriceMoveRule(direction="down", ticker_tiers=TICKERS),
}


class PriceMove:
    """The detector of all rules of kind `price_move`. It listens to the tapes, and stands behind them in the row."""

    wants: tuple[type[Event], ...] = (Ticker, Gap)

    def __init__(self, rules: Mapping[str, PriceMoveRule], tapes: Tapes) -> None:
        self._tapes = tapes
        self._misses = Misses()
        self._rises = _Side("up", rules, tapes, self._misses)
        self._falls = _Side("down", rules, tapes, self._misses)
        tapes.listen_to_prices(self.look)

    def look(self, trade: Trade, tape: Tape) -> Iterable[Signal]:
        """What a trade made true."""
        flow = tape.flow
        return (self._rises if flow.sign > 0 else self._falls).see(tape, flow, trade)

    def see(self, event: Event) -> Iterable[Signal]:
        """What a ticker made true. A `Gap` has already taken away the strip, and all that was noted there."""
        if type(event) is Ticker and (ticks := self._tapes.ticks) is not None:
            return [*self._rises.see(ticks, ticks.up, event), *self._falls.see(ticks, ticks.down, event)]
        return ()

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # a price moves by events only
        """Nothing becomes true by time alone."""
        return ()

    def explain(self, subject: Subject) -> Iterable[Ruling]:
        """Each rule's tiers, as they stand."""
        strip = subject.strip
        if isinstance(strip, Tape):
            rise, fall = strip.bought, strip.sold
        elif isinstance(strip, Ticks):
            rise, fall = strip.up, strip.down
        else:
            return []
        return [*self._rises.explain(subject, strip, rise), *self._falls.explain(subject, strip, fall)]

    @property
    def overlooked(self) -> int:
        """Near misses for which there was no room."""
        return self._misses.dropped

    def missed(self, now: int) -> list[Decision]:
        """What nearly was a move, in minutes that are over."""
        return self._misses.take(now)


class _Side:
    """One direction, and the rules that look at it."""

    def __init__(self, direction: Direction, rules: Mapping[str, PriceMoveRule], tapes: Tapes, misses: Misses) -> None:
        self._rules = [_Rule(name, rule, tapes, misses) for name, rule in rules.items() if rule.direction == direction]
        self._least = min((rule.least for rule in self._rules), default=INFINITE)
        """No rule looks at a smaller change than this, unless it has a story to follow."""

    def see(self, strip: Strip, flow: Flow, event: Trade | Ticker) -> Sequence[Signal]:
        levels = flow.climb.levels
        small = not levels or (flow.climb.price / levels[0][0] - 1.0) * flow.sign < self._least
        if small and not flow.stories:
            flow.quiet = True
            return ()
        flow.quiet = False
        return [signal for rule in self._rules for signal in rule.see(strip, flow, event)]

    def explain(self, subject: Subject, strip: Strip, flow: Flow) -> list[Ruling]:
        return [rule.explain(subject, strip, flow) for rule in self._rules]


class _Rule:
    """One rule: what it has told of whom, what it says next, and what it nearly said."""

    def __init__(self, name: str, rule: PriceMoveRule, tapes: Tapes, misses: Misses) -> None:
        by_tickers = rule.ticker_tiers
        if by_tickers is None:
            by_tickers = tuple(tier for tier in rule.tiers if not tier.rush)
        self.least = min(tier.change for tier in (*rule.tiers, *by_tickers))
        """Smaller changes meet no tier."""
        self._name = name
        self._notes = (name, rule.direction)
        """Under which a strip keeps the story, also for a rule of this name that comes after this one."""
        self._rule = rule
        self._tapes = tapes
        self._misses = misses
        self._by_trades = Judge(rule.tiers, rule)
        self._by_tickers = Judge(by_tickers, rule, sides=2)
        self._rearm_ns = round(rule.rearm_after * SECOND)

    def see(self, strip: Strip, flow: Flow, event: Trade | Ticker) -> Iterator[Signal]:
        """A louder tier that is met, or the end of a told rise."""
        story: Story | None = strip.notes.get(self._notes)
        if story and strip.at - story.hot_at >= self._rearm_ns:
            del strip.notes[self._notes]
            flow.stories -= 1
            story = None
        if self._tapes.market.moving(event.exchange, event.instrument.quote):
            strip.swept_at = strip.at
        judge = self._by_trades if type(event) is Trade else self._by_tickers
        explained = self._explained(flow.sign, event.exchange, event.instrument)
        finding = judge.judge(strip, flow, story, event.instrument.quote, explained)
        if finding:
            self._misses.forget(Key(self._name, event.exchange, event.instrument))
        if judge.near and not _is_told(story, finding):
            self._note(judge, strip, flow, event, explained)
        if finding:
            story = story or self._begin(strip, flow)
            story.tell(RANK[finding.tier.severity], finding.move, strip.at)
            yield announce.move(self._name, self._rule.direction, finding, strip, flow, event)
        elif story and self._peaked(story, flow, strip.at):
            yield announce.peak(self._name, story, strip, flow, event)

    def _begin(self, strip: Strip, flow: Flow) -> Story:
        flow.stories += 1
        story = strip.notes[self._notes] = Story()
        return story

    def explain(self, subject: Subject, strip: Strip, flow: Flow) -> Ruling:
        """Every tier with its numbers, and what was told of a move that still goes on."""
        exchange, instrument = subject.exchange, subject.instrument
        story: Story | None = strip.notes.get(self._notes)
        judge = self._by_trades if isinstance(strip, Tape) else self._by_tickers
        told = _RANKED[story.told] if story and subject.at - story.hot_at < self._rearm_ns else ""
        moves = self._tapes.market.moving(exchange, instrument.quote)
        conditions = judge.conditions(
            strip,
            flow,
            subject.at,
            instrument.quote,
            self._explained(flow.sign, exchange, instrument),
            0.0 if moves else market_calm_s(strip, subject.at),
        )
        return Ruling(self._name, str(instrument), told, tuple(conditions))

    def _note(self, judge: Judge, strip: Strip, flow: Flow, event: Trade | Ticker, explained: float) -> None:
        """Keep what was nearly told."""
        key = Key(self._name, event.exchange, event.instrument)
        if self._misses.wants(key, event.seen):
            self._misses.note(key, event.seen, judge.nearly(strip, flow, event.instrument.quote, explained))

    def _explained(self, sign: float, exchange: str, instrument: Instrument) -> float:
        """How much of a change in this direction the market explains."""
        return max(0.0, self._tapes.market.expected(exchange, instrument) * sign)

    def _peaked(self, story: Story, flow: Flow, at: int) -> bool:
        """A told rise gave back its share: once."""
        if self._rule.direction == "down" or not self._rule.retrace or story.peaked or story.told < LOUD:
            return False
        price = abs(flow.climb.price)
        story.reach(price, at)
        story.peaked = story.retraced(price) >= self._rule.retrace
        return story.peaked


def _is_told(story: Story | None, finding: Finding | None) -> bool:
    """Whether people hear of it already, or just now; a mere watch is not for them."""
    return (story is not None and story.told >= LOUD) or (finding is not None and RANK[finding.tier.severity] >= LOUD)
