"""Pumps and dumps: a price that moved further within a window than calm markets do, on more than one trade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from scanner.detectors import telling
from scanner.detectors.base import Signal
from scanner.detectors.climb import CARRY_NS, Climb, Level
from scanner.detectors.windows import INFINITE, SECOND, Tape, Tapes
from scanner.model.market import Event, Gap, Trade
from scanner.model.units import Fraction, Positive, Seconds

Multiple = Annotated[float, Meta(ge=0, description="a number, 0 or more")]

STAGES = {"up": "pump", "down": "dump"}
UNCONFIRMED = 2
"""Prints of a move that came before the one which proved that its reference was history (see `Climb`)."""


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
    direction: Literal["up", "down"] = "up"
    """A rise of what takers pay to buy, or a fall of what takers get for selling."""
    tiers: tuple[Tier, ...] = (Tier(15.0, 0.05), Tier(60.0, 0.08))
    """Any one of these is enough."""
    min_trades: Positive = 3
    """At least so many trades of the move's own side since it began: one print proves nothing."""
    volume_ratio_min: Multiple = 3.0
    """At least so many usual minutes were turned over in the last 60 s; not asked while the usual one is unknown."""
    rearm_below: Fraction = 0.5
    """A told move is over when the change is below this share of every tier's …"""
    rearm_after: Seconds = 60.0
    """… and has been for so long. Until then it is the same move, told once."""

    def __post_init__(self) -> None:
        if not self.tiers:
            raise ValueError("a rule has at least one tier")


DEFAULTS = {"pump": PriceMoveRule(direction="up"), "dump": PriceMoveRule(direction="down")}


class PriceMove:
    """The detector of all rules of kind `price_move`. It stands behind `tapes` in the engine's row."""

    wants: tuple[type[Event], ...] = (Trade, Gap)

    def __init__(self, rules: Mapping[str, PriceMoveRule], tapes: Tapes) -> None:
        self._tapes = tapes
        self._rises = _Direction("up", rules)
        self._falls = _Direction("down", rules)

    def see(self, event: Event) -> Iterable[Signal]:
        """What a trade made true. A `Gap` has already taken the tape away, and with it all that was noted there."""
        tape = self._tapes.current
        if tape is None or type(event) is not Trade:
            return ()
        return self._rises.see(tape, event) if event.side == "buy" else self._falls.see(tape, event)

    def tick(self, now: int) -> Iterable[Signal]:  # noqa: ARG002  # a price moves by trades only
        """Nothing becomes true by time alone."""
        return ()


class _Rule:
    """A rule, in the units of the hot path."""

    def __init__(self, name: str, settings: PriceMoveRule) -> None:
        self.name = name
        self.settings = settings
        self.tiers = [(tier, round(tier.window * SECOND)) for tier in settings.tiers]
        self.rearm_ns = round(settings.rearm_after * SECOND)


class _Watch:
    """One direction of one instrument: its climb, and which rules have told of it."""

    __slots__ = ("climb", "hot_at", "quiet", "told")

    def __init__(self, climb: Climb, rules: int) -> None:
        self.climb = climb
        self.quiet = False
        """When the price last changed, no rule had anything to look at."""
        self.told = [False] * rules
        self.hot_at = [0] * rules
        """When the last print came that was not yet far below the threshold."""


class _Reading(Struct, frozen=True, gc=False):
    """The move, by the tier that it is furthest beyond."""

    excess: float
    """The change as a multiple of the tier's."""
    change: float
    tier: Tier
    low: Level
    price: float


class _Direction:
    """The rules that look the same way and therefore share a climb."""

    def __init__(self, direction: Literal["up", "down"], rules: Mapping[str, PriceMoveRule]) -> None:
        self._sign = 1.0 if direction == "up" else -1.0
        self._rules = [_Rule(name, rule) for name, rule in rules.items() if rule.direction == direction]
        self._longest = max((window for rule in self._rules for _, window in rule.tiers), default=0)
        self._least = min(
            (tier.change * rule.settings.rearm_below for rule in self._rules for tier, _ in rule.tiers),
            default=INFINITE,
        )
        """No rule looks at a smaller change than this."""

    def see(self, tape: Tape, trade: Trade) -> Sequence[Signal]:
        watch: _Watch | None = tape.notes.get(self)
        if watch is None:
            watch = tape.notes[self] = self._start(tape, trade)
        climb = watch.climb
        changed = climb.add(trade.price * self._sign, tape.at, tape.trades, tape.buys)
        if not changed and watch.quiet:
            return ()
        watch.quiet = not climb.levels or (climb.price / climb.levels[0][0] - 1.0) * self._sign < self._least
        return () if watch.quiet else self._look(watch, tape, trade)

    def _start(self, tape: Tape, trade: Trade) -> _Watch:
        """A ticker's price stood until this first trade, unless that ticker has become too old."""
        seeded = tape.seed_price and trade.seen - tape.seed_seen <= CARRY_NS
        price = tape.seed_price if seeded else trade.price
        return _Watch(Climb(self._longest, price * self._sign, tape.at), len(self._rules))

    def _look(self, watch: _Watch, tape: Tape, trade: Trade) -> Sequence[Signal]:
        signals = []
        for number, rule in enumerate(self._rules):
            reading = self._read(watch.climb, rule, tape.at)
            if reading is None or reading.excess < rule.settings.rearm_below:
                continue
            if tape.at - watch.hot_at[number] >= rule.rearm_ns:
                watch.told[number] = False
            watch.hot_at[number] = tape.at
            if reading.excess >= 1.0 and not watch.told[number] and self._believed(reading, rule, tape):
                watch.told[number] = True
                signals.append(self._signal(reading, rule, tape, trade))
        return signals

    def _read(self, climb: Climb, rule: _Rule, at: int) -> _Reading | None:
        best: _Reading | None = None
        for tier, window in rule.tiers:
            low = climb.low(window, at)
            if low is not None:
                change = climb.price / low[0] - 1.0
                excess = change * self._sign / tier.change
                if best is None or excess > best.excess:
                    best = _Reading(excess, change, tier, low, abs(climb.price))
        return best

    def _believed(self, reading: _Reading, rule: _Rule, tape: Tape) -> bool:
        trades, buys = self._since(reading.low, tape)
        if (buys if self._sign > 0 else trades - buys) < rule.settings.min_trades:
            return False
        return tape.baseline.usual == INFINITE or tape.volume_ratio() >= rule.settings.volume_ratio_min

    def _since(self, low: Level, tape: Tape) -> tuple[int, int]:
        """Trades since the move left this price, and the buys among them."""
        trades = tape.trades - low[2] + UNCONFIRMED
        return trades, tape.buys - low[3] + (UNCONFIRMED if self._sign > 0 else 0)

    def _signal(self, reading: _Reading, rule: _Rule, tape: Tape, trade: Trade) -> Signal:
        ratio = tape.volume_ratio()
        points = telling.score(50, ((20, reading.excess), (5, ratio / max(rule.settings.volume_ratio_min, 1.0))))
        window_s = (tape.at - reading.low[1]) / SECOND
        trades, buys = self._since(reading.low, tape)
        moved = f"{trade.instrument} {telling.per_cent(reading.change)} {telling.within(window_s)}"
        return Signal(
            rule=rule.name,
            stage=STAGES[rule.settings.direction],
            exchange=trade.exchange,
            instrument=trade.instrument,
            at=trade.at,
            price=reading.price,
            change=round(reading.change, 6),
            window_s=round(window_s, 3),
            volume_ratio=round(ratio, 2),
            severity=telling.severity(points),
            score=points,
            headline=", ".join((moved, telling.prints(trades, buys), *telling.volume(tape))),
            facts={
                "trades": trades,
                "buy_share": round(telling.share(buys, trades), 4),
                "reference_price": abs(reading.low[0]),
                "threshold": self._sign * reading.tier.change,
                "threshold_window_s": reading.tier.window,
                **telling.turnover(tape),
            },
        )
