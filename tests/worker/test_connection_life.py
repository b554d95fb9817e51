"""A connection's whole life in virtual time: it subscribes, carries, breaks, says so, waits and comes back."""

import json
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import memory_stream_pair
from trio_websocket import ConnectionClosed, wrap_server_stream

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Endpoint, Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Subscription, Trade
from scanner.net import websocket
from scanner.wire.messages import Batch
from scanner.worker.connection import Connection
from scanner.worker.ledger import Ledger
from scanner.worker.publisher import Publisher

UPBIT = EXCHANGES["upbit"]
BTC = Instrument("BTC", "KRW")
ENDPOINT = Endpoint("ws://venue.test/websocket/v1", (Subscription("trade", BTC),))


def trade_frame(number):
    """A trade in Upbit's SIMPLE form."""
    fields = {"ty": "trade", "cd": "KRW-BTC", "tms": 1_800_000_000_100, "ttms": 1_800_000_000_000 + number}
    fields |= {"tp": 100.0 + number, "tv": 0.5, "ab": "BID", "sid": 18_000_000_000_000_000 + number, "st": "REALTIME"}
    return json.dumps(fields).encode()


class Venue:
    """Scripted conversations, one after another; remembers what it was asked and when."""

    def __init__(self, *scripts):
        self._scripts = iter(scripts)
        self.connects = []
        self.requests = []

    async def dial(self, _url):
        await trio.lowlevel.checkpoint()
        self.connects.append(trio.current_time())
        script = next(self._scripts, None)
        if script is None or isinstance(script, OSError):
            raise script or OSError(111, "Connection refused")
        ours, theirs = memory_stream_pair()
        trio.lowlevel.spawn_system_task(self._serve, theirs, script)
        return ours

    async def _serve(self, stream, script):
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, stream)
            socket = await request.accept()
            try:
                self.requests.append(json.loads(await socket.get_message()))
                await script(socket)
            except ConnectionClosed:
                pass
            nursery.cancel_scope.cancel()
        await trio.aclose_forcefully(stream)


class Uplink:
    """Where the publisher's batches end in this test."""

    def __init__(self):
        self.events = []

    async def send(self, message):
        assert isinstance(message, Batch)
        self.events += message.events
        await trio.lowlevel.checkpoint()


@asynccontextmanager
async def connected(monkeypatch, venue, settings=None):
    """A connection running against the scripted venue; longest waits, so that times are exact."""
    monkeypatch.setattr(websocket, "_open_stream", venue.dial)
    uplink, ledger = Uplink(), Ledger()
    publisher = Publisher("upbit", uplink, ledger)
    connection = Connection(
        "upbit-0",
        UPBIT,
        ENDPOINT,
        settings=settings or Settings(),
        connects=Limiter(((5, 1.0),)),
        door=Breaker(rest_s=UPBIT.limits.block_s),
        rest=None,
        publisher=publisher,
        ledger=ledger,
    )
    connection._backoff._draw = lambda _low, high: high
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        nursery.start_soon(connection.run)
        yield uplink, ledger
        nursery.cancel_scope.cancel()


async def send_two_then_close(socket):
    await socket.send_message(trade_frame(1))
    await socket.send_message(trade_frame(2))
    await trio.sleep(3)
    await socket.aclose(1001, "bye")


async def silent(_socket):
    """Answers pings (the protocol does), sends no data."""
    await trio.sleep_forever()


async def test_what_was_subscribed_flows_and_a_lost_connection_comes_back(monkeypatch, autojump_clock):
    """Two trades, a gap that says why, a wait, a fresh subscription, trades again."""
    venue = Venue(send_two_then_close, send_two_then_close)
    async with connected(monkeypatch, venue) as (uplink, ledger):
        start = trio.current_time()
        await trio.sleep(4.5)
    kinds = [type(event) for event in uplink.events]
    assert kinds == [Trade, Trade, Gap, Trade, Trade]
    gap = uplink.events[2]
    assert (gap.channel, gap.instruments, gap.reason) == ("trade", (BTC,), "closed")
    assert gap.at == uplink.events[1].seen
    assert [time - start for time in venue.connects] == [0, 4]
    assert [request[1]["codes"] for request in venue.requests] == [["KRW-BTC"], ["KRW-BTC"]]
    assert ledger.total("messages") == 4
    assert ledger.pulse(0).counters["reconnects"] == {"closed": 1}


async def test_what_a_venue_said_just_before_it_hung_up_counts(monkeypatch, autojump_clock):
    """Two hundred trades and a close frame in one breath: all of them, then the gap."""

    async def say_and_go(socket):
        for number in range(200):
            await socket.send_message(trade_frame(number))
        await socket.aclose(1001, "bye")

    async with connected(monkeypatch, Venue(say_and_go)) as (uplink, _):
        await trio.sleep(0.5)
    assert [event.price for event in uplink.events[:-1]] == [100.0 + number for number in range(200)]
    assert isinstance(uplink.events[-1], Gap)


async def test_an_unreachable_venue_is_tried_with_growing_waits_and_named(monkeypatch, autojump_clock):
    """1, 2, 4, 8 s …: no busy loop, and the pulse says which address and why."""
    venue = Venue()
    async with connected(monkeypatch, venue) as (uplink, ledger):
        start = trio.current_time()
        await trio.sleep(40)
        pulse = ledger.pulse(0)
    assert [time - start for time in venue.connects] == [0, 1, 3, 7, 15, 31]
    assert uplink.events == []
    assert pulse.problem == "ws://venue.test: connection refused; next try in 32.0 s"
    assert pulse.links[0].state == "waiting"


async def test_the_waits_start_over_after_a_healthy_minute(monkeypatch, autojump_clock):
    """Trouble once an hour is not the same trouble."""

    async def healthy(socket):
        for number in range(30):
            await socket.send_message(trade_frame(number))
            await trio.sleep(3)

    venue = Venue(OSError(111, "x"), OSError(111, "x"), healthy, healthy)
    async with connected(monkeypatch, venue):
        start = trio.current_time()
        await trio.sleep(100)
    assert [time - start for time in venue.connects] == [0, 1, 3, 94]


async def test_an_alive_but_silent_connection_is_replaced(monkeypatch, autojump_clock):
    """Pings are answered, so only the missing data tells; 60 s by the venue's keepalive, judged every 20 s."""
    keepalive = UPBIT.open(ENDPOINT).keepalive
    assert (keepalive.every_s, Settings().silence) == (20, 60)
    venue = Venue(silent, silent)
    monkeypatch.setattr("scanner.worker.connection.time_ns", lambda: 0)  # whatever anybody sets the wall clock to
    async with connected(monkeypatch, venue) as (_, ledger):
        start = trio.current_time()
        await trio.sleep(100)
        assert ledger.pulse(0).counters["reconnects"] == {"silent": 1}
    assert [time - start for time in venue.connects] == [0, 81]


async def test_a_rejected_subscription_opens_the_breaker_at_the_fifth_time(monkeypatch, autojump_clock):
    """Asking for the same wrong thing for ever would be a storm; after five refusals in a row the venue gets a rest."""

    async def reject(socket):
        await socket.send_message(b'{"error":{"name":"WRONG_FORMAT","message":"no"}}')
        await trio.sleep_forever()

    venue = Venue(*[reject] * 7)
    async with connected(monkeypatch, venue) as (_, ledger):
        start = trio.current_time()
        await trio.sleep(65)
        state = ledger.pulse(0).links[0]
    assert [time - start for time in venue.connects] == [0, 1, 3, 7, 15, 31, 63]
    assert state.state == "blocked"
    assert "WRONG_FORMAT" in state.reason
    assert ledger.pulse(0).counters["rejected"] == {"WRONG_FORMAT": 7}


async def test_no_credential_of_an_address_is_ever_told(monkeypatch, autojump_clock, capsys):
    """Not in a log, not in the pulse that `/readyz` and the board show."""
    secret = Endpoint("ws://user:hunter2@venue.test/path?token=hunter2", ENDPOINT.subscriptions)
    monkeypatch.setattr(f"{__name__}.ENDPOINT", secret)
    async with connected(monkeypatch, Venue(send_two_then_close)) as (_, ledger):
        await trio.sleep(10)
        assert "hunter2" not in str(ledger.pulse(0))
    assert "hunter2" not in "".join(capsys.readouterr())


async def test_nonsense_is_counted_and_survived(monkeypatch, autojump_clock):
    """Garbage between two trades costs nothing but itself."""

    async def garble(socket):
        await socket.send_message(trade_frame(1))
        await socket.send_message(b"\xff\xfe{")
        await socket.send_message('{"ty":"trade","cd":"KRW-BTC","tp":"NaN"}')
        await socket.send_message(trade_frame(2))
        await trio.sleep_forever()

    async with connected(monkeypatch, Venue(garble)) as (uplink, ledger):
        await trio.sleep(1)
    assert [event.price for event in uplink.events] == [101.0, 102.0]
    assert ledger.total("parse_errors") == 2


async def test_a_dead_peer_is_noticed_by_the_missing_pong(monkeypatch, autojump_clock):
    """A cable pulled out sends no close frame; the unanswered PING is all there is."""

    async def play_dead(socket):
        await socket.send_message(trade_frame(1))
        socket._stream.receive_stream.close_hook = None
        socket._wsproto.receive_data = lambda _data: None
        await trio.sleep_forever()

    venue = Venue(play_dead, silent)
    async with connected(monkeypatch, venue) as (_, ledger):
        start = trio.current_time()
        await trio.sleep(90)
        assert ledger.pulse(0).counters["reconnects"] == {"no_pong": 1}
    keepalive = UPBIT.open(ENDPOINT).keepalive
    gone = keepalive.every_s + keepalive.patience_s
    assert venue.connects[1] - start == pytest.approx(
        gone + 1 + 1, abs=0.01
    )  # a second to say goodbye, a second's wait
