"""ccxt.pro's own handler of Upbit, on aiohttp. It asks for long keys: its frames are half as long again as ours."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt.pro
import msgspec

from scanner.bench.meter import Meter, Read, ReadBook, ReadTrade, Task


def run(**options: Any) -> dict[str, float]:
    """Do a `Task` with these options; the figures."""
    task = msgspec.convert(options, Task)
    return asyncio.run(_read(task))


async def _read(task: Task) -> dict[str, float]:
    ended = asyncio.Event()
    meter: Meter[dict[str, Any]] = Meter(task, ended.set, snapshots=task.instruments)
    venue = _venue(task, meter)
    symbols = [str(coin.instrument) for coin in task.coins()]
    watch = (
        venue.watch_trades_for_symbols(symbols)
        if task.kind == "trades"
        else venue.watch_public_multiple(symbols, "orderbook")
    )
    try:
        await watch
        await ended.wait()
    finally:
        await venue.close()
    return meter.figures(_reading)


def _venue(task: Task, meter: Meter[dict[str, Any]]) -> ccxt.pro.upbit:
    """Its Upbit, with other addresses, counting what its handlers have stored."""
    symbols = {coin.code: str(coin.instrument) for coin in task.coins()}

    class Loopback(ccxt.pro.upbit):  # type: ignore[misc]  # untyped
        def handle_trades(self, client: Any, message: dict[str, Any]) -> None:
            super().handle_trades(client, message)
            trade = self.trades[symbols[message["code"]]][-1]
            if task.late:
                meter.late(int(trade["id"]))
            meter.note(trade)

        def handle_order_book(self, client: Any, message: dict[str, Any]) -> None:
            super().handle_order_book(client, message)
            meter.note(self.orderbooks[symbols[message["code"]]])

    venue = Loopback({"cafile": task.ca} if task.ca else {})
    venue.urls["api"] |= {"ws": task.ws, "public": task.rest}
    return venue


def _reading(event: dict[str, Any]) -> Read:
    """A coin has one book, filled anew by every message: what it says last is read."""
    base, _, quote = event["symbol"].partition("/")
    code = f"{quote}-{base}"
    if "bids" not in event:
        return ReadTrade(code, int(event["id"]), event["price"], event["amount"], event["side"])
    bids, asks = (tuple((price, size) for price, size, *_ in event[side]) for side in ("bids", "asks"))
    return ReadBook(code, bids, asks)
