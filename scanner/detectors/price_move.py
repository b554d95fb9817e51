"""Pumps and dumps: a price that moved further within a window than calm markets do, on more than one trade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from scanner.detectors import telling
from scanner.detectors.base import Signal
from scanner.detectors.climb import CARRY_NS, Climb, Level
from scanner.detectors.tapes import Tapes
from scanner.detectors.windows import INFINITE, Tape
from scanner.model.alert import Fact
from scanner.model.market import Event, Gap, Trade
from scanner.model.moments import SECOND
from scanner.model.units import Fraction, Positive, Seconds

Multiple = Annotated[float, Meta(ge=0, description="a number, 0 or more")]

Direction = Literal["up", "down"]
STAGES: dict[Direction, str] = {"up": "pump", "down": "dump"}
SIGNS: dict[Direction, float] = {"up": 1.0, "down": -1.0}


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to be fast enough."""

    window: Seconds
    """The move took at most this long."""
    change: Fraction
    """It went at least this far, as a share of the older price; above 0 for rises and falls alike."""

    def __post_init__(self) -> None:
        if not 0 < self.window < INFINITE:
            raise ValueError("a tier's window is longer than 0 s")
        if not 0 < self.change < INFINITE:
            raise ValueError("a tier's change is above 0 %; direction says whether up or down")


class PriceMoveRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one rule of kind `price_move`."""

    enabled: bool = True
    """Whether anybody wants to hear of it."""
    direction: Direction = "up"
    """A rise of what takers pay to buy, or a fall of what takers get for selling."""
    tiers: tuple[Tier, ...] = (Tier(15.0, 0.05), Tier(60.0, 0.08))
    """Any one of these is enough."""
    min_trades: Positive = 3
    """At least so many trades of the move's own side since it began: one print proves nothing."""
    volume_ratio_min: Multiple = 3.0
    """The move turned over so many times what is usual in its tier's window; not asked while that is unknown."""
    rearm_below: Fraction = 0.5
    """A told move goes on while the change is above this share of any tier's."""
    rearm_after: Seconds = 60.0
    """It goes on for so long after the last trade that found it there; then the next move is a new one."""

    def __post_init__(self) -> None:
        if not self.tiers:
            raise ValueError("a rule has at least one tier")
        if not 0 <= self.rearm_below <= 1:
            raise ValueError("rearm_below is a share from 0 % to 100 % of the threshold")


DEFAULTS = {"pump": PriceMoveRule(direction="up"), "dump": PriceMoveRule(direction="down")}


class PriceMove:
    """The detector of all rules of kind `price_move`. It stands behind `tapes` in the engine's row."""

    wants: tuple[type[Event], ...] = (Trade, Gap)

    def __init__(self, rules: Mapping[str, PriceMoveRule], tapes: Tapes) -> None:
        self._tapes = tapes
        self._rises = _Side("up", rules)
        self._falls = _Side("down", rules)

    def see(self, event: Event) -> Iterable[Signal]:
        """What a trade made true. A `Gap` has already taken the tape away, and with it all that was noted there."""
        tape = self._tapes.current
        if tape is None or type(event) is not Trade:
            return ()
        return self._rises.see(tape, event) if event.side == "buy" else self._falls.see(tape, event)

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # a price moves by trades only
        """Nothing becomes true by time alone."""
        return ()


class _Side:
    """The trades of one taker side, and the rules that look at them: they share a climb."""

    def __init__(self, direction: Direction, rules: Mapping[str, PriceMoveRule]) -> None:
        self._sign = SIGNS[direction]
        self._rules = [_Rule(name, rule) for name, rule in rules.items() if rule.direction == direction]
        self._longest = max((window for rule in self._rules for _, window in rule.tiers), default=0)
        self._least = min((rule.least for rule in self._rules), default=INFINITE)
        """No rule looks at a smaller change than this."""

    def see(self, tape: Tape, trade: Trade) -> Sequence[Signal]:
        climb: Climb | None = tape.notes.get(self)
        if climb is None:
            climb = tape.notes[self] = self._start(tape, trade)
        changed = climb.add(trade.price * self._sign, tape.at, (tape.trades, tape.buys, tape.total))
        if not changed and climb.quiet:
            return ()
        climb.quiet = not climb.levels or (climb.price / climb.levels[0][0] - 1.0) * self._sign < self._least
        if climb.quiet:
            return ()
        return [signal for rule in self._rules if (signal := rule.see(climb, tape, trade)) is not None]

    def _start(self, tape: Tape, trade: Trade) -> Climb:
        """A ticker's price stood until this first trade, unless that ticker has become too old."""
        seeded = tape.seed_price and trade.seen - tape.seed_seen <= CARRY_NS
        price = tape.seed_price if seeded else trade.price
        before = (tape.trades - 1, tape.buys - (trade.side == "buy"), tape.total - trade.price * trade.size)
        return Climb(self._longest, price * self._sign, tape.at, before)


class _Reading(Struct, frozen=True, gc=False):
    """The move as one tier sees it."""

    tier: Tier
    change: float
    excess: float
    """The change as a multiple of the tier's."""
    price: float
    reference: float
    """The price that the move left …"""
    left_s: float
    """… so many seconds ago."""
    trades: int
    buys: int
    turnover: float
    """Of the move."""
    ratio: float
    """The turnover as a multiple of what is usual in the tier's window; 0 while that is unknown."""


class _Watch:
    """What one rule remembers of one instrument, once it had something to look at."""

    __slots__ = ("hot_at", "told")

    def __init__(self) -> None:
        self.told = False
        self.hot_at = 0
        """When the last print came that was not yet far below the threshold."""


class _Rule:
    """One rule: what it reads off a climb, what it believes, and how it says so."""

    def __init__(self, name: str, settings: PriceMoveRule) -> None:
        self.tiers = [(tier, round(tier.window * SECOND)) for tier in settings.tiers]
        self.least = min(tier.change for tier in settings.tiers) * settings.rearm_below
        self._name = name
        self._settings = settings
        self._sign = SIGNS[settings.direction]
        self._rearm_ns = round(settings.rearm_after * SECOND)

    def see(self, climb: Climb, tape: Tape, trade: Trade) -> Signal | None:
        """A signal when a tier is exceeded, believed, and this move has not been told yet."""
        readings = self._read(climb, tape)
        if all(reading.excess < self._settings.rearm_below for reading in readings):
            return None
        watch: _Watch = tape.notes.get(self) or tape.notes.setdefault(self, _Watch())
        if tape.at - watch.hot_at >= self._rearm_ns:
            watch.told = False
        watch.hot_at = tape.at
        if watch.told:
            return None
        believed = [reading for reading in readings if self._believes(reading, tape)]
        watch.told = bool(believed)
        return self._signal(max(believed, key=_by_excess), tape, trade) if believed else None

    def _read(self, climb: Climb, tape: Tape) -> list[_Reading]:
        """One reading for each tier in whose window the price was another one."""
        return [
            self._reading(climb.price, low, tier, tape)
            for tier, window in self.tiers
            if (low := climb.low(window, tape.at)) is not None
        ]

    def _believes(self, reading: _Reading, tape: Tape) -> bool:
        """Far enough, on enough trades of its own side, with enough behind it."""
        own = reading.buys if self._sign > 0 else reading.trades - reading.buys
        if reading.excess < 1.0 or own < self._settings.min_trades:
            return False
        return tape.baseline.usual == INFINITE or reading.ratio >= self._settings.volume_ratio_min

    def _signal(self, reading: _Reading, tape: Tape, trade: Trade) -> Signal:
        """The telling of it."""
        points = telling.score(
            50, ((20, reading.excess), (5, reading.ratio / max(1.0, self._settings.volume_ratio_min)))
        )
        usual = tape.baseline.usual
        phrases = [
            f"{trade.instrument} {telling.per_cent(reading.change)} {telling.within(reading.left_s)}",
            telling.prints(reading.trades, reading.buys),
        ]
        facts: dict[str, Fact] = {
            "trades": reading.trades,
            "buy_share": telling.share(reading.buys, reading.trades),
            "turnover": round(reading.turnover, 8),
            "reference_price": reading.reference,
            "threshold": reading.tier.change * self._sign,
            "threshold_window_s": reading.tier.window,
        }
        if usual < INFINITE:
            phrases.append(f"{telling.times(reading.ratio)} volume")
            facts["baseline_turnover"] = round(usual * reading.tier.window / 60, 8)
        return Signal(
            rule=self._name,
            stage=STAGES[self._settings.direction],
            exchange=trade.exchange,
            instrument=trade.instrument,
            at=trade.at,
            price=reading.price,
            change=round(reading.change, 6),
            window_s=round(reading.left_s, 3),
            volume_ratio=round(reading.ratio, 2),
            severity=telling.severity(points),
            score=points,
            headline=", ".join(phrases),
            facts=facts,
        )

    def _reading(self, price: float, low: Level, tier: Tier, tape: Tape) -> _Reading:
        reference, replaced_at, (trades, buys, total) = low
        change = price / reference - 1.0
        turnover = max(0.0, tape.total - total)
        return _Reading(
            tier=tier,
            change=change,
            excess=change * self._sign / tier.change,
            price=abs(price),
            reference=abs(reference),
            left_s=(tape.at - replaced_at) / SECOND,
            trades=tape.trades - trades,
            buys=tape.buys - buys,
            turnover=turnover,
            ratio=tape.baseline.ratio(turnover, tier.window),
        )


def _by_excess(reading: _Reading) -> float:
    return reading.excess
