"""Requests that wait for their answer, and what is to be asked again when one is refused.

A reply is about a whole message. Whether one bad name spoils the others in it is not known, so all that are not to
blame are asked for again: a stream that flows already is confirmed once more and stays one stream.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from msgspec import Struct

from scanner.exchanges.weex.requests import FIRST_ID, request

RETRIES = 30
"""Messages that one conversation spends on finding bad names: a third of its hourly operations, four searches of seven
halvings among a hundred. Then whatever is refused together is given up together."""

MOST_WAITING = 256
"""Requests whose answers are waited for: hours of operations. A venue that answers none fills no memory."""

_INNER_NAME = re.compile(r"^cmt_|_spbl$")
"""Errors write a market's name of the second protocol: `cmt_wavebtc` for a contract, `WAVEBTC_SPBL` for spot."""


class Refusal(Struct, frozen=True):
    """What follows from a refused message."""

    given_up: tuple[str, ...]
    frames: tuple[str, ...]
    """To be said now."""


class Asks:
    """One conversation's requests, by id."""

    def __init__(self) -> None:
        self._next = FIRST_ID
        self._waiting: dict[str, tuple[str, ...]] = {}
        self._retries = RETRIES

    def __bool__(self) -> bool:
        """Whether any answer is still to come."""
        return bool(self._waiting)

    def subscribe(self, names: Iterable[str]) -> tuple[str, str]:
        """Id and frame of a message that asks for these."""
        names = tuple(names)
        number = self._new(names)
        return str(number), request("SUBSCRIBE", names, number)

    def unsubscribe(self, names: Iterable[str]) -> tuple[str, str]:
        """Id and frame of a message that gives these up. Whatever is answered, they are not wanted."""
        number = self._new(())
        return str(number), request("UNSUBSCRIBE", names, number)

    def waits(self, number: str) -> bool:
        """Whether the answer to this one is still to come."""
        return number in self._waiting

    def answered(self, number: str) -> tuple[str, ...] | None:
        """The names that this request asked for, once; None when nothing of that id waits."""
        return self._waiting.pop(number, None)

    def refused(self, names: Collection[str], text: str) -> Refusal:
        """Who of these was to blame, as far as the text says so, and how the others are asked for again."""
        blamed = _blamed(names, text) if len(names) > 1 else tuple(names)
        others = [name for name in names if name not in blamed]
        middle = len(others) if blamed else len(others) // 2
        parts = [part for part in (others[:middle], others[middle:]) if part]
        if len(parts) > self._retries:
            return Refusal(tuple(names), ())
        self._retries -= len(parts)
        return Refusal(blamed, tuple(self.subscribe(part)[1] for part in parts))

    def _new(self, names: tuple[str, ...]) -> int:
        number = self._next
        self._next += 1
        self._waiting[str(number)] = names
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        return number


def _blamed(names: Iterable[str], text: str) -> tuple[str, ...]:
    """Names whose market or stream stands behind the last colon, such as `invalid symbol : cmt_wavebtc`."""
    said = _INNER_NAME.sub("", text.rpartition(":")[2].strip().casefold())
    return tuple(name for name in names if said in name.casefold().split("@"))
