"""What is said on a connection: SUBSCRIBE and UNSUBSCRIBE, and which of them still wait for an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import Struct

from scanner.exchanges.batches import batches

Method = Literal["SUBSCRIBE", "UNSUBSCRIBE"]

NAMES = 200
"""Streams named in one message: one of 437 was once swallowed without an answer, and half of that is safe."""
MOST_OPEN = 256
"""Messages without an answer that are remembered, far more than a connection has time to say before the first."""


class Said(Struct, frozen=True):
    """One message of ours."""

    method: Method
    params: tuple[str, ...]
    id: int


class Requests:
    """Writes messages within the venue's sizes, numbered from 1, and tells by the number what was answered."""

    def __init__(self) -> None:
        self._last = 0
        self._open: dict[int, Said] = {}

    def say(self, method: Method, names: Iterable[str]) -> list[str]:
        """Messages that name all of these; none for none."""
        return [self._message(method, tuple(batch)) for batch in batches(sorted(names), NAMES)]

    def halves(self, said: Said) -> list[str]:
        """The same in two messages."""
        middle = len(said.params) // 2
        return [self._message(said.method, part) for part in (said.params[:middle], said.params[middle:])]

    def answered(self, id_: object) -> Said | None:
        """What this id was given to, once; None when it was given to nothing."""
        return self._open.pop(id_, None) if isinstance(id_, int) else None

    @property
    def waiting(self) -> int:
        """Messages without an answer."""
        return len(self._open)

    def only(self) -> Said | None:
        """The one message that waits; None while there are several, or none. It is answered by this."""
        return self._open.popitem()[1] if len(self._open) == 1 else None

    def _message(self, method: Method, names: tuple[str, ...]) -> str:
        self._last += 1
        said = Said(method, names, self._last)
        self._open[self._last] = said
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]
        return msgspec.json.encode(said).decode()
