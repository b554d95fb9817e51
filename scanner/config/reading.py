"""Values on their way into a type: text from outside becomes what TOML would have said, then units become numbers."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import inspect

from scanner.config.errors import nearest
from scanner.config.units import parse_duration, parse_fraction


class NotThis(ValueError):
    """The value does not fit: `problem` is what its own type says about it, `nearest` a known word close to it."""

    def __init__(self, problem: str = "", nearest: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.nearest = nearest


def from_text(node: inspect.Type, text: str) -> object:
    """What TOML would have made of `text` for this type; text that fits nothing is returned as it is."""
    reader = _FROM_TEXT.get(type(node))
    return reader(node, text) if reader is not None else text


def shaped(node: inspect.Type, value: object) -> object:
    """Units read and members visited, so that `msgspec.convert` can judge; raises NotThis."""
    shaper = _SHAPES.get(type(node))
    return shaper(node, value) if shaper is not None else value


def plain_members(node: inspect.UnionType) -> Iterable[inspect.Type]:
    """The members of `X | None` that are something."""
    return (member for member in node.types if not isinstance(member, inspect.NoneType))


def _text_of_unit(node: Any, text: str) -> object:
    """A duration stays text: its shape is read where TOML's is."""
    return text if (node.extra or {}).get("unit") in _UNITS else from_text(node.type, text)


def _text_of_union(node: Any, text: str) -> object:
    """`X | None`: empty text is nothing, the rest is X's business."""
    return from_text(next(iter(plain_members(node))), text) if text else None


def _text_of_literal(node: Any, text: str) -> object:
    return next((choice for choice in node.values if str(choice) == text), text)


def _text_of_list(node: Any, text: str) -> object:
    """`a,b` or TOML's `["a", "b"]`."""
    if text.lstrip().startswith("["):
        return _toml(text)
    return [from_text(node.item_type, item.strip()) for item in text.split(",") if item.strip()]


def _text_of(parse: Callable[[str], object]) -> Callable[[Any, str], object]:
    def read(_node: Any, text: str) -> object:
        try:
            return parse(text)
        except ValueError:
            return text

    return read


def _toml(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise NotThis from error


def _shape_of_unit(node: Any, value: object) -> object:
    """Only where `Meta` names a unit does text become a number."""
    parse = _UNITS.get((node.extra or {}).get("unit"))
    if parse is None or not isinstance(value, str):
        return shaped(node.type, value)
    try:
        return parse(value)
    except ValueError as error:
        raise NotThis from error


def _shape_of_union(node: Any, value: object) -> object:
    return None if value is None else shaped(next(iter(plain_members(node))), value)


def _shape_of_literal(node: Any, value: object) -> object:
    if value not in node.values:
        raise NotThis(nearest=nearest(str(value), map(str, node.values)))
    return value


def _shape_of_float(_node: Any, value: object) -> object:
    """TOML knows `inf` and `nan`; no limit, wait or share of ours does."""
    if isinstance(value, float) and not math.isfinite(value):
        raise NotThis
    return value


def _shape_of_list(node: Any, value: object) -> object:
    if not isinstance(value, list | tuple):
        raise NotThis
    return [shaped(node.item_type, item) for item in value]


def _shape_of_table(node: Any, value: object) -> object:
    if not isinstance(value, dict):
        raise NotThis
    return {key: shaped(node.value_type, item) for key, item in value.items()}


def _shape_of_struct(node: Any, value: object) -> object:
    if not isinstance(value, dict):
        raise NotThis
    members = {field.encode_name: field.type for field in node.fields}
    for key in value:
        if key not in members:
            raise NotThis(f"unknown key {key}", nearest(key, members))
    return {key: shaped(members[key], item) for key, item in value.items()}


_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_UNITS: dict[object, Callable[[str], float]] = {"duration": parse_duration, "fraction": parse_fraction}

_FROM_TEXT: dict[type[inspect.Type], Callable[[Any, str], object]] = {
    inspect.Metadata: _text_of_unit,
    inspect.UnionType: _text_of_union,
    inspect.LiteralType: _text_of_literal,
    inspect.BoolType: lambda _node, text: _WORDS.get(text.lower(), text),
    inspect.IntType: _text_of(int),
    inspect.FloatType: _text_of(float),
    inspect.VarTupleType: _text_of_list,
    inspect.ListType: _text_of_list,
    inspect.DictType: lambda _node, text: _toml(text),
    inspect.StructType: lambda _node, text: _toml(text),
}
_SHAPES: dict[type[inspect.Type], Callable[[Any, object], object]] = {
    inspect.Metadata: _shape_of_unit,
    inspect.UnionType: _shape_of_union,
    inspect.LiteralType: _shape_of_literal,
    inspect.FloatType: _shape_of_float,
    inspect.VarTupleType: _shape_of_list,
    inspect.ListType: _shape_of_list,
    inspect.DictType: _shape_of_table,
    inspect.StructType: _shape_of_struct,
}
