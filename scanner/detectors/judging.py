"""One rule's judgement of one side: which tiers a move meets, whether that is news, and whether a rise has peaked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from scanner.detectors import rush
from scanner.detectors.baseline import UsualSide
from scanner.detectors.climb import WINDOW_S
from scanner.detectors.conditions import CHANGE, CROWD, MARKET, TRADES, TURNOVER, VOLUME, Check, Condition, at_least
from scanner.detectors.flow import Flow
from scanner.detectors.reading import Move, measure, still
from scanner.detectors.story import Story
from scanner.detectors.strip import Strip
from scanner.detectors.tiers import RANK, Tier
from scanner.detectors.volatility import stretched
from scanner.model.moments import SECOND

LOUD = RANK["warning"]
"""What was said at least so loudly is more than a watch."""

MARKET_S = 60.0
"""For a window so long it is known what the market explains."""


class Marks(Protocol):
    """What a rule's settings say about judging; see `price_move.PriceMoveRule`."""

    @property
    def min_trades(self) -> int: ...  # noqa: D102
    @property
    def floors(self) -> Mapping[str, float]: ...  # noqa: D102
    @property
    def times_usual_move(self) -> float: ...  # noqa: D102
    @property
    def rearm_below(self) -> float: ...  # noqa: D102


class Finding(Struct, frozen=True, gc=False):
    """A tier that a move has met, with the numbers that decided."""

    tier: Tier
    move: Move
    threshold: float
    """What the change had to reach."""
    excess: float
    """The change as a multiple of it."""
    volume_ratio: float
    """0 while the usual is unknown."""
    crowd: float
    """Rush orders, or what the rate of trades is worth in them."""

    @property
    def weight(self) -> tuple[int, float]:
        """Louder first, then further."""
        return RANK[self.tier.severity], self.excess


class Judge:
    """Some tiers of one rule, by window: tiers of one window share its move."""

    def __init__(self, tiers: Sequence[Tier], marks: Marks, sides: int = 1) -> None:
        """`sides` is how many taker sides the turnover is of; a floor is meant for one."""
        self._marks = marks
        self._sides = sides
        self._windows = [
            (round(window * SECOND), [tier for tier in tiers if tier.window == window])
            for window in sorted({tier.window for tier in tiers})
        ]
        self.near: list[tuple[Tier, Move]] = []
        """Of the last judgement: the moves that went as far as a tier, and were not told as that."""

    def judge(self, strip: Strip, flow: Flow, story: Story | None, quote: str, explained: float) -> Finding | None:
        """The loudest tier that is met and louder than what was told. `explained` is the market's share of the change.

        A story that is still hot is kept so.
        """
        told = story.told if story else 0
        best: Finding | None = None
        self.near.clear()
        for window, tiers in self._windows:
            level = flow.climb.low(window, strip.at)
            if level is None:
                continue
            change = (flow.climb.price / level[0] - 1.0) * flow.sign
            if story and story.tells_of(level, strip.at) and any(self._is_hot(tier, change, told) for tier in tiers):
                story.hot_at = strip.at
            reached = [tier for tier in tiers if change >= tier.change and RANK[tier.severity] > told]
            if not reached:
                continue
            move = measure(flow, level, strip.at, strip.trades)
            for tier in reached:
                finding = self._meets(tier, move, strip, flow, quote, explained)
                if finding is None:
                    self.near.append((tier, move))
                elif best is None or finding.weight > best.weight:
                    best = finding
        return best

    def nearly(self, strip: Strip, flow: Flow, quote: str, explained: float) -> Iterator[Condition]:
        """What is in `near`, number by number."""
        calm_s = market_calm_s(strip, strip.at)
        for tier, move in self.near:
            yield Condition.of(
                tier.window, tier.severity, self._checks(tier, move, strip, flow, quote, explained, calm_s)
            )

    def conditions(
        self, strip: Strip, flow: Flow, at: int, quote: str, explained: float, calm_s: float
    ) -> Iterator[Condition]:
        """All tiers as they stand at a moment, whatever was told; `calm_s` ago the whole market was moving."""
        for window, tiers in self._windows:
            level = flow.climb.low(window, at)
            move = measure(flow, level, at, strip.trades) if level is not None else still(flow)
            for tier in tiers:
                yield Condition.of(
                    tier.window, tier.severity, self._checks(tier, move, strip, flow, quote, explained, calm_s)
                )

    def _is_hot(self, tier: Tier, change: float, told: int) -> bool:
        """A mere watch keeps only a mere watch going."""
        return change >= tier.change * self._marks.rearm_below and RANK[tier.severity] >= min(told, LOUD)

    def _meets(self, tier: Tier, move: Move, strip: Strip, flow: Flow, quote: str, explained: float) -> Finding | None:
        """Far enough, on enough trades of its own side, with enough behind it; the first that is not ends it."""
        numbers: list[Check] = []
        for check in self._checks(tier, move, strip, flow, quote, explained, market_calm_s(strip, strip.at)):
            if not check.met:
                return None
            numbers.append(check)
        _, change, _, _, volume, crowd = numbers
        return Finding(tier, move, abs(change.asked), change.value / change.asked, volume.value, crowd.value)

    def _checks(
        self, tier: Tier, move: Move, strip: Strip, flow: Flow, quote: str, explained: float, calm_s: float
    ) -> Iterator[Check]:
        """What a tier asks, the quickest answer first."""
        marks, side = self._marks, strip.baseline.bought if flow.sign > 0 else strip.baseline.sold
        yield _market(tier, calm_s)
        threshold = max(tier.change, marks.times_usual_move * stretched(side.move.size, tier.window)) + explained
        yield Check(CHANGE, move.change, threshold * flow.sign, move.change * flow.sign >= threshold)
        yield at_least(TRADES, move.own, marks.min_trades)
        yield at_least(TURNOVER, move.turnover - move.block, marks.floors.get(quote, 0.0) * self._sides)
        yield at_least(VOLUME, move.volume_ratio(flow.usual, tier.window), tier.volume_ratio)
        yield at_least(CROWD, _crowd(move, strip.baseline.shows_rush, side, tier.window), tier.rush)


def market_calm_s(strip: Strip, at: int) -> float:
    """For how long its whole market has not been seen moving; never for longer than anybody asks."""
    return min((at - strip.swept_at) / SECOND, WINDOW_S)


def _market(tier: Tier, calm_s: float) -> Check:
    """Whether it may speak beside what the whole market does.

    What the market explains is known for a minute. While everybody moves nobody is worth a watch, and a longer window
    says nothing while it holds such a moment.
    """
    asked = tier.window if tier.window > MARKET_S else 0.0
    return Check(MARKET, calm_s, asked, calm_s > 0 if tier.severity == "info" else calm_s >= asked)


def _crowd(move: Move, shows_rush: bool, side: UsualSide, window_s: float) -> float:  # noqa: FBT001  # a fact
    """Rush orders, where the venue's clock shows them."""
    if shows_rush:
        return move.rush
    return rush.worth(rush.rate_z(move.own, side.trades.mean, window_s))
