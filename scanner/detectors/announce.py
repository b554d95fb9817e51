"""What price moves are told with: the signal, its headline, and the numbers that made it."""

from __future__ import annotations

from scanner.detectors import telling
from scanner.detectors.base import Signal
from scanner.detectors.climb import WINDOW_S
from scanner.detectors.flow import Flow
from scanner.detectors.judging import Finding
from scanner.detectors.story import Story
from scanner.detectors.strip import Strip
from scanner.detectors.tiers import PEAK, STAGES, WATCH, Direction
from scanner.detectors.usual import INFINITE
from scanner.model.alert import Fact, Severity
from scanner.model.market import Ticker, Trade
from scanner.model.moments import SECOND

PER_SIZE, PER_VOLUME, PER_CROWD = 8, 1, 2
"""Points for each doubling beyond what was asked."""
PEAK_SEVERITY: Severity = "warning"


def move(rule: str, direction: Direction, finding: Finding, strip: Strip, flow: Flow, event: Trade | Ticker) -> Signal:
    """A pump, a dump, or the first sign of one."""
    tier, found = finding.tier, finding.move
    beyond = (
        (PER_SIZE, finding.excess),
        (PER_VOLUME, finding.volume_ratio / max(1.0, tier.volume_ratio)),
        (PER_CROWD, finding.crowd / max(1, tier.rush)),
    )
    phrases = [f"{event.instrument} {telling.per_cent(found.change)} {telling.within(found.left_s)}"]
    facts: dict[str, Fact] = {
        "turnover": round(found.turnover, 8),
        "reference_price": found.reference,
        "threshold": round(finding.threshold * flow.sign, 6),
        "threshold_window_s": tier.window,
        "volume_ratio_asked": tier.volume_ratio,
        "rush_orders_asked": tier.rush,
    }
    if type(event) is Trade:
        phrases.append(telling.prints(found.trades, found.buys))
        facts |= {"trades": found.trades, "buy_share": telling.share(found.buys, found.trades)}
        facts["largest_order"] = round(found.block, 8)
        facts |= {"rush_orders": found.rush} if strip.baseline.shows_rush else {"crowd": round(finding.crowd, 1)}
    else:
        phrases.append("by its ticker")
        facts |= {"feed": "ticker", "tickers": found.trades}
    if flow.usual < INFINITE:
        phrases.append(f"{telling.times(finding.volume_ratio)} volume")
        facts["baseline_turnover"] = round(flow.usual * tier.window / 60, 8)
    return Signal(
        rule=rule,
        stage=WATCH if tier.severity == "info" else STAGES[direction],
        exchange=event.exchange,
        instrument=event.instrument,
        at=event.at,
        price=found.price,
        change=round(found.change, 6),
        window_s=round(found.left_s, 3),
        volume_ratio=round(finding.volume_ratio, 2),
        severity=tier.severity,
        score=telling.score(tier.severity, beyond),
        headline=", ".join(phrases),
        facts=facts | caveats(strip),
    )


def peak(rule: str, story: Story, strip: Strip, flow: Flow, event: Trade | Ticker) -> Signal:
    """A told rise that gave much of itself back."""
    price = abs(flow.climb.price)
    change, since = price / story.peak - 1.0, (strip.at - story.top_at) / SECOND
    given_back = story.retraced(price)
    return Signal(
        rule=rule,
        stage=PEAK,
        exchange=event.exchange,
        instrument=event.instrument,
        at=event.at,
        price=price,
        change=round(change, 6),
        window_s=round(since, 3),
        volume_ratio=0.0,
        severity=PEAK_SEVERITY,
        score=telling.score(PEAK_SEVERITY, ()),
        headline=f"{event.instrument} gave back {given_back * 100:.0f} % of its rise {telling.within(since)}",
        facts=caveats(strip)
        | {
            "reference_price": story.reference,
            "peak_price": story.peak,
            "rise": round(story.peak / story.reference - 1.0, 6),
            "retraced": round(given_back, 4),
        },
    )


def caveats(strip: Strip) -> dict[str, Fact]:
    """What should make a reader careful: a hole just before, or a usual minute that is not known yet."""
    facts: dict[str, Fact] = {}
    since = (strip.at - strip.began) / SECOND
    if strip.blind and since < WINDOW_S:
        facts["blind_until_s_ago"] = round(since, 3)
    if not strip.baseline.warm:
        facts["warm"] = False
    return facts
