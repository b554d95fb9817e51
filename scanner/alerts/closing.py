"""How a story is summed up when it is over: how far it went, for how long, and what became of it."""

from __future__ import annotations

from msgspec import Struct

from scanner.alerts.spans import span
from scanner.alerts.stages import MARKET, WAYS
from scanner.alerts.story import Story, across
from scanner.alerts.trail import Trail
from scanner.model.alert import SEVERITIES, Alert, Fact
from scanner.model.moments import SECOND


class Summary(Struct, frozen=True):
    """What a closing says of the leader's price."""

    peak_price: float
    peak_change: float
    """From the price that the move left, a signed fraction of it."""
    peak_at: int
    """Nanoseconds UTC, our own clock."""
    retrace: float
    """The share of the move that has been given back, 0 to 1."""
    change: float
    """From the price that the move left to where it stands now."""


def close(story: Story, now: int) -> Alert:
    """The closing of a story that was told; `now` is nanoseconds UTC."""
    leader, best = story.leader, story.best
    summary = sum_up(leader.trail, rises=_rises(story)) if best.stage != MARKET else _of_market(story)
    ended = max(story.heard_seen, summary.peak_at)
    duration_s = max(0.0, (ended - story.opened_seen) / SECOND)
    facts: dict[str, Fact] = {
        "peak_change": round(summary.peak_change, 6),
        "peak_after_s": round(max(0.0, (summary.peak_at - story.opened_seen) / SECOND), 3),
        "duration_s": round(duration_s, 3),
        "escalations": story.progress.escalations,
    }
    if best.stage != MARKET:
        facts |= {"peak_price": summary.peak_price, "retrace": round(summary.retrace, 4)}
        facts["turnover"] = round(_turnover(story), 8)
        facts["reference_price"] = leader.trail.reference
    number, story.number = story.number, story.number + 1
    first, standing = leader.first, leader.trail.seen
    return Alert(
        id=story.id,
        rule=best.rule,
        stage=story.progress.stage,
        instrument=first.instrument,
        exchanges=story.exchanges,
        severity=SEVERITIES[story.progress.severity],
        score=best.score,
        headline=_headline(story, summary, duration_s),
        price=leader.trail.price,
        change=round(summary.change, 6),
        window_s=round(duration_s, 3),
        volume_ratio=best.volume_ratio,
        facts=facts | across(first, story.in_order()),
        at=now,
        kind="closed",
        number=number,
        turnover_24h=standing.turnover_24h if standing is not None else 0.0,
    )


def sum_up(trail: Trail, *, rises: bool) -> Summary:
    """How far it went the story's way."""
    peak, at = (trail.high, trail.high_at) if rises else (trail.low, trail.low_at)
    reference, went = trail.reference, peak - trail.reference
    retrace = (peak - trail.price) / went if went else 0.0
    return Summary(
        peak_price=peak,
        peak_change=peak / reference - 1.0 if reference else 0.0,
        peak_at=at,
        retrace=min(1.0, max(0.0, retrace)),
        change=trail.price / reference - 1.0 if reference else 0.0,
    )


def _of_market(story: Story) -> Summary:
    """A whole market has no price: what was said of it is all there is."""
    worst = max((showing.best for showing in story.in_order()), key=lambda signal: abs(signal.change))
    return Summary(0.0, worst.change, story.told_seen, 0.0, worst.change)


def _rises(story: Story) -> bool:
    """Which way it went: by the first move that was told, or, where none was, the way that its price went further."""
    for stage in story.progress.told:
        if stage in WAYS:
            return stage == WAYS[0]
    trail = story.leader.trail
    return trail.high - trail.reference >= trail.reference - trail.low


def _turnover(story: Story) -> float:
    """Since it was told, of all venues where it is paid with what the leader's is."""
    quote = story.leader.first.instrument.quote
    return sum(each.trail.turnover for each in story.showings.values() if each.first.instrument.quote == quote)


def _headline(story: Story, summary: Summary, duration_s: float) -> str:
    instrument = story.leader.first.instrument
    phrases = [f"{instrument} is over: {summary.peak_change * 100:+.1f} % at the most"]
    if story.best.stage != MARKET:
        phrases.append(f"{summary.retrace * 100:.0f} % of that retraced")
    phrases.append(f"lasted {span(duration_s)}")
    return ", ".join(phrases)
