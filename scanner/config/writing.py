"""Values on their way out: typed values as TOML that reads back as the same, and as JSON-ready plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tomli_w
from msgspec import inspect

from scanner.config.reading import plain_members
from scanner.config.units import format_duration, format_fraction


def written(node: inspect.Type, value: object) -> object:
    """The value as people write it: text, numbers, lists and dicts; None stays None."""
    writer = _WRITERS.get(type(node))
    return writer(node, value) if writer is not None and value is not None else value


def toml(value: object) -> str:
    """A written value on one line; inline at any depth, where tomli_w would spread lists and tables over many."""
    match value:
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return f"{{ {', '.join(f'{_key(key)} = {toml(item)}' for key, item in value.items())} }}" if value else "{}"
    return tomli_w.dumps({"_": value}).removeprefix("_ = ").rstrip("\n")


def _written_unit(node: Any, value: Any) -> object:
    write = _UNITS.get((node.extra or {}).get("unit"))
    return written(node.type, value) if write is None else write(value)


def _written_union(node: Any, value: object) -> object:
    return written(next(iter(plain_members(node))), value)


def _written_list(node: Any, value: Any) -> object:
    return [written(node.item_type, item) for item in value]


def _written_table(node: Any, value: Any) -> object:
    return {key: written(node.value_type, item) for key, item in value.items()}


def _written_struct(node: Any, value: object) -> object:
    members = {field.name: written(field.type, getattr(value, field.name)) for field in node.fields}
    return {key: item for key, item in members.items() if item is not None}


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")


_UNITS: dict[object, Callable[[float], str]] = {"duration": format_duration, "fraction": format_fraction}
_WRITERS: dict[type[inspect.Type], Callable[[Any, Any], object]] = {
    inspect.Metadata: _written_unit,
    inspect.UnionType: _written_union,
    inspect.VarTupleType: _written_list,
    inspect.ListType: _written_list,
    inspect.DictType: _written_table,
    inspect.StructType: _written_struct,
}
