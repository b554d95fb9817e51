"""From what the layers say to what is in force: assignments over defaults, each checked, the first mistake named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import NODEFAULT, Struct, structs

from scanner.config.errors import HIDDEN, NOT_GIVEN, ConfigError, nearest, one_of, shown, unknown, unreadable
from scanner.config.fields import Field, fields_of
from scanner.config.places import BARE, Said, sort
from scanner.config.reading import NotThis
from scanner.config.schema import (
    FILE,
    Assignment,
    Configuration,
    Description,
    Origin,
    Part,
    Path,
    Schema,
    Table,
    blamed,
)

ReadSecret = Callable[[str], str]
"""File name → content; raises OSError or UnicodeDecodeError."""


def build(schema: Schema, assignments: Iterable[Assignment], read_secret: ReadSecret) -> Configuration:
    """Defaults, then the assignments in order, the later over the earlier; ConfigError names the first mistake."""
    places = sort(schema, assignments)
    return Configuration({path: _part(schema[path[0]], path, said, read_secret) for path, said in places.items()})


def _part(description: Description, path: Path, said: Said, read_secret: ReadSecret) -> Part:
    """Read every key of one section or entry into its type."""
    kind, settings, values = _kind(description, path, said)
    fields = fields_of(settings)
    chooser = description.chosen_by if isinstance(description, Table) else None
    files: dict[str, str] = {}
    for key, assignment in said.items():
        if key == BARE or (key == chooser and key not in fields):
            continue
        target = _target(key, fields)
        if target is None:
            raise unknown("key", assignment.origin, (*path, key), [*fields, *filter(None, [chooser])])
        if target == key:
            values[fields[key].attribute] = _value(path, fields[key], assignment)
            files.pop(key, None)
        else:
            _one_source(path, target, said)
            files[target], values[fields[target].attribute] = _secret(path, key, assignment, read_secret)
    return Part(
        path=path,
        kind=kind,
        options=_assemble(path, settings, fields, values, said),
        origins={} if BARE in said else _origins(said),
        files=files,
    )


def _kind(description: Description, path: Path, said: Said) -> tuple[str, type[Struct], dict[str, Any]]:
    """What kind of thing this is, its type, and the values it starts from."""
    if not isinstance(description, Table):
        return "", description.type, {}
    if description.chosen_by is None:
        return path[1], description.types[path[1]], {}
    default = description.defaults.get(path[1])
    chosen = said.get(description.chosen_by)
    kind = default.kind if default is not None else ""
    if chosen is not None:
        kind = _known_kind(description, path, chosen)
    elif default is None:
        raise ConfigError(
            blamed(_origins(said), ""),
            (*path, description.chosen_by),
            value=NOT_GIVEN,
            expected=one_of(description.types),
            nearest=nearest(path[1], description.defaults),
        )
    started_from = structs.asdict(default.options) if default is not None and default.kind == kind else {}
    return kind, description.types[kind], started_from


def _known_kind(description: Table, path: Path, chosen: Assignment) -> str:
    kind = chosen.value
    if isinstance(kind, str) and kind in description.types:
        return kind
    raise ConfigError(
        chosen.origin,
        (*path, str(description.chosen_by)),
        value=shown(kind),
        expected=one_of(description.types),
        nearest=nearest(str(kind), description.types),
    )


def _target(key: str, fields: Mapping[str, Field]) -> str | None:
    """The field that a key sets: itself, or the secret whose file it names."""
    if key in fields:
        return key
    secret = fields.get(key.removesuffix(FILE))
    return secret.name if secret is not None and secret.secret else None


def _value(path: Path, field: Field, assignment: Assignment) -> Any:
    """One key's typed value."""
    origin, full = assignment.origin, (*path, field.name)
    if field.sealed and origin.layer in {"file", "set"}:
        variable = "__".join(("SCANNER", *full)).upper().replace("-", "_")
        expected = f"{variable} in the environment, or {field.name}{FILE} with the name of a file"
        raise ConfigError(origin, full, value=HIDDEN, problem="a secret does not belong here", expected=expected)
    try:
        return field.read_text(str(assignment.value)) if assignment.is_text else field.read(assignment.value)
    except NotThis as error:
        raise ConfigError(
            origin,
            full,
            value=HIDDEN if field.secret else shown(assignment.value),
            problem=error.problem,
            expected=field.expected,
            nearest=error.nearest,
        ) from None


def _secret(path: Path, key: str, assignment: Assignment, read_secret: ReadSecret) -> tuple[str, str]:
    """The file that holds a secret, and the secret."""
    name = str(assignment.value)
    try:
        return name, read_secret(name).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        full, expected = (*path, key), "a readable text file"
        raise ConfigError(
            assignment.origin, full, value=shown(name), problem=unreadable(error), expected=expected
        ) from error


def _one_source(path: Path, key: str, said: Said) -> None:
    """A secret and its file in one layer contradict each other; in two layers the later wins."""
    plain, file = said.get(key), said[key + FILE]
    if plain is not None and plain.origin.layer == file.origin.layer:
        raise ConfigError(file.origin, (*path, key), expected=f"either {key} or {key}{FILE}, not both")


def _assemble(
    path: Path, settings: type[Struct], fields: Mapping[str, Field], values: dict[str, Any], said: Said
) -> Struct:
    """The struct itself; its own `__post_init__` has the last word."""
    for field in fields.values():
        if field.default is NODEFAULT and field.attribute not in values:
            raise ConfigError(blamed(_origins(said), ""), (*path, field.name), value=NOT_GIVEN, expected=field.expected)
    try:
        return settings(**values)
    except ValueError as error:
        raise ConfigError(blamed(_origins(said), str(error)), path, problem=str(error)) from error


def _origins(said: Said) -> dict[str, Origin]:
    return {key: assignment.origin for key, assignment in said.items()}
