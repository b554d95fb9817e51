"""The configuration read again while all goes on: what has changed, what of it can be had now, what needs a restart.

    SIGHUP → read by the same command line → refused whole, or weighed → applied → told

Only names of keys are told: values may be secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Protocol, get_args

import trio
from msgspec import Struct, structs

from scanner.config.errors import ConfigError
from scanner.config.schema import Entry
from scanner.model.alert import Fact
from scanner.settings import Settings
from scanner.telemetry import log

Outcome = Literal["applied", "unchanged", "refused"]
NEEDS_RESTART = ("exchanges", "ops", "supervisor", "state.dir", "scanner.exchanges")
"""Sections and keys by which processes, sockets and folders were made."""
CHECKED_APART = "venues"
"""No key of its own: it follows from markets and exchanges."""


class Change(Struct, frozen=True):
    """What reading again has brought."""

    settings: Settings
    """To go on with: what was read, with what needs a restart left as it was."""
    applied: tuple[str, ...]
    """Keys that have another value now, such as `books.top`; whole entries where one is new or gone."""
    needs_restart: tuple[str, ...]
    """Keys that would have another value after a restart."""


def weigh(running: Settings, read: Settings) -> Change:
    """Compare what is in force with what was read."""
    changed = tuple(_changed(running, read))
    held = tuple(name for name in changed if _needs_restart(name))
    applied = tuple(name for name in changed if name not in held)
    return Change(_kept(running, read), applied, (*held, *_venues(running, read, held)))


def _kept(running: Settings, read: Settings) -> Settings:
    """What was read, but for what needs a restart."""
    return structs.replace(
        read,
        scanner=structs.replace(read.scanner, exchanges=running.scanner.exchanges),
        state=structs.replace(read.state, dir=running.state.dir),
        exchanges=running.exchanges,
        venues=running.venues,
        ops=running.ops,
        supervisor=running.supervisor,
    )


def _venues(running: Settings, read: Settings, held: tuple[str, ...]) -> Iterator[str]:
    """Venues that would come or go, where their own keys do not say so already."""
    coming, going = read.venues.keys() - running.venues.keys(), running.venues.keys() - read.venues.keys()
    if "scanner.exchanges" not in held:
        yield from (f"{name} (to be watched)" for name in sorted(coming))
        yield from (f"{name} (not to be watched)" for name in sorted(going))


def _needs_restart(name: str) -> bool:
    return any(name == key or name.startswith(f"{key}.") for key in NEEDS_RESTART)


def _changed(before: Settings, after: Settings) -> Iterator[str]:
    for section in structs.fields(Settings):
        if section.name != CHECKED_APART:
            yield from _differences(section.name, getattr(before, section.name), getattr(after, section.name))


def _differences(name: str, before: Any, after: Any) -> Iterator[str]:
    """Names of keys below `name` whose values differ."""
    if before == after and not (isinstance(before, Mapping) and list(before) != list(after)):
        return
    if isinstance(before, Entry) and isinstance(after, Entry):
        yield from _differences(name, before.options, after.options)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _entries(name, before, after)
    elif isinstance(before, Struct) and type(before) is type(after):
        for field in structs.fields(type(before)):
            if getattr(before, field.name) != getattr(after, field.name):
                yield f"{name}.{field.encode_name}"
    else:
        yield name


def _entries(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Entries of a table; their order counts where it decides who is asked first."""
    for entry in dict.fromkeys((*before, *after)):
        if entry in before and entry in after:
            yield from _differences(f"{name}.{entry}", before[entry], after[entry])
        else:
            yield f"{name}.{entry} ({'new' if entry in after else 'gone'})"
    if before.keys() == after.keys() and list(before) != list(after):
        yield f"{name} (order)"


class House(Protocol):
    """What is told of a change."""

    settings: Settings

    def apply(self, settings: Settings) -> None:
        """Go by these from now on; at once, and whole."""
        ...

    def tell(self, headline: str, facts: dict[str, Fact]) -> None:
        """Let whoever looks after the scanner know."""
        ...


class Reloading:
    """Reads again when it is asked to. One at a time: who asks waits for the one before."""

    def __init__(self, read: Callable[[], Settings], house: House) -> None:
        """`read` reads all layers as at the start; it may take a moment and raise ConfigError."""
        self.outcomes: dict[Outcome, int] = dict.fromkeys(get_args(Outcome), 0)
        """How often it came to what; only grows."""
        self._read = read
        self._house = house
        self._log = log.get(actor="reload")

    async def reload(self) -> None:
        """Read, weigh, apply; whatever is wrong is refused whole, and logged."""
        try:
            read = await trio.to_thread.run_sync(self._read, abandon_on_cancel=True)  # it changes nothing
        except ConfigError as error:
            self.outcomes["refused"] += 1
            self._log.error("configuration refused, nothing has changed", why=str(error))
            return
        change = weigh(self._house.settings, read)
        self._house.apply(change.settings)
        self.outcomes["applied" if change.applied else "unchanged"] += 1
        self._say(change)

    def _say(self, change: Change) -> None:
        """After it is applied, so that who has just become a receiver hears of it too."""
        applied, held = ", ".join(change.applied), ", ".join(change.needs_restart)
        if not applied and not held:
            self._log.info("configuration read again, nothing has changed")
            return
        self._log.info("configuration read again", changed=applied or "nothing", needs_a_restart=held or "nothing")
        headline = f"configuration read again, changed: {applied or 'nothing'}"
        facts: dict[str, Fact] = {"changed": applied or "nothing"}
        if held:
            headline, facts["needs_a_restart"] = f"{headline}; needs a restart: {held}", held
        self._house.tell(headline, facts)
