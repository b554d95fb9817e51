"""Where each word of a layer belongs: assignments sorted into the sections and entries that they speak of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.config.errors import ConfigError, shown, unknown
from scanner.config.schema import Assignment, Ordered, Path, Schema, Section, Table

ENTRY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""Entry names become metric labels and parts of variable names."""

BARE = ""
"""Stands for a key where an entry was named and nothing said about it: who named it is to blame for what is missing."""
Said = dict[str, Assignment]
"""Key → the last word about it, in the order of speaking; or `BARE` alone."""


def sort(schema: Schema, assignments: Iterable[Assignment]) -> dict[Path, Said]:
    """Every section and entry there is, in the schema's order, with what was said about it.

    ConfigError when something speaks of a place that does not exist.
    """
    places: dict[Path, Said] = {path: {} for path in _always_there(schema)}
    for assignment in assignments:
        part = schema.get(assignment.path[0])
        if part is None:
            raise unknown("section", assignment.origin, assignment.path[:1], schema)
        if len(assignment.path) == 1 and assignment.value == {}:
            continue
        home = (assignment.path[0],) if isinstance(part, Section) else _entry(part, assignment, places)
        said = places.setdefault(home, {})
        key = ".".join(assignment.path[len(home) :])
        if not key and assignment.value != {}:
            raise _shapeless(assignment, home)
        if key:
            said.pop(BARE, None)
            said.pop(key, None)
        if key or not said:
            said[key] = assignment
    order = list(schema)
    return {path: places[path] for path in sorted(places, key=lambda path: order.index(path[0]))}


def _always_there(schema: Schema) -> Iterable[Path]:
    for name, part in schema.items():
        if isinstance(part, Section):
            yield (name,)
        elif isinstance(part, Table):
            yield from ((name, entry) for entry in (part.defaults if part.chosen_by else part.types))


def _entry(part: Table | Ordered, assignment: Assignment, places: Iterable[Path]) -> Path:
    """The entry that an assignment speaks of."""
    section, *rest = assignment.path
    if not rest:
        raise _shapeless(assignment, (section, "NAME"))
    name = rest[0]
    if assignment.origin.layer == "environment":
        name = _spelled(name, (place[1] for place in places if place[0] == section))
    if isinstance(part, Table) and part.chosen_by is None and name not in part.types:
        raise unknown("name", assignment.origin, (section, name), part.types)
    if not ENTRY_NAME.fullmatch(name):
        expected = "a name of letters, digits, - and _, at most 64"
        raise ConfigError(assignment.origin, (section,), value=shown(name), expected=expected)
    return (section, name)


def _spelled(name: str, known: Iterable[str]) -> str:
    """Variables know neither small letters nor dashes: the known name that is meant, else `name` as it is."""
    return next((candidate for candidate in known if candidate.lower().replace("-", "_") == name), name)


def _shapeless(assignment: Assignment, place: Path) -> ConfigError:
    expected = f"a key, as in {'.'.join(place)}.KEY, or a table [{'.'.join(place)}]"
    return ConfigError(assignment.origin, assignment.path, value=shown(assignment.value), expected=expected)
