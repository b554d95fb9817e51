"""On which line of a TOML text each key stands: the parser of the standard library does not say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]

_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


def key_lines(text: str) -> dict[Path, int]:
    """Path → line, counted from 1, of every header and every key in `text`, which must be valid TOML.

    A statement ends at the first line with which it parses by itself; inside an array of tables the first element wins.
    """
    lines: dict[Path, int] = {}
    header: Path = ()
    statement, first = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement += line + "\n"
        try:
            parsed = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        paths = list(_paths(parsed))
        if statement.lstrip().startswith("["):
            header = paths[-1]
            lines.setdefault(header, first)
        else:
            for path in paths:
                lines.setdefault(header + path, first)
        statement, first = "", number + 1
    return lines


def syntax_error(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """The line that a syntax error is on, and what is wrong there, from the parser's sentence."""
    match = _PLACE.search(str(error))
    problem = _PLACE.sub("", str(error))
    line = int(match["line"]) if match and match["line"] else text.count("\n") + 1
    return max(line, 1), problem[:1].lower() + problem[1:]


def _paths(table: dict[str, Any], above: Path = ()) -> Iterator[Path]:
    """Every key of a parsed statement, the innermost last."""
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))
