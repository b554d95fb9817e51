"""Lists of which one bad row must not hide the others, and the error bodies that come in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.binance.frames import COMPLAINT, UNREADABLE
from scanner.exchanges.nonsense import nonsense

T = TypeVar("T")

_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


def read_rows(body: bytes | str | msgspec.Raw, read: Callable[[msgspec.Raw], T | None]) -> list[T]:
    """What `read` makes of each row, without those that it cannot read or answers with None.

    RemoteNonsense when there are rows and not one of them can be read, or when `body` is no list.
    """
    try:
        rows = _ROWS.decode(body)
    except UNREADABLE as error:
        raise refusal(body, error) from None
    good: list[T] = []
    bad: list[RemoteNonsense] = []
    for row in rows:
        try:
            one = read(row)
        except (RemoteNonsense, *UNREADABLE) as problem:
            bad = bad or [nonsense(str(problem), bytes(row))]
            continue
        if one is not None:
            good.append(one)
    if bad and not good:
        raise bad[0]
    return good


def refusal(body: bytes | str | msgspec.Raw, problem: Exception) -> RemoteNonsense:
    """The error for a REST answer that is not what was asked for; in the venue's words, where it said why."""
    text = body if isinstance(body, str) else bytes(body)
    try:
        complaint = COMPLAINT.decode(text)
    except UNREADABLE:
        return nonsense(str(problem), text)
    return nonsense(f"refused with {complaint.code} {complaint.msg}", text)
