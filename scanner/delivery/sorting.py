"""Who is to be sent what, and when: from one notification to its letters, each decision with its reason. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from scanner.alerts.mute import muted
from scanner.alerts.routing import Path, Routing
from scanner.alerts.silences import matching
from scanner.delivery.bursts import AT_ONCE, WINDOW_S, Bursts, Slot
from scanner.delivery.hearing import Verdict, objection, silenced
from scanner.delivery.post import Post
from scanner.model.alert import Alert
from scanner.model.decision import Decision
from scanner.model.news import Notification, Trouble
from scanner.model.silence import Silence
from scanner.store.outbox import Letter


class Sorted(Struct, frozen=True):
    """What was decided about one notification."""

    outcome: str
    """`told`, `muted`, `silenced`, or `unheard` when no receiver wants it."""
    letters: tuple[Letter, ...]
    """Not stored yet; those for receivers that are not durable among them."""
    decisions: tuple[Decision, ...]


class Sorter:
    """Knows the receivers and the routes to them; remembers bursts."""

    def __init__(self, posts: Mapping[str, Post], routing: Routing, mute: Sequence[str]) -> None:
        self._bursts = Bursts()
        self.revise(posts, routing, mute)

    def revise(self, posts: Mapping[str, Post], routing: Routing, mute: Sequence[str]) -> None:
        """Sort by these from now on; bursts go on."""
        self._posts = posts
        self._routing = routing
        self._mute = mute

    def sort(self, notification: Notification, silences: Sequence[Silence], now: int) -> Sorted:
        """`now` is nanoseconds UTC and never falls: by it letters are put in order."""
        news = notification.news
        if not isinstance(news, Alert | Trouble):
            raise TypeError(f"{type(news).__name__} is made of letters that are gathered, not sorted into them")
        if against := self._objection(news, silences, now):
            return Sorted(against.outcome, (), (decided(news, now, against),))
        path = self._routing.route(news)
        if not path.receivers:
            steps = "; ".join(f"{step.route}: {step.why}" for step in path.steps)
            return Sorted("unheard", (), (decided(news, now, Verdict("unheard", f"nobody is to hear it: {steps}")),))
        letters, decisions = [], []
        for name, slot, decision in self._ask(path, news, silences, now):
            decisions.append(decision)
            if slot is not None:
                letters.append(Letter(notification, name, slot.due, slot.group))
        return Sorted("told" if letters else "unheard", tuple(letters), tuple(decisions))

    def _objection(self, news: Alert | Trouble, silences: Sequence[Silence], now: int) -> Verdict | None:
        """What keeps it from everybody."""
        if glob := muted(self._mute, news):
            return Verdict("muted", f"alerts.mute holds {glob}")
        silence = matching(silences, news, now)
        return silenced(silence) if silence is not None else None

    def _ask(
        self, path: Path, news: Alert | Trouble, silences: Sequence[Silence], now: int
    ) -> Iterator[tuple[str, Slot | None, Decision]]:
        for name in path.receivers:
            post = self._posts[name]
            if against := objection(post, news, silences, now):
                yield name, None, decided(news, now, against, name)
                continue
            slot = self._slot(post, news, now)
            yield name, slot, decided(news, now, _approval(slot, path, now), name)

    def _slot(self, post: Post, news: Alert | Trouble, now: int) -> Slot:
        """Gathered letters wait in the store, and must still be news when their burst is over."""
        gathers = post.durable and post.settings.group and post.settings.max_age > WINDOW_S
        return self._bursts.slot(post.name, news, now) if gathers and isinstance(news, Alert) else Slot(now)


def _approval(slot: Slot, path: Path, now: int) -> Verdict:
    """The same shape for what is told: a word, and why."""
    if not slot.group:
        return Verdict("routed", path.why)
    wait_s = max(0, slot.due - now) / 1e9
    return Verdict(
        "grouped", f"more than {AT_ONCE} there within {WINDOW_S:g} s: told in one message in {wait_s:.1f} s; {path.why}"
    )


def decided(news: Alert | Trouble, now: int, verdict: Verdict, receiver: str = "") -> Decision:
    """A verdict as `explain` will read it."""
    return Decision(
        at=now,
        exchange=news.exchange,
        symbol=str(news.instrument) if isinstance(news, Alert) else "",
        rule=news.rule,
        outcome=verdict.outcome,
        why=verdict.why,
        story=news.id,
        receiver=receiver,
    )
