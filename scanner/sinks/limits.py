"""How long a message may be at a service, and how one that is longer is cut."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


class Limits(Struct, frozen=True):
    """In UTF-16 units, the strictest way that any service counts; markup counts too."""

    title: int
    body: int
    whole: int
    """Both together, with a line break between them."""

    def hold(self, title: str, body: str) -> bool:
        """Whether this may be sent."""
        return (
            units(title) <= self.title
            and units(body) <= self.body
            and units(title) + units(body) + (1 if body else 0) <= self.whole
        )


def units(text: str) -> int:
    """Length in UTF-16 units: letters beyond the first plane count twice."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def cut(text: str, most: int, escape: Callable[[str], str] = str) -> str:
    """As much of it as fits into `most` units when each letter is escaped, and an ellipsis where some did not."""
    pieces = [escape(letter) if letter != "\n" else letter for letter in text[: most + 1]]
    sizes = [units(piece) for piece in pieces]
    if len(text) <= most and sum(sizes) <= most:
        return "".join(pieces)
    room, kept = most - 1, 0
    while kept < len(pieces) and sizes[kept] <= room:
        room -= sizes[kept]
        kept += 1
    return "".join(pieces[:kept]).rstrip() + ELLIPSIS if most > 0 else ""
