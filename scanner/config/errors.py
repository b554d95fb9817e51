"""The one way in which a configuration is refused: where it stands, what it says, what was expected instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

HIDDEN = "***"
"""Stands for every secret, in messages and in `config show`."""


NOT_GIVEN = "(not given)"
"""Stands for a value that had to be there."""
LONGEST_SHOWN = 200
"""Characters of a wrong value that a message repeats."""


class ConfigError(Exception):
    """One mistake of the operator's, told in one line: `str(error)` is that line.

    `WHERE: PATH = VALUE: PROBLEM, expected EXPECTED; did you mean NEAREST?` with what is not known left out.
    """

    def __init__(
        self,
        where: object,
        path: Iterable[str] = (),
        *,
        value: str = "",
        problem: str = "",
        expected: str = "",
        nearest: str | None = None,
    ) -> None:
        self.where = str(where)
        """`FILE:LINE`, `environment NAME` or the option."""
        self.path = ".".join(path)
        """Section, entry and key; empty when a whole layer is at fault."""
        self.value = value
        """As people should see it: see `shown`."""
        self.problem = problem
        self.expected = expected
        self.nearest = nearest
        said = " = ".join(filter(None, (self.path, value)))
        told = ", ".join(filter(None, (problem, expected and f"expected {expected}")))
        guess = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(": ".join(filter(None, (self.where, said, told + guess))))


def shown(value: object) -> str:
    """A wrong value as a message repeats it."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Why a file could not be read, in words."""
    return (error.strerror or "unknown reason").lower() if isinstance(error, OSError) else "not UTF-8 text"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was most likely meant to be, in any case; None when nothing is near."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def one_of(names: Iterable[str]) -> str:
    """`one of a, b, c`, as errors list what is known."""
    return f"one of {', '.join(sorted(names))}"


def unknown(what: str, where: object, path: Sequence[str], known: Iterable[str]) -> ConfigError:
    """The error for a name at the end of `path` that does not exist; what is near is named in full."""
    names = list(known)
    guess = nearest(path[-1], names)
    full = ".".join((*path[:-1], guess)) if guess else None
    return ConfigError(where, path, problem=f"unknown {what}", expected=one_of(names), nearest=full)
