"""What each setting means, read from where it is declared: the docstrings below the fields of a settings struct."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from inspect import cleandoc, getsource
from textwrap import dedent

from msgspec import Struct


@cache
def meanings(settings: type[Struct]) -> Mapping[str, str]:
    """Key → its docstring in one line; the empty key is the struct's own. Keys without one are left out.

    Inherited keys have the meaning that stands where they are declared. Nothing at all where no source can be read.
    """
    found: dict[str, str] = {}
    for declared in reversed(settings.__mro__):
        if declared is not Struct and issubclass(declared, Struct):
            found |= _declared_by(declared)
    return found


def _declared_by(settings: type[Struct]) -> dict[str, str]:
    """What stands in the class itself."""
    try:
        tree = ast.parse(dedent(getsource(settings)))
    except (OSError, TypeError):
        return {}
    declared = tree.body[0]
    if not isinstance(declared, ast.ClassDef):
        return {}
    found = {"": _line(ast.get_docstring(declared) or "")}
    for field, text in zip(declared.body, declared.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=key)), ast.Expr(value=ast.Constant(value=str(said))):
                found[key] = _line(said)
    return found


def _line(docstring: str) -> str:
    """The first paragraph."""
    return " ".join(cleandoc(docstring).partition("\n\n")[0].split())
