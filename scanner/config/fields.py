"""What one key of a settings struct takes, and how that is said to people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct, inspect

from scanner.config.reading import NotThis, from_text, plain_members, shaped


class Field(Struct, frozen=True):
    """One key."""

    name: str
    """As it is written."""
    attribute: str
    """As the struct calls it: another word where Python keeps the written one for itself."""
    type: Any
    default: Any
    """msgspec's NODEFAULT where the key has to be given."""
    node: inspect.Type
    """The type as a tree, as `msgspec.inspect` describes it."""
    secret: bool
    """Shown to nobody, and may be given as the name of a file: `Meta(extra={"secret": True})`."""
    sealed: bool
    """Refused in TOML and on command lines, which others can read: `Meta(extra={"secret": "sealed"})`."""
    expected: str
    """What it takes, in words."""

    def read(self, value: object) -> Any:
        """The typed value of a TOML value; raises NotThis."""
        try:
            return msgspec.convert(shaped(self.node, value), self.type)
        except msgspec.ValidationError as error:
            own_words = error.__cause__
            raise NotThis(str(own_words) if own_words is not None else "") from None

    def read_text(self, text: str) -> Any:
        """The typed value of what stood on a command line or in the environment; raises NotThis."""
        return self.read(from_text(self.node, text))


def fields_of(settings: type[Struct]) -> dict[str, Field]:
    """The keys of a settings struct, in its own order."""
    return {info.encode_name: _field(info) for info in msgspec.structs.fields(settings)}


def _field(info: msgspec.structs.FieldInfo) -> Field:
    node = inspect.type_info(info.type)
    factory = info.default_factory
    return Field(
        name=info.encode_name,
        attribute=info.name,
        type=info.type,
        default=info.default if factory is NODEFAULT else factory(),
        node=node,
        secret=bool(meta(node).get("secret")),
        sealed=meta(node).get("secret") == "sealed",
        expected=_expected(node),
    )


def meta(node: inspect.Type) -> Mapping[str, Any]:
    """What `Meta(extra=…)` says about a type, also where `| None` stands around it."""
    if isinstance(node, inspect.UnionType):
        return {key: value for member in plain_members(node) for key, value in meta(member).items()}
    return (node.extra or {}) if isinstance(node, inspect.Metadata) else {}


def _expected(node: inspect.Type) -> str:
    """What a type takes, in words; a description in its `Meta` says it better than its shape."""
    words = _WORDS.get(type(node))
    return words(node) if words is not None else "a value of another type"


def _described(node: Any) -> str:
    description = (node.extra_json_schema or {}).get("description")
    return str(description) if description else _expected(node.type)


def _members(node: Any) -> str:
    return ", ".join(f"{member.name} = {_expected(member.type)}" for member in node.fields)


_WORDS: dict[type[inspect.Type], Callable[[Any], str]] = {
    inspect.Metadata: _described,
    inspect.UnionType: lambda node: " or ".join(map(_expected, plain_members(node))),
    inspect.BoolType: lambda _: "true or false",
    inspect.IntType: lambda _: "a whole number",
    inspect.FloatType: lambda _: "a number",
    inspect.StrType: lambda _: "text",
    inspect.LiteralType: lambda node: f"one of {', '.join(map(str, node.values))}",
    inspect.VarTupleType: lambda node: f"a list, each item {_expected(node.item_type)}",
    inspect.ListType: lambda node: f"a list, each item {_expected(node.item_type)}",
    inspect.DictType: lambda node: f"a table, each value {_expected(node.value_type)}",
    inspect.StructType: lambda node: f"{{ {_members(node)} }}",
}
