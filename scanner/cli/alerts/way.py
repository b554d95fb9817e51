"""The way of a piece of news through mute list, silences, routes and receivers' own wishes, each step with its why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from scanner.alerts.mute import muted
from scanner.alerts.routes import Check
from scanner.alerts.routing import Path, Routing
from scanner.alerts.silences import matching
from scanner.config.schema import Entry
from scanner.delivery.hearing import objection, silenced
from scanner.delivery.post import Post
from scanner.model.alert import Alert
from scanner.model.news import Notification, Trouble
from scanner.model.silence import Silence
from scanner.settings import CONSOLE, Settings, receiver_names
from scanner.sinks.base import Outcome, Refused
from scanner.sinks.console import ConsoleSettings
from scanner.store.receivers import Disabled


class Stage(Struct, frozen=True):
    """One place on the way."""

    place: str
    """`mute`, `silences`, `route NAME`, `alerts.receivers`, `receiver NAME`."""
    passed: bool
    """Whether it goes on from here: is not hidden, takes this route, is heard."""
    why: str
    receivers: tuple[str, ...] = ()
    """Whom a route names."""
    checks: tuple[Check, ...] = ()
    """A route's conditions."""


class Orders(Struct, frozen=True):
    """What the state folder knows of operators' wishes; nothing where there is none yet."""

    silences: Sequence[Silence] = ()
    disabled: Mapping[str, Disabled] = {}


class Way(Struct, frozen=True):
    """All of it."""

    receivers: tuple[str, ...]
    """Who would hear it."""
    stages: tuple[Stage, ...]


def way(settings: Settings, orders: Orders, news: Alert | Trouble, now: int) -> Way:
    """As delivery would go it at this moment (nanoseconds UTC); what is hidden from all ends before the routes."""
    stages = [_mute(settings, news), _silences(orders, news, now)]
    if not all(stage.passed for stage in stages):
        return Way((), tuple(stages))
    path = _routing(settings).route(news)
    stages += _routes(path, settings.routes)
    asked = [_receiver(name, settings, orders, news, now) for name in path.receivers]
    heard = [name for name, stage in zip(path.receivers, asked, strict=True) if stage.passed]
    return Way(tuple(heard), (*stages, *asked))


def _mute(settings: Settings, news: Alert | Trouble) -> Stage:
    glob = muted(settings.alerts.mute, news)
    return Stage("mute", glob is None, "not on the list" if glob is None else f"alerts.mute has {glob}")


def _silences(orders: Orders, news: Alert | Trouble, now: int) -> Stage:
    silence = matching(orders.silences, news, now)
    if silence is not None:
        return Stage("silences", passed=False, why=silenced(silence).why)
    count = len(orders.silences)
    return Stage("silences", passed=True, why=f"none of {count} fits" if count else "there are none")


def _routing(settings: Settings) -> Routing:
    """A console that nobody configured hears everything."""
    names = receiver_names(settings.receivers)
    always = [name for name in names if name not in settings.receivers]
    return Routing(settings.routes, settings.alerts.receivers, names, always)


def _routes(path: Path, routes: Iterable[str]) -> Iterator[Stage]:
    """In their order, with those that were not reached; then what stands after all routes."""
    asked = {step.route: step for step in path.steps if not step.by_itself}
    for name in routes:
        if (step := asked.get(name)) is not None:
            yield Stage(f"route {name}", step.taken, step.why, step.receivers, step.checks)
        else:
            yield Stage(f"route {name}", passed=False, why="not asked: a route before it has decided")
    for step in path.steps:
        if step.by_itself:
            yield Stage(step.route, step.taken, step.why, step.receivers)


def _receiver(name: str, settings: Settings, orders: Orders, news: Alert | Trouble, now: int) -> Stage:
    place = f"receiver {name}"
    if name in orders.disabled:
        return Stage(place, passed=False, why=f"it wants nothing any more: {orders.disabled[name].why}")
    entry = settings.receivers.get(name, Entry(CONSOLE, ConsoleSettings()))
    against = objection(Post(name, Nowhere(), entry.options), news, orders.silences, now)
    return Stage(place, against is None, "it hears it" if against is None else against.why)


class Nowhere:
    """A sink that brings nothing: here it is only asked who would hear."""

    async def deliver(self, notification: Notification, earlier: str = "") -> Outcome:  # noqa: ARG002  # never sent
        """Not sent."""
        return Refused("it is only asked whether it would hear")

    async def aclose(self) -> None:
        """Nothing to give back."""
