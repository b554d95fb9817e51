"""The load server is a venue to whoever connects: catalogue, requests, formats, signs of life, and TLS on request."""

import json
import ssl

import httpx
import pytest
import trio
from trio_websocket import open_websocket_url

from scanner.bench import ours, server
from scanner.bench.child import serving
from scanner.bench.floor import Load
from scanner.bench.meter import Task
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument

UPBIT = EXCHANGES["upbit"]


@pytest.fixture
async def serve(nursery):
    """`await serve(load)` runs a server for as long as the test; its addresses."""

    async def start(load, context=None):
        return await nursery.start(server.run, load, context)

    return start


def asking(kind, codes, form="SIMPLE", **options):
    return json.dumps([{"ticket": "test"}, {"type": kind, "codes": codes, **options}, {"format": form}])


async def hear(websocket, count):
    with trio.fail_after(20):
        return [json.loads(await websocket.get_message()) for _ in range(count)]


async def test_its_catalogue_is_what_a_worker_asks_for(serve):
    """All instruments, with prices and turnovers, and the trades of one of them."""
    place = await serve(Load(instruments=7))
    exchange = UPBIT
    async with httpx.AsyncClient(trust_env=False) as client:

        async def get(request):
            answer = await client.get(request.url.replace(UPBIT.rest_url, place["rest"]), params=request.params)
            return answer.raise_for_status().content

        markets = exchange.parse_markets(await get(exchange.markets_request()))
        assert [market.code for market in markets] == [f"KRW-Q{number:03}" for number in range(7)]
        (asked,) = exchange.tickers_requests(markets)
        tickers = exchange.parse_tickers(await get(asked), seen=1)
        assert {ticker.instrument for ticker in tickers} == {market.instrument for market in markets}
        assert all(ticker.turnover_24h > 0 for ticker in tickers)
        quiet = markets[0].instrument
        assert exchange.parse_trades(quiet, await get(exchange.trades_request(quiet)), seen=1) == []


async def test_the_latest_trade_can_be_asked_for_by_rest(serve):
    """By the id that it had on the socket: nobody finds a hole where there is none."""
    place = await serve(Load(instruments=1, messages=5))
    async with open_websocket_url(place["ws"]) as websocket:
        await websocket.send_message(asking("trade", ["KRW-Q000"], is_only_realtime=True))
        told = await hear(websocket, 5)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{place['rest']}/v1/trades/ticks", params={"market": "KRW-Q000", "count": 500})
    (trade,) = UPBIT.parse_trades(Instrument("Q000", "KRW"), answer.content, seen=1)
    assert (trade.at // 1_000_000, trade.price) == (told[-1]["ttms"], told[-1]["tp"])


async def test_snapshots_come_first_and_only_to_who_wants_them(serve):
    """One for each code; then what happens."""
    place = await serve(Load(instruments=3, kind="both", messages=4))
    codes = ["KRW-Q000", "KRW-Q002"]
    async with open_websocket_url(place["ws"]) as websocket:
        await websocket.send_message(asking("orderbook", codes))
        told = await hear(websocket, 6)
    assert [(one["st"], one["cd"]) for one in told[:2]] == [("SNAPSHOT", code) for code in codes]
    assert {(one["st"], len(one["obu"])) for one in told[2:]} == {("REALTIME", 15)}


async def test_each_client_is_answered_in_its_own_format(serve):
    """Long keys for whoever does not ask for short ones, and as many levels as were asked for."""
    place = await serve(Load(instruments=1, kind="books"))
    async with open_websocket_url(place["ws"]) as websocket:
        await websocket.send_message(json.dumps([{"ticket": "t"}, {"type": "orderbook", "codes": ["KRW-Q000.5"]}]))
        (told,) = await hear(websocket, 1)
    assert (told["type"], told["code"], len(told["orderbook_units"])) == ("orderbook", "KRW-Q000", 5)


async def test_unknown_codes_and_kinds_that_are_not_told_are_met_with_silence(serve):
    """As at the venue; what is known flows all the same."""
    place = await serve(Load(instruments=2, kind="trades"))
    async with open_websocket_url(place["ws"]) as websocket:
        wanted = [
            {"ticket": "t"},
            {"type": "orderbook", "codes": ["KRW-Q000"]},
            {"type": "trade", "codes": ["KRW-NOPE", "KRW-Q001"], "is_only_realtime": True},
            {"format": "SIMPLE"},
        ]
        await websocket.send_message(json.dumps(wanted))
        told = await hear(websocket, 50)
    assert {(one["ty"], one["cd"]) for one in told} == {("trade", "KRW-Q001")}


async def test_a_new_request_replaces_the_one_before(serve):
    """Other streams, in another format, on the same connection."""
    place = await serve(Load(instruments=2, rate=500))
    async with open_websocket_url(place["ws"]) as websocket:
        await websocket.send_message(asking("trade", ["KRW-Q000"], is_only_realtime=True))
        await hear(websocket, 3)
        await websocket.send_message(asking("trade", ["KRW-Q001"], "DEFAULT", is_only_realtime=True))
        told = await hear(websocket, 60)
    assert {one.get("code") for one in told[-20:]} == {"KRW-Q001"}


async def test_it_answers_both_kinds_of_ping_and_mistakes(serve):
    """A PING frame with a PONG, the word with a status, nonsense with the venue's own error."""
    place = await serve(Load())
    async with open_websocket_url(place["ws"]) as websocket:
        with trio.fail_after(20):
            await websocket.ping()
            await websocket.send_message("PING")
            assert json.loads(await websocket.get_message()) == {"status": "UP"}
            await websocket.send_message("nonsense")
            assert json.loads(await websocket.get_message())["error"]["name"] == "WRONG_FORMAT"


@pytest.mark.parametrize("kind", ["trades", "books"])
@pytest.mark.parametrize("rate", [0.0, 3_000.0])
async def test_our_road_reads_every_frame(serve, kind, rate):
    """As fast as it goes and at a pace: a worker's conversation has each event, and the last of them as they were."""
    place = await serve(Load(instruments=20, kind=kind, rate=rate, warm_up=100, pause_s=0.3, messages=600))
    task = Task(**place, kind=kind, instruments=20, warm_up=100, messages=600, late=kind == "trades" and rate > 0)
    with trio.fail_after(30):
        figures = await ours.read(task)
    assert figures["messages"] == 600
    assert ("latency_p99_ms" in figures) is task.late


async def test_over_tls_it_is_who_it_says_it_is():
    """In a process of its own, with an authority that lives as long as it does."""
    async with serving("scanner.bench.server:serve", {"instruments": 1, "tls": True}) as place:
        assert place["ws"].startswith("wss://")
        context = ssl.create_default_context(cafile=place["ca"])
        async with open_websocket_url(place["ws"], ssl_context=context) as websocket:
            await websocket.send_message(asking("trade", ["KRW-Q000"], is_only_realtime=True))
            (told,) = await hear(websocket, 1)
    assert told["cd"] == "KRW-Q000"
    assert not await trio.Path(place["ca"]).exists()
