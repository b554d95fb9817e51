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

    Nothing at all where the source is not there to be read.
    """
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
