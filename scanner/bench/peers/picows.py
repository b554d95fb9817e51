"""picows, a WebSocket client in C, with our own typed decoder and events: how short the road can be in Python.

It runs on asyncio's own loop: with uvloop its figures were the same.
"""

from __future__ import annotations

import asyncio
import ssl
from time import time_ns
from typing import Any

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from scanner.bench.meter import Meter, Task, reading
from scanner.exchanges.base import Endpoint
from scanner.exchanges.ticket.frames import SHORT, BookFrame, TradeFrame
from scanner.exchanges.upbit.spec import UPBIT
from scanner.model.market import Event, OrderBook, Side, Trade

SIDES: dict[str, Side] = {"BID": "buy", "ASK": "sell"}


class Listener(WSListener):
    """Called for every frame."""

    def __init__(self, task: Task, meter: Meter[Event]) -> None:
        self._task = task
        self._meter = meter
        self._instruments = {coin.code: coin.instrument for coin in task.coins()}

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Ask."""
        (asked,) = UPBIT.open(Endpoint(self._task.ws, self._task.subscriptions())).subscribe()
        transport.send(WSMsgType.TEXT, asked.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Read."""
        del transport
        if frame.msg_type == WSMsgType.BINARY:
            message = SHORT.decode(frame.get_payload_as_memoryview())
            if isinstance(message, TradeFrame):
                self._note_trade(message)
            elif isinstance(message, BookFrame):
                self._note_book(message)

    def _note_trade(self, message: TradeFrame) -> None:
        trade = Trade(
            "upbit",
            self._instruments[message.code],
            message.trade_timestamp * 1_000_000,
            time_ns(),
            str(message.sequential_id),
            message.trade_price,
            message.trade_volume,
            SIDES[message.ask_bid],
        )
        if self._task.late:
            self._meter.late(int(trade.id))
        self._meter.note(trade)

    def _note_book(self, message: BookFrame) -> None:
        units, at = message.orderbook_units, message.timestamp * 1_000_000
        bids = tuple([(unit.bid_price, unit.bid_size) for unit in units if unit.bid_size])
        asks = tuple([(unit.ask_price, unit.ask_size) for unit in units if unit.ask_size])
        if bids and asks and bids[0] >= asks[0]:
            raise ValueError(f"crossed: {message}")
        self._meter.note(OrderBook("upbit", self._instruments[message.code], at, time_ns(), bids, asks))


def run(**options: Any) -> dict[str, float]:
    """Do a `Task` with these options; the figures."""
    return asyncio.run(_read(msgspec.convert(options, Task)))


async def _read(task: Task) -> dict[str, float]:
    ended = asyncio.Event()
    meter: Meter[Event] = Meter(task, ended.set, snapshots=task.instruments if task.kind == "books" else 0)
    context = ssl.create_default_context(cafile=task.ca) if task.ca else None
    transport, _ = await ws_connect(lambda: Listener(task, meter), task.ws, ssl_context=context)
    await ended.wait()
    transport.disconnect()
    return meter.figures(reading)
