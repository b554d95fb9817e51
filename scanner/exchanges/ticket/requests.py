"""What is said to a venue of the family: one array with a ticket, an object per stream, and the format last."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from scanner.exchanges import lacking
from scanner.exchanges.ticket.codes import code_of
from scanner.exchanges.ticket.dialect import Dialect, Format
from scanner.model.market import Subscription


def request(dialect: Dialect, form: Format, wanted: Collection[Subscription], ticket: str) -> str:
    """Ask for all of `wanted`, such as `[{"ticket":"…"},{"type":"trade","codes":["KRW-BTC"]},{"format":"SIMPLE"}]`.

    It replaces whatever the connection carried before. The same wants make the same text, in whatever order they come.
    """
    objects: list[dict[str, object]] = [{"ticket": ticket}]
    for channel, stream in dialect.socket.streams.items():
        codes = sorted(code_of(one.instrument) + stream.suffix for one in wanted if one.channel == channel)
        if codes:
            objects.append({"type": stream.type, "codes": codes, **stream.options})
    objects.append({"format": form})
    return msgspec.json.encode(objects).decode()


def require(dialect: Dialect, wanted: Iterable[Subscription]) -> None:
    """ValueError, saying what the venue has, unless it has all of `wanted`."""
    lacking.require(dialect.name, dialect.socket.streams, "spot", wanted)
