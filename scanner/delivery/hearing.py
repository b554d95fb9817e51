"""Whether one receiver is to hear of one piece of news, and in a sentence why not: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from scanner.alerts.quiet import is_quiet
from scanner.alerts.silences import matching
from scanner.delivery.post import Post
from scanner.model.alert import SEVERITIES, Alert, Severity
from scanner.model.news import Trouble
from scanner.model.silence import Silence


class Verdict(Struct, frozen=True):
    """What was decided, and why."""

    outcome: str
    """In a word, as `model.decision.Decision` keeps it."""
    why: str


UNOPENED = Verdict("unopened", "it has heard nothing of this story, so it does not hear how it ended")
"""Found only when a closing is written: what a receiver has heard stands in the store."""


def objection(post: Post, news: Alert | Trouble, silences: Sequence[Silence], now: int) -> Verdict | None:
    """What stands against this receiver hearing of this; None when nothing does. `now` is nanoseconds UTC."""
    return next(_objections(post, news, silences, now), None)


def _objections(post: Post, news: Alert | Trouble, silences: Sequence[Silence], now: int) -> Iterator[Verdict]:
    settings = post.settings
    if isinstance(news, Trouble) and news.receiver == post.name:
        yield Verdict("itself", "it is what the trouble is about")
    if isinstance(news, Trouble) and not settings.ops:
        yield Verdict("unwanted", "it hears nothing of the scanner itself (ops = false)")
    if news.kind == "closed" and not settings.closed:
        yield Verdict("unwanted", "it does not hear how a story ended (closed = false)")
    if _below(news.severity, settings.severity):
        yield Verdict("mild", f"{news.severity}, and it hears from {settings.severity} on")
    if _below(news.severity, settings.quiet_severity) and is_quiet(settings.quiet, settings.timezone, now):
        yield Verdict(
            "quiet",
            f"{news.severity} in its quiet hours {settings.quiet} {settings.timezone}, "
            f"in which it hears from {settings.quiet_severity} on",
        )
    if silence := matching(silences, news, now, post.name):
        yield silenced(silence)


def silenced(silence: Silence) -> Verdict:
    """A silence as an objection."""
    comment = f": {silence.comment}" if silence.comment else ""
    return Verdict("silenced", f"silence {silence.id} ({', '.join(silence.matchers)}){comment}")


def _below(severity: Severity, least: Severity) -> bool:
    return SEVERITIES.index(severity) < SEVERITIES.index(least)
