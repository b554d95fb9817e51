"""A whole market that goes one way: one story instead of one for each of its coins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from scanner.detectors import telling
from scanner.detectors.base import Signal
from scanner.detectors.conditions import CHANGE, QUORUM, SHARE, Check, Condition, Ruling, at_least
from scanner.detectors.market import FRESH_S, Market
from scanner.detectors.market_context import WHOLE, context_of
from scanner.detectors.market_course import LEANS, PPM
from scanner.detectors.market_wave import QUORUM as LEAST_ACTIVE
from scanner.detectors.market_wave import SHARE as LEAST_SHARE
from scanner.detectors.market_wave import Breadth
from scanner.detectors.misses import Key, Misses
from scanner.detectors.subject import Subject
from scanner.detectors.tapes import Tapes
from scanner.model.alert import SEVERITIES, Fact, Severity
from scanner.model.decision import Decision
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Gap
from scanner.model.moments import SECOND
from scanner.model.units import Fraction, Positive

STAGE = "market"
WAYS = {1: "rise", -1: "fall"}
LOUD: tuple[tuple[float, Severity], ...] = ((7.5, "critical"), (2.0, "high"), (1.0, "warning"))
"""How loudly it is said from so many times `change` on: 2, 4 and 15 % as it is set by default."""
PER_CHANGE, PER_SHARE = 8, 4
"""Points for each doubling beyond what was asked."""


class MarketMoveRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one rule of kind `market_move`."""

    enabled: bool = True
    """Whether anybody wants to hear of it. While a market moves, coins that only go along are not told in any case."""
    change: Fraction = 0.02
    """All instruments that traded went so far together within a minute, on average, up or down."""
    share: Fraction = LEAST_SHARE
    """More than this share of the active instruments moved that way, by 1 % or more each."""
    quorum: Positive = LEAST_ACTIVE
    """At least so many instruments are active: traded within the last five minutes."""
    rearm_below: Fraction = 0.5
    """A told move goes on while more than this share of `share` still lean its way."""

    def __post_init__(self) -> None:
        if self.change <= 0:
            raise ValueError("change is above 0 %; a market moves up and down alike")
        if not 0 < self.share < 1:
            raise ValueError("share is above 0 % and below 100 % of the active instruments")
        if not 0 <= self.rearm_below <= 1:
            raise ValueError("rearm_below is a share from 0 % to 100 % of the threshold")


DEFAULTS = {"market_move": MarketMoveRule()}


class MarketMove:
    """The detector of all rules of kind `market_move`. They are asked by the context, each time a second has closed."""

    wants: tuple[type[Event], ...] = (Gap,)

    def __init__(self, rules: Mapping[str, MarketMoveRule], tapes: Tapes) -> None:
        self._context = context_of(tapes)
        self._misses = Misses()
        self._rules = [_Rule(name, settings, self._misses) for name, settings in rules.items()]
        for rule in self._rules:
            self._context.listen(rule.look)

    def see(self, event: Event) -> Iterable[Signal]:  # noqa: ARG002  # the context has seen it
        """Nothing becomes true by one event."""
        return ()

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # a market goes by the venue's time
        """Nothing becomes true by time alone."""
        return ()

    def explain(self, subject: Subject) -> Iterable[Ruling]:
        """The market that the instrument is part of, the way that it went further."""
        market = self._context.market(subject.exchange, subject.instrument.quote)
        return [rule.explain(market) for rule in self._rules] if market is not None else []

    @property
    def overlooked(self) -> int:
        """Near misses for which there was no room."""
        return self._misses.dropped

    def missed(self, now: int) -> list[Decision]:
        """What nearly was a market's move, in minutes that are over."""
        return self._misses.take(now)


class _Rule:
    """One rule: when it believes that a market moves, and how it says so."""

    def __init__(self, name: str, settings: MarketMoveRule, misses: Misses) -> None:
        self._name = name
        self._settings = settings
        self._misses = misses
        self._calm = settings.share * settings.rearm_below

    def look(self, market: Market) -> Iterable[Signal]:
        """A signal for a way that became true, and another each time it is more severe than what was said."""
        if market.level:
            market.notes.clear()
            return ()
        return [signal for way in WAYS if (signal := self._look(market, way)) is not None]

    def _look(self, market: Market, way: int) -> Signal | None:
        breadth, settings = market.breadth(way), self._settings
        if breadth.share <= self._calm:
            market.notes.pop((self._name, way), None)
            return None
        if breadth.mean * way < settings.change:
            return None
        key = Key(self._name, market.exchange, Instrument(WHOLE, market.quote))
        if breadth.active < settings.quorum:  # a handful is no market, so it misses nothing either
            return None
        if breadth.share <= settings.share:
            self._miss(key, market, breadth, way)
            return None
        self._misses.forget(key)
        multiple = breadth.mean * way / settings.change
        least, severity = next(loud for loud in LOUD if multiple >= loud[0])
        rank = SEVERITIES.index(severity)
        if rank <= market.notes.get((self._name, way), -1):
            return None
        market.notes[self._name, way] = rank
        points = telling.score(severity, ((PER_CHANGE, multiple / least), (PER_SHARE, breadth.share / settings.share)))
        return self._signal(market, way, breadth, severity, points)

    def explain(self, market: Market) -> Ruling:
        """As of the last second that closed."""
        way = max(WAYS, key=lambda way: market.breadth(way).mean * way)
        rank = market.notes.get((self._name, way))
        told = SEVERITIES[rank] if rank is not None else ""
        symbol = str(Instrument(WHOLE, market.quote))
        return Ruling(self._name, symbol, told, (self._condition(market.breadth(way), way),))

    def _condition(self, breadth: Breadth, way: int) -> Condition:
        settings = self._settings
        multiple = breadth.mean * way / settings.change
        severity = next((severity for least, severity in LOUD if multiple >= least), LOUD[-1][1])
        checks = (
            Check(CHANGE, breadth.mean, settings.change * way, breadth.mean * way >= settings.change),
            Check(SHARE, breadth.share, settings.share, breadth.share > settings.share),
            at_least(QUORUM, breadth.active, settings.quorum),
        )
        return Condition.of(FRESH_S, severity, checks)

    def _miss(self, key: Key, market: Market, breadth: Breadth, way: int) -> None:
        """All went far enough together, but they are not enough; a market goes by the venue's time."""
        seen = market.second * SECOND
        if (self._name, way) not in market.notes and self._misses.wants(key, seen):
            self._misses.note(key, seen, [self._condition(breadth, way)])

    def _signal(self, market: Market, way: int, breadth: Breadth, severity: Severity, points: int) -> Signal:
        """The telling of it; the price is bitcoin's, 0 where nobody trades it."""
        symbol, bitcoin = Instrument(WHOLE, market.quote), market.bitcoin
        phrases = [
            f"{symbol} {telling.per_cent(breadth.mean)} {telling.within(FRESH_S)}",
            f"{breadth.share * 100:.0f} % of {breadth.active} coins {WAYS[way]}",
        ]
        facts: dict[str, Fact] = {
            "active": breadth.active,
            "leaning": breadth.leaning,
            "leaning_share": round(breadth.share, 4),
            "leaning_from": LEANS,
            "threshold": self._settings.change * way,
            "threshold_share": self._settings.share,
            "threshold_window_s": float(FRESH_S),
        }
        if bitcoin is not None:
            facts["bitcoin_change"] = bitcoin.change / PPM
            phrases.append(f"BTC {telling.per_cent(bitcoin.change / PPM)}")
        return Signal(
            rule=self._name,
            stage=STAGE,
            exchange=market.exchange,
            instrument=symbol,
            at=market.second * SECOND,
            price=bitcoin.closed if bitcoin is not None else 0.0,
            change=round(breadth.mean, 6),
            window_s=float(FRESH_S),
            volume_ratio=0.0,
            severity=severity,
            score=points,
            headline=", ".join(phrases),
            facts=facts,
        )
