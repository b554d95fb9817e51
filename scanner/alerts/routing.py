"""Who hears of what: routes in their order, the first that fits decides, unless it says that the next is asked too.

Each step of the way is kept with its reasons: the same walk that brings an alert to receivers explains itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from scanner.alerts.routes import Check, Route, checked
from scanner.model.alert import Alert
from scanner.model.news import Trouble

DEFAULT = "alerts.receivers"
"""What is asked when no route has decided."""
ALWAYS = "not routed"
"""Receivers that routes do not speak of."""


class Step(Struct, frozen=True):
    """One place on the way and what was decided there."""

    route: str
    """Its name; `alerts.receivers` for what happens when no route has decided."""
    taken: bool
    why: str
    """In a sentence."""
    receivers: tuple[str, ...] = ()
    """Who hears of it because of this step."""
    checks: tuple[Check, ...] = ()

    @property
    def by_itself(self) -> bool:
        """Whether it is one of the two steps that stand after all routes, and no route."""
        return self.route in {DEFAULT, ALWAYS}


class Path(Struct, frozen=True):
    """The whole way of one piece of news."""

    receivers: tuple[str, ...]
    """Who is to hear it, each once, in the order of the steps."""
    steps: tuple[Step, ...]

    @property
    def why(self) -> str:
        """The steps that named receivers, in a sentence."""
        return "; ".join(f"{step.route}: {step.why}" for step in self.steps if step.taken)


class Routing:
    """Knows the routes, and the receivers that there are."""

    def __init__(
        self,
        routes: Mapping[str, Route],
        default: Iterable[str],
        receivers: Iterable[str],
        always: Iterable[str] = (),
    ) -> None:
        """`default` hears what no route decided on, every receiver where it is empty; `always` hears everything.

        Names of receivers that do not exist in this run are passed over: a board takes the console's place.
        """
        self._routes = dict(routes)
        self._receivers = tuple(receivers)
        self._default = tuple(default) or self._receivers
        self._always = tuple(always)

    @property
    def unasked(self) -> tuple[str, ...]:
        """Routes behind one that takes everything: they hear only what that one cannot bring, which is hardly meant."""
        names = tuple(self._routes)
        all_taken = (place for place, route in enumerate(self._routes.values()) if route.takes_everything)
        return names[next(all_taken, len(names)) + 1 :]

    def route(self, news: Alert | Trouble) -> Path:
        """Everyone who is to hear of this, and why. The receiver that a trouble is about is not asked to bring it."""
        steps = tuple(self._walk(news))
        named = dict.fromkeys(name for step in steps for name in step.receivers)
        return Path(tuple(named), steps)

    def _walk(self, news: Alert | Trouble) -> Iterator[Step]:
        named: set[str] = set()
        for name, route in self._routes.items():
            step = self._ask(name, route, news)
            yield step
            named.update(step.receivers)
            if step.taken and not route.goes_on:
                break
        if not named:
            why = "no route decided" if self._routes else "there are no routes"
            names = self._able(self._default, news) or self._able(self._receivers, news)
            yield Step(DEFAULT, taken=True, why=why, receivers=names)
            named.update(names)
        if always := self._able((name for name in self._always if name not in named), news):
            yield Step(ALWAYS, taken=True, why="nobody configured it, so it hears everything", receivers=always)

    def _ask(self, name: str, route: Route, news: Alert | Trouble) -> Step:
        """A route that fits but whose receivers are not there, or are the trouble itself, decides nothing."""
        checks = tuple(checked(route, news))
        misses = [check.sentence for check in checks if not check.fits]
        if misses:
            return Step(name, taken=False, why=", ".join(misses), checks=checks)
        able = self._able(route.receivers, news)
        if not able:
            why = f"it fits, but {' and '.join(route.receivers)} cannot bring it"
            return Step(name, taken=False, why=why, checks=checks)
        why = "it fits" if checks else "it has no conditions"
        then = ", and the next one is asked too" if route.goes_on else ""
        return Step(name, taken=True, why=why + then, receivers=able, checks=checks)

    def _able(self, names: Iterable[str], news: Alert | Trouble) -> tuple[str, ...]:
        failing = news.receiver if isinstance(news, Trouble) else ""
        return tuple(name for name in names if name in self._receivers and name != failing)
