"""What is said to WEEX: streams by name, `BTCUSDT@trade`, as many as are meant in one message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from scanner.exchanges import lacking
from scanner.exchanges.codes import glued
from scanner.exchanges.weex.dialect import Dialect
from scanner.model.market import Subscription

PING_ID, PONG_ID, FIRST_ID = 1, 2, 3
"""Ids of signs of life, and of the first request. None is 0, which a server may take for none at all."""

PING = f'{{"method":"PING","id":{PING_ID}}}'
PONG = f'{{"method":"PONG","id":{PONG_ID}}}'


def request(method: Literal["SUBSCRIBE", "UNSUBSCRIBE"], names: Iterable[str], number: int) -> str:
    """One message, which counts as one operation however many streams it names."""
    return msgspec.json.encode({"method": method, "params": list(names), "id": number}).decode()


def name_of(dialect: Dialect, subscription: Subscription) -> str:
    """The stream that carries it."""
    return f"{glued(subscription.instrument)}@{dialect.streams[subscription.channel]}"


def require(dialect: Dialect, wanted: Iterable[Subscription]) -> None:
    """ValueError, saying what the venue has, unless it has all of `wanted`."""
    lacking.require(dialect.name, dialect.streams, dialect.kind, wanted)
