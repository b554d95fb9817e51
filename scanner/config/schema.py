"""A configuration as a description: sections, and tables of named entries, whose types the rooms they set hand in.

What the layers say are `Assignment`s; what `build` makes of them is a `Configuration` that remembers who said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

Path = tuple[str, ...]
"""`("books", "top")`, or `("rules", "pump", "threshold")` where there are named entries."""
FILE = "_file"
"""A secret `key` may be given as `key_file`, whose content it is."""


class Entry(Struct, frozen=True):
    """What stands under a name in a table: which kind it is, and that kind's options."""

    kind: str
    options: Any


class Section(Struct, frozen=True):
    """`[name]`: always there, with one type."""

    type: type[Struct]


class Table(Struct, frozen=True):
    """`[name.ENTRY]`, any number of them."""

    types: Mapping[str, type[Struct]]
    chosen_by: str | None = None
    """The key that names an entry's kind. None: its own name does; then only known names exist, and all of them do."""
    defaults: Mapping[str, Entry] = {}
    """Entries that exist without being written down."""


class Ordered(Struct, frozen=True):
    """`[name.ENTRY]`, any number of them, freely named, of one type, in the order in which they are first spoken of.

    That is the order of the file; what only variables or options name comes after it.
    """

    type: type[Struct]


Description = Section | Table | Ordered
Schema = Mapping[str, Description]


class Origin(Struct, frozen=True):
    """Who said so."""

    layer: Literal["default", "file", "environment", "set", "option"]
    name: str = ""
    """File and line, variable name or option."""

    def __str__(self) -> str:
        return f"environment {self.name}" if self.layer == "environment" else self.name or self.layer


DEFAULT = Origin("default")


def blamed(origins: Mapping[str, Origin], complaint: str) -> Origin:
    """Who is meant by a complaint about several keys: who set the one that it names, else who spoke first."""
    named = (origin for key, origin in origins.items() if key in complaint)
    return next(named, next(iter(origins.values()), DEFAULT))


class Assignment(Struct, frozen=True):
    """One layer's word about one key. A `{}` for an entry or section only says that it exists."""

    path: Path
    value: object
    origin: Origin

    @property
    def is_text(self) -> bool:
        """It came from where everything is text."""
        return self.origin.layer in {"environment", "set"}


class Part(Struct, frozen=True):
    """One section or entry in force."""

    path: Path
    kind: str
    """Empty for a section."""
    options: Any
    origins: Mapping[str, Origin]
    """For the keys that some layer set; also the key that chose the kind, and `key_file` for a secret from a file."""
    files: Mapping[str, str]
    """Secret key → the file that its value came from."""


class Configuration(Struct, frozen=True):
    """Everything in force, checked."""

    parts: Mapping[Path, Part]

    def section(self, name: str) -> Any:
        """The struct of a section."""
        return self.parts[name,].options

    def table(self, name: str) -> dict[str, Entry]:
        """The entries of a table, defaults first."""
        return {
            path[1]: Entry(part.kind, part.options)
            for path, part in self.parts.items()
            if len(path) > 1 and path[0] == name
        }

    def origin(self, *path: str) -> Origin:
        """Who set the key at `path`."""
        part = self.parts.get(path[:-1])
        return part.origins.get(path[-1], DEFAULT) if part is not None else DEFAULT
