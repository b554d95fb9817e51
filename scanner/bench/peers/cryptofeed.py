"""cryptofeed's own handler of Upbit, on the `websockets` library, as its feed handler runs it: on uvloop."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import msgspec
from cryptofeed import FeedHandler
from cryptofeed.connection import RestEndpoint, Routes, WebsocketEndpoint
from cryptofeed.defines import L2_BOOK, TRADES
from cryptofeed.exchanges import Upbit
from cryptofeed.types import OrderBook, Trade

from scanner.bench.meter import Meter, Read, ReadBook, ReadTrade, Task

CHANNELS = {"trades": TRADES, "books": L2_BOOK}
SETTINGS = {"uvloop": True, "log": {"disabled": True}}
"""As it comes, but for its log file."""


def run(**options: Any) -> dict[str, float]:
    """Do a `Task` with these options; the figures."""
    task = msgspec.convert(options, Task)
    if task.ca is not None:
        os.environ["SSL_CERT_FILE"] = task.ca
    handler = FeedHandler(config=SETTINGS)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    meter: Meter[Trade | OrderBook] = Meter(task, loop.stop)
    handler.add_feed(_feed(task, meter))
    handler.run(start_loop=False, install_signal_handlers=False)
    loop.run_forever()
    handler.stop(loop=loop)
    handler.close(loop=loop)
    return meter.figures(_reading)


def _feed(task: Task, meter: Meter[Trade | OrderBook]) -> Upbit:
    """Its Upbit, with other addresses. It takes none but `wss://`, so a plain one is set behind its back."""

    class Loopback(Upbit):  # type: ignore[misc]  # untyped
        websocket_endpoints = [WebsocketEndpoint(task.ws.replace("ws://", "wss://"))]  # noqa: RUF012 - as in its base
        rest_endpoints = [RestEndpoint(task.rest, routes=Routes("/v1/market/all"))]  # noqa: RUF012 - as in its base

        def connect(self) -> list[tuple[Any, ...]]:
            made: list[tuple[Any, ...]] = super().connect()
            for connection, *_ in made:
                connection.address = task.ws
            return made

    async def noted(event: Any, _receipt: float) -> None:
        if task.late:
            meter.late(int(event.id))
        meter.note(event)

    symbols = [f"{coin.instrument.base}-{coin.instrument.quote}" for coin in task.coins()]
    channel = CHANNELS[task.kind]
    return Loopback(config=SETTINGS, symbols=symbols, channels=[channel], callbacks={channel: noted})


def _reading(event: Trade | OrderBook) -> Read:
    """Its decimals as floats. A coin has one book, filled anew by every message: what it says last is read."""
    base, _, quote = event.symbol.partition("-")
    code = f"{quote}-{base}"
    if isinstance(event, Trade):
        return ReadTrade(code, int(event.id), float(event.price), float(event.amount), event.side)
    sides = ((event.book.bids, -1), (event.book.asks, 1))
    bids, asks = (
        tuple(
            (float(price), float(size))
            for price, size in sorted(side.to_dict().items(), key=lambda level: level[0] * way)
        )
        for side, way in sides
    )
    return ReadBook(code, bids, asks)
