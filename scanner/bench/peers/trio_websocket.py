"""Plain trio-websocket, message by message, with the standard library's JSON: the road that ours replaces."""

from __future__ import annotations

import json
import ssl
from time import time_ns
from typing import Any

import msgspec
import trio
from trio_websocket import open_websocket_url

from scanner.bench.meter import Meter, Task, reading
from scanner.exchanges.base import Endpoint
from scanner.exchanges.upbit.spec import UPBIT
from scanner.model.instrument import Instrument
from scanner.model.market import Event, OrderBook, Side, Trade

SIDES: dict[str, Side] = {"BID": "buy", "ASK": "sell"}


def run(**options: Any) -> dict[str, float]:
    """Do a `Task` with these options; the figures."""
    task = msgspec.convert(options, Task)
    return trio.run(_read, task)


async def _read(task: Task) -> dict[str, float]:
    ended = trio.Event()
    meter: Meter[Event] = Meter(task, ended.set, snapshots=task.instruments if task.kind == "books" else 0)
    context = ssl.create_default_context(cafile=task.ca) if task.ca else None
    (asked,) = UPBIT.open(Endpoint(task.ws, task.subscriptions())).subscribe()
    instruments = {coin.code: coin.instrument for coin in task.coins()}
    parse = _trade if task.kind == "trades" else _book
    async with open_websocket_url(task.ws, ssl_context=context) as websocket:
        await websocket.send_message(asked)
        while not ended.is_set():
            message = json.loads(await websocket.get_message())
            event = parse(message, instruments, time_ns())
            if task.late:
                meter.late(message["sid"])
            meter.note(event)
    return meter.figures(reading)


def _trade(message: dict[str, Any], instruments: dict[str, Instrument], seen: int) -> Trade:
    price, size = float(message["tp"]), float(message["tv"])
    if not (price > 0 and size > 0):
        raise ValueError(f"no trade: {message}")
    return Trade(
        "upbit",
        instruments[message["cd"]],
        message["ttms"] * 1_000_000,
        seen,
        str(message["sid"]),
        price,
        size,
        SIDES[message["ab"]],
    )


def _book(message: dict[str, Any], instruments: dict[str, Instrument], seen: int) -> OrderBook:
    units = message["obu"]
    bids = sorted(((unit["bp"], unit["bs"]) for unit in units if unit["bs"]), reverse=True)
    asks = sorted((unit["ap"], unit["as"]) for unit in units if unit["as"])
    if bids[0][0] >= asks[0][0]:
        raise ValueError(f"crossed: {message}")
    return OrderBook("upbit", instruments[message["cd"]], message["tms"] * 1_000_000, seen, tuple(bids), tuple(asks))
