"""One rule's judgement of one side: which tiers a move meets, whether that is news, and whether a rise has peaked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from scanner.detectors import rush
from scanner.detectors.baseline import UsualSide
from scanner.detectors.flow import Flow
from scanner.detectors.reading import Move, measure
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

    def judge(self, strip: Strip, flow: Flow, story: Story | None, quote: str, explained: float) -> Finding | None:
        """The loudest tier that is met and louder than what was told. `explained` is the market's share of the change.

        A story that is still hot is kept so.
        """
        told = story.told if story else 0
        best: Finding | None = None
        for window, tiers in self._windows:
            level = flow.climb.low(window, strip.at)
            if level is None:
                continue
            change = (flow.climb.price / level[0] - 1.0) * flow.sign
            if story and story.tells_of(level, strip.at) and any(self._is_hot(tier, change, told) for tier in tiers):
                story.hot_at = strip.at
            wanted = [tier for tier in tiers if change >= tier.change and _is_asked(tier, told, strip)]
            move = measure(flow, level, strip.at, strip.trades) if wanted else None
            for tier in wanted:
                finding = move and self._meets(tier, move, strip, flow, quote, explained)
                if finding and (best is None or finding.weight > best.weight):
                    best = finding
        return best

    def _is_hot(self, tier: Tier, change: float, told: int) -> bool:
        """A mere watch keeps only a mere watch going."""
        return change >= tier.change * self._marks.rearm_below and RANK[tier.severity] >= min(told, LOUD)

    def _meets(self, tier: Tier, move: Move, strip: Strip, flow: Flow, quote: str, explained: float) -> Finding | None:
        """Far enough, on enough trades of its own side, with enough behind it."""
        marks, side = self._marks, strip.baseline.bought if flow.sign > 0 else strip.baseline.sold
        threshold = max(tier.change, marks.times_usual_move * stretched(side.move.size, tier.window)) + explained
        change, floor = move.change * flow.sign, marks.floors.get(quote, 0.0) * self._sides
        if change < threshold or move.own < marks.min_trades or move.turnover - move.block < floor:
            return None
        volume_ratio = move.volume_ratio(flow.usual, tier.window)
        if volume_ratio < tier.volume_ratio:
            return None
        crowd = _crowd(move, strip.baseline.shows_rush, side, tier.window)
        if crowd < tier.rush:
            return None
        return Finding(tier, move, threshold, change / threshold, volume_ratio, crowd)


def _is_asked(tier: Tier, told: int, strip: Strip) -> bool:
    """Whether it would say more than was told, and may speak beside what the whole market does.

    What the market explains is known for a minute. While everybody moves nobody is worth a watch, and a longer window
    says nothing while it holds such a moment.
    """
    if RANK[tier.severity] <= told:
        return False
    since_s = (strip.at - strip.swept_at) / SECOND
    return since_s > 0 if tier.severity == "info" else tier.window <= MARKET_S or since_s >= tier.window


def _crowd(move: Move, shows_rush: bool, side: UsualSide, window_s: float) -> float:  # noqa: FBT001  # a fact
    """Rush orders, where the venue's clock shows them."""
    if shows_rush:
        return move.rush
    return rush.worth(rush.rate_z(move.own, side.trades.mean, window_s))
