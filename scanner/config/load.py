"""The layers of a configuration, lowest first: defaults, TOML file, environment, `--set`, other options."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from scanner.config.build import build
from scanner.config.errors import ConfigError, shown, unreadable
from scanner.config.lines import key_lines, syntax_error
from scanner.config.schema import Assignment, Configuration, Origin, Path, Schema, Section, Table

PREFIX = "SCANNER__"
"""`SCANNER__BOOKS__TOP=50` is `books.top = 50`."""
FILE_VARIABLE = "SCANNER_CONFIG"
"""Names the file where `--config` does not."""
LARGEST_FILE = 1024 * 1024
"""Bytes; a configuration is a few kilobytes, and more is some other file."""


def load(
    schema: Schema,
    *,
    file: str | None = None,
    environment: Mapping[str, str],
    sets: Iterable[str] = (),
    options: Iterable[Assignment] = (),
) -> Configuration:
    """Everything in force; ConfigError names the first mistake, with the file and line, variable or option it is in."""
    said_by, name = ("--config", file) if file else (FILE_VARIABLE, environment.get(FILE_VARIABLE))
    assignments = [
        *(from_file(schema, name, said_by) if name else ()),
        *from_environment(environment, schema),
        *from_sets(sets),
        *options,
    ]
    return build(schema, assignments, read_text)


def from_file(schema: Schema, name: str, said_by: str) -> Iterator[Assignment]:
    """What a TOML file says, key by key."""
    try:
        text = read_text(name)
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        expected = "a readable TOML file"
        raise ConfigError(said_by, value=shown(name), problem=unreadable(error), expected=expected) from error
    except tomllib.TOMLDecodeError as error:
        line, problem = syntax_error(error, text)
        raise ConfigError(f"{name}:{line}", problem=problem, expected="TOML") from error
    lines = key_lines(text)
    for path, value in _flat(schema, document):
        line = lines.get(path) or lines.get(path[:-1]) or 1
        yield Assignment(path, value, Origin("file", f"{name}:{line}"))


def from_environment(environment: Mapping[str, str], schema: Schema) -> Iterator[Assignment]:
    """What variables say. Shells know no hyphens, so `WEEX_CONTRACT` means `weex-contract` where that is a name."""
    for name in sorted(environment):
        if name.startswith(PREFIX):
            path = tuple(name.removeprefix(PREFIX).lower().split("__"))
            yield Assignment(_hyphened(path, schema), environment[name], Origin("environment", name))


def _hyphened(path: Path, schema: Schema) -> Path:
    part = schema.get(path[0])
    known = part.types if isinstance(part, Table) and not part.chosen_by else {}
    return tuple(name.replace("_", "-") if name.replace("_", "-") in known else name for name in path)


def from_sets(sets: Iterable[str]) -> Iterator[Assignment]:
    """What `--set section.key=value` says."""
    for text in sets:
        key, equals, value = text.partition("=")
        path = tuple(part.strip() for part in key.split("."))
        if not equals or not all(path):
            raise ConfigError("--set", value=shown(text), expected="section.key=value, such as books.top=50")
        yield Assignment(path, value.strip(), Origin("set", "--set"))


def read_text(name: str) -> str:
    """A file's content; OSError or UnicodeDecodeError where it cannot be had."""
    with FilePath(name).expanduser().open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise OSError(0, f"larger than {LARGEST_FILE} bytes")
    return content.decode("utf-8-sig")


def _flat(schema: Schema, document: dict[str, Any]) -> Iterator[tuple[Path, object]]:
    """Keys with their values, as deep as the schema has names; a table that is empty or out of place stays whole."""
    for name, value in document.items():
        part = schema.get(name)
        depth = 0 if part is None else 1 if isinstance(part, Section) else 2
        yield from _flat_part((name,), value, depth)


def _flat_part(path: Path, value: object, depth: int) -> Iterator[tuple[Path, object]]:
    if not isinstance(value, dict) or depth < len(path):
        yield path, value
        return
    if not value:
        yield path, value
    for key, inner in value.items():
        yield from _flat_part((*path, key), inner, depth)
