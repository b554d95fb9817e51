"""`/explain` hands on what was asked and answers with whatever it is told."""

from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
import trio
from msgspec import Struct

from scanner.telemetry.bind import bind
from scanner.telemetry.health import Health
from scanner.telemetry.http import LONGEST_SYMBOL, serve
from scanner.telemetry.metrics import Metrics
from tests.telemetry.standins import NOW


class Told(Struct):
    symbol: str
    exchange: str


@asynccontextmanager
async def served(explain):
    serving = partial(serve, bind("127.0.0.1", 0), Metrics(version="1"), Health(["upbit"], 15.0, NOW), explain=explain)
    async with trio.open_nursery() as nursery:
        address = await nursery.start(serving)
        async with httpx.AsyncClient(base_url=address, timeout=10) as client:
            yield client
        nursery.cancel_scope.cancel()


async def test_it_is_asked_with_symbol_and_exchange():
    # Promise: the words of the question come through as they are, slashes and all.
    async with served(Told) as client:
        answer = await client.get("/explain", params={"symbol": " KAVA/KRW ", "exchange": "upbit"})
        assert (answer.status_code, answer.json()) == (200, {"symbol": "KAVA/KRW", "exchange": "upbit"})
        assert (await client.get("/explain?symbol=KAVA")).json() == {"symbol": "KAVA", "exchange": ""}


@pytest.mark.parametrize("query", ["", "?symbol=", "?symbol=%20", f"?symbol={'A' * (LONGEST_SYMBOL + 1)}"])
async def test_a_question_without_a_symbol_is_answered_with_how_to_ask(query):
    # Promise: 400 with a sentence; nobody is asked.
    def nobody(_symbol, _exchange):
        raise AssertionError

    async with served(nobody) as client:
        answer = await client.get(f"/explain{query}")
    assert answer.status_code == 400
    assert "?symbol=" in answer.text


async def test_where_nobody_explains_there_is_no_such_page():
    # Promise: the ops server works without an engine.
    async with served(None) as client:
        assert (await client.get("/explain?symbol=BTC")).status_code == 404
