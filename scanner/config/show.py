"""A configuration for people to read: all that is in force, or a commented file to start from. Both load again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from textwrap import wrap
from typing import Any

from msgspec import NODEFAULT, Struct, inspect

from scanner.config.build import build
from scanner.config.errors import HIDDEN
from scanner.config.fields import Field, fields_of
from scanner.config.schema import FILE, Configuration, Ordered, Part, Path, Schema, Table
from scanner.config.writing import toml, written

Meanings = Callable[[type[Struct]], Mapping[str, str]]
"""Settings type → what each of its keys means, where it says so; the empty key stands for the type itself."""
Explain = Callable[[type[Struct]], Mapping[str, Iterable[str]]]
WIDTH = 110
"""Columns of a comment."""
_SELF_EVIDENT = {"text", "true or false"}


def show(schema: Schema, configuration: Configuration, meanings: Meanings) -> str:
    """Every value in force as TOML; what is not a default says where it came from, secrets stay hidden."""
    explain = _once(meanings)
    lines: list[str] = []
    for part in configuration.parts.values():
        key = _chooser(schema, part.path)
        chosen = f'{key} = "{part.kind}"{_source(part, key)}' if key else ""
        lines += _block(type(part.options), _heading(part.path), chosen, partial(_in_force, part), explain)
    return "\n".join(lines)


def starter(schema: Schema, meanings: Meanings) -> str:
    """Every key there is with its default, commented out: `#key = value`; of each kind of entry at least one."""
    explain = _once(meanings)
    lines: list[str] = []
    for part in build(schema, (), _no_files).parts.values():
        key = _chooser(schema, part.path)
        chosen = f'#{key} = "{part.kind}"' if key else ""
        lines += _block(type(part.options), _heading(part.path), chosen, partial(_to_start_from, part.options), explain)
    for name, kind, settings in _kinds_without_entry(schema):
        key = _chooser(schema, (name,))
        chosen = f'#{key} = "{kind}"' if key else ""
        lines += _block(settings, f"#{_heading((name, f'my-{kind}'))}", chosen, partial(_to_start_from, None), explain)
    return "\n".join(lines)


def plain(schema: Schema, configuration: Configuration) -> dict[str, Any]:
    """`{"values": {section: {key: value}}, "origins": {path: origin}}`, ready for JSON; secrets are `***`."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for part in configuration.parts.values():
        place = values
        for name in part.path:
            place = place.setdefault(name, {})
        if chooser := _chooser(schema, part.path):
            place[chooser] = part.kind
        for field in fields_of(type(part.options)).values():
            value = getattr(part.options, field.attribute)
            place[field.name] = HIDDEN if field.secret and value else written(field.node, value)
        origins |= {".".join((*part.path, key)): str(origin) for key, origin in part.origins.items()}
    return {"values": values, "origins": origins}


def _block(
    settings: type[Struct], heading: str, chosen: str, line: Callable[[Field], str], explain: Explain
) -> Iterator[str]:
    """One section or entry: what it is for, its heading, and each key under its meaning."""
    comments = explain(settings)
    yield from comments.get("", ())
    yield heading
    if chosen:
        yield chosen
    for field in fields_of(settings).values():
        yield from comments.get(field.attribute, ())
        yield line(field)
    yield ""


def _once(meanings: Meanings) -> Explain:
    """Comment lines by key, for the first entry of each type: the others are read beside it."""
    explained: set[type[Struct]] = set()

    def explain(settings: type[Struct]) -> dict[str, list[str]]:
        if settings in explained:
            return {}
        explained.add(settings)
        said = meanings(settings)
        texts = {field.attribute: _meaning(field, said) for field in fields_of(settings).values()}
        return {
            key: [f"# {line}" for line in wrap(text, WIDTH)] for key, text in ({"": said.get("", "")} | texts).items()
        }

    return explain


def _in_force(part: Part, field: Field) -> str:
    value = getattr(part.options, field.attribute)
    if field.name in part.files:
        key = field.name + FILE
        return f"{key} = {toml(part.files[field.name])}{_source(part, key)}"
    if value is None or (field.secret and not value):
        return f"# {field.name} is not set"
    if field.secret:
        return f'# {field.name} = "{HIDDEN}"{_source(part, field.name)}'
    return f"{field.name} = {toml(written(field.node, value))}{_source(part, field.name)}"


def _to_start_from(options: Struct | None, field: Field) -> str:
    value = field.default if options is None else getattr(options, field.attribute)
    if field.sealed:
        return f'#{field.name}{FILE} = "/run/secrets/{field.name}"'
    if value is NODEFAULT:
        return f"#{field.name} = {_nothing(field)}  # has to be given"
    return f"# {field.name} is not set" if value is None else f"#{field.name} = {toml(written(field.node, value))}"


def _nothing(field: Field) -> str:
    """Where a value has to be put in."""
    return "[]" if isinstance(field.node, inspect.VarTupleType | inspect.ListType) else '""'


def _kinds_without_entry(schema: Schema) -> Iterator[tuple[str, str, type[Struct]]]:
    for name, part in schema.items():
        if isinstance(part, Ordered):
            yield name, name.removesuffix("s"), part.type
        elif isinstance(part, Table) and part.chosen_by:
            shown = {entry.kind for entry in part.defaults.values()}
            yield from ((name, kind, settings) for kind, settings in part.types.items() if kind not in shown)


def _heading(path: Path) -> str:
    return f"[{'.'.join(path)}]"


def _meaning(field: Field, said: Mapping[str, str]) -> str:
    expected = "" if field.expected in _SELF_EVIDENT else f"({field.expected})"
    return " ".join(filter(None, (said.get(field.attribute, ""), expected)))


def _source(part: Part, key: str) -> str:
    return f"  # from {part.origins[key]}" if key in part.origins else ""


def _chooser(schema: Schema, path: Path) -> str | None:
    part = schema[path[0]]
    return part.chosen_by if isinstance(part, Table) else None


def _no_files(name: str) -> str:
    raise FileNotFoundError(name)
