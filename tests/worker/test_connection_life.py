"""A connection's whole life in virtual time: it subscribes, carries, breaks, says so, waits and comes back."""

import itertools
import json
from contextlib import asynccontextmanager

import pytest
import trio
from msgspec.structs import replace
from trio.testing import memory_stream_pair
from trio_websocket import ConnectionClosed, wrap_server_stream

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Endpoint, Retiring, Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Subscription, Trade
from scanner.net import websocket
from scanner.net.failure import Unreachable
from scanner.wire.messages import Batch
from scanner.worker.connection import Connection
from scanner.worker.kit import Kit
from scanner.worker.ledger import Ledger
from scanner.worker.publisher import Publisher

UPBIT = EXCHANGES["upbit"]
BTC, ETH = Instrument("BTC", "KRW"), Instrument("ETH", "KRW")
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


class Intake:
    """Lets everything through; what it is for has tests of its own."""

    def take(self, events):
        return events


class Backfill:
    """Remembers what was to be asked for."""

    def __init__(self):
        self.wanted = []

    def want(self, subscriptions):
        self.wanted += subscriptions


class House:
    """What a running connection is made of, to look at."""

    def __init__(self, connection, kit, uplink):
        self.connection, self.kit, self.uplink, self.ledger = connection, kit, uplink, kit.ledger

    @property
    def events(self):
        return self.uplink.events

    def counters(self, name):
        return self.ledger.pulse(0).counters.get(name, {})


@asynccontextmanager
async def connected(monkeypatch, venue, settings=None, exchange=UPBIT, endpoint=None):
    """A connection running against the scripted venue; longest waits, so that times are exact."""
    monkeypatch.setattr(websocket, "_open_stream", venue.dial)
    settings, uplink, ledger = settings or Settings(), Uplink(), Ledger()
    publisher = Publisher("upbit", uplink, ledger)
    kit = Kit(
        exchange=exchange,
        settings=settings,
        ledger=ledger,
        rest=None,
        intake=Intake(),
        publisher=publisher,
        backfill=Backfill(),
        connects=Limiter(((5, 1.0),)),
        door=Breaker(rest_s=exchange.limits.block_s),
    )
    connection = Connection("upbit-0", endpoint or ENDPOINT, kit)
    connection._backoff._draw = lambda _low, high: high
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        nursery.start_soon(connection.run)
        yield House(connection, kit, uplink)
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
    async with connected(monkeypatch, venue) as house:
        start = trio.current_time()
        await trio.sleep(4.5)
    kinds = [type(event) for event in house.events]
    assert kinds == [Trade, Trade, Gap, Trade, Trade]
    gap = house.events[2]
    assert (gap.channel, gap.instruments, gap.reason) == ("trade", (BTC,), "closed")
    assert gap.at == house.events[1].seen
    assert [time - start for time in venue.connects] == [0, 4]
    assert [request[1]["codes"] for request in venue.requests] == [["KRW-BTC"], ["KRW-BTC"]]
    assert house.ledger.total("messages") == 4
    assert house.ledger.pulse(0).counters["reconnects"] == {"closed": 1}


async def test_what_a_venue_said_just_before_it_hung_up_counts(monkeypatch, autojump_clock):
    """Two hundred trades and a close frame in one breath: all of them, then the gap."""

    async def say_and_go(socket):
        for number in range(200):
            await socket.send_message(trade_frame(number))
        await socket.aclose(1001, "bye")

    async with connected(monkeypatch, Venue(say_and_go)) as house:
        await trio.sleep(0.5)
    assert [event.price for event in house.events[:-1]] == [100.0 + number for number in range(200)]
    assert isinstance(house.events[-1], Gap)


async def test_an_unreachable_venue_is_tried_with_growing_waits_and_named(monkeypatch, autojump_clock):
    """1, 2, 4, 8 s …: no busy loop, and the pulse says which address and why."""
    venue = Venue()
    async with connected(monkeypatch, venue) as house:
        start = trio.current_time()
        await trio.sleep(40)
        pulse = house.ledger.pulse(0)
    assert [time - start for time in venue.connects] == [0, 1, 3, 7, 15, 31]
    assert house.events == []
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


async def test_a_connection_that_is_called_silent_is_replaced(monkeypatch, autojump_clock):
    """Pings are answered, so only the watchdog knows; what it says is the end, a gap only where data had flowed."""
    venue = Venue(silent, send_two_then_close)
    async with connected(monkeypatch, venue) as house:
        start = trio.current_time()
        await trio.sleep(80)
        house.connection.renew("silent", ENDPOINT.subscriptions)
        await trio.sleep(3)
        assert house.counters("reconnects") == {"silent": 1}
    assert [time - start for time in venue.connects] == pytest.approx([0, 81.1])  # a word of farewell, a second's wait
    assert [type(event) for event in house.events] == [Trade, Trade]


async def test_a_rejected_subscription_opens_the_breaker_at_the_fifth_time(monkeypatch, autojump_clock):
    """Asking for the same wrong thing for ever would be a storm; after five refusals in a row the venue gets a rest."""

    async def reject(socket):
        await socket.send_message(b'{"error":{"name":"WRONG_FORMAT","message":"no"}}')
        await trio.sleep_forever()

    venue = Venue(*[reject] * 7)
    async with connected(monkeypatch, venue) as house:
        start = trio.current_time()
        await trio.sleep(65)
        state = house.ledger.pulse(0).links[0]
    assert [time - start for time in venue.connects] == [0, 1, 3, 7, 15, 31, 63]
    assert state.state == "blocked"
    assert "WRONG_FORMAT" in state.reason
    assert house.ledger.pulse(0).counters["rejected"] == {"WRONG_FORMAT": 7}


async def test_no_credential_of_an_address_is_ever_told(monkeypatch, autojump_clock, capsys):
    """Not in a log, not in the pulse that `/readyz` and the board show."""
    secret = Endpoint("ws://user:hunter2@venue.test/path?token=hunter2", ENDPOINT.subscriptions)
    monkeypatch.setattr(f"{__name__}.ENDPOINT", secret)
    async with connected(monkeypatch, Venue(send_two_then_close)) as house:
        await trio.sleep(10)
        assert "hunter2" not in str(house.ledger.pulse(0))
    assert "hunter2" not in "".join(capsys.readouterr())


async def test_nonsense_is_counted_and_survived(monkeypatch, autojump_clock):
    """Garbage between two trades costs nothing but itself."""

    async def garble(socket):
        await socket.send_message(trade_frame(1))
        await socket.send_message(b"\xff\xfe{")
        await socket.send_message('{"ty":"trade","cd":"KRW-BTC","tp":"NaN"}')
        await socket.send_message(trade_frame(2))
        await trio.sleep_forever()

    async with connected(monkeypatch, Venue(garble)) as house:
        await trio.sleep(1)
    assert [event.price for event in house.events] == [101.0, 102.0]
    assert house.ledger.total("parse_errors") == 2


async def test_a_dead_peer_is_noticed_by_the_missing_pong(monkeypatch, autojump_clock):
    """A cable pulled out sends no close frame; the unanswered PING is all there is."""

    async def play_dead(socket):
        await socket.send_message(trade_frame(1))
        socket._stream.receive_stream.close_hook = None
        socket._wsproto.receive_data = lambda _data: None
        await trio.sleep_forever()

    venue = Venue(play_dead, silent)
    async with connected(monkeypatch, venue) as house:
        start = trio.current_time()
        await trio.sleep(90)
        assert house.ledger.pulse(0).counters["reconnects"] == {"no_pong": 1}
    keepalive = UPBIT.open(ENDPOINT).keepalive
    gone = keepalive.every_s + keepalive.patience_s
    assert venue.connects[1] - start == pytest.approx(
        gone + 1 + 1, abs=0.01
    )  # a second to say goodbye, a second's wait


def saying(*numbers, then=trio.sleep_forever):
    """A conversation that says these trades and then goes on as told."""

    async def script(socket):
        for number in numbers:
            await socket.send_message(trade_frame(number))
        await (then() if then is trio.sleep_forever else then(socket))

    return script


async def test_a_successor_takes_over_before_the_old_one_goes(monkeypatch, autojump_clock):
    """Because of one stale stream nothing else is interrupted: a gap and a back-fill for that one only."""
    two = Endpoint(ENDPOINT.url, (*ENDPOINT.subscriptions, Subscription("trade", ETH)))
    old_went = []

    async def first(socket):
        await socket.send_message(trade_frame(1))
        try:
            await socket.get_message()
        finally:
            old_went.append(trio.current_time())

    venue = Venue(first, saying(2))
    async with connected(monkeypatch, venue, endpoint=two) as house:
        await trio.sleep(30)
        house.connection.renew("stale", (Subscription("trade", ETH),))
        house.connection.renew("stale", (Subscription("trade", ETH),))
        await trio.sleep(5)
        assert house.ledger.pulse(0).links[0].state == "live"
        assert house.counters("handovers") == {"stale": 1}
        assert house.counters("reconnects") == {}
    assert len(venue.connects) == 2
    assert old_went[0] >= venue.connects[1]
    assert [type(event) for event in house.events] == [Trade, Trade, Gap]
    assert (house.events[2].instruments, house.events[2].reason) == ((ETH,), "stale")
    assert house.kit.backfill.wanted == [Subscription("trade", ETH)]


async def test_a_venue_that_announces_its_end_is_left_in_time(monkeypatch, autojump_clock):
    """The notice makes a successor; the old conversation may end any way it likes, nothing is missed."""

    class Announcing:
        """Upbit, whose word `bye` is a notice."""

        def __getattr__(self, name):
            return getattr(UPBIT, name)

        def open(self, endpoint):
            session = UPBIT.open(endpoint)
            parse = session.parse
            session.parse = lambda frame, seen: [Retiring("bye")] if frame == "bye" else parse(frame, seen)
            return session

    async def announce(socket):
        await socket.send_message(trade_frame(1))
        await socket.send_message("bye")
        await trio.sleep(0.5)
        await socket.aclose(1001)

    venue = Venue(announce, saying(2))
    async with connected(monkeypatch, venue, exchange=Announcing()) as house:
        await trio.sleep(30)
        assert house.counters("handovers") == {"retired": 1}
        assert house.counters("reconnects") == {}
    assert [type(event) for event in house.events] == [Trade, Trade]


async def test_a_connection_of_a_known_lifetime_rolls_over_without_a_hole(monkeypatch, autojump_clock):
    """Every venue day at least one: the new one speaks before the old one is left."""

    class Mortal:
        """Upbit, if it closed what is a day old."""

        limits = replace(UPBIT.limits, lifetime_s=86_400)

        def __getattr__(self, name):
            return getattr(UPBIT, name)

    async def talk(socket):
        for number in itertools.count():
            await socket.send_message(trade_frame(number))
            await trio.sleep(60)

    venue = Venue(*[talk] * 5)
    async with connected(monkeypatch, venue, exchange=Mortal()) as house:
        await trio.sleep(3.5 * 86_400)
        assert house.counters("reconnects") == {}
    assert len(venue.connects) == 4
    lives = [late - early for early, late in itertools.pairwise(venue.connects)]
    assert all(0.9 * 86_400 <= life <= 0.98 * 86_400 for life in lives)
    assert not any(isinstance(event, Gap) for event in house.events)


async def test_when_no_successor_can_be_made_the_old_one_stays(monkeypatch, autojump_clock):
    """It is tried again with waits, and the data that flows goes on flowing."""
    venue = Venue(saying(1), OSError(111, "x"), OSError(111, "x"), saying(2))
    async with connected(monkeypatch, venue) as house:
        await trio.sleep(10)
        house.connection.renew("stale", ENDPOINT.subscriptions)
        await trio.sleep(30)
        assert house.counters("reconnects") == {}
    assert len(venue.connects) == 4
    assert [type(event) for event in house.events] == [Trade, Trade, Gap]


async def test_what_is_wanted_changes_while_data_flows(monkeypatch, autojump_clock):
    """One message for the latest wish, however many came while it waited; the connection stays."""
    asked = []

    async def listen(socket):
        while True:
            asked.append(json.loads(await socket.get_message())[1]["codes"])

    venue = Venue(listen)
    async with connected(monkeypatch, venue) as house:
        await trio.sleep(5)
        for base in ("ETH", "XRP", "SOL"):
            wanted = (*ENDPOINT.subscriptions, Subscription("trade", Instrument(base, "KRW")))
            house.connection.want(wanted)
        await trio.sleep(5)
        house.connection.want(ENDPOINT.subscriptions)
        await trio.sleep(5)
        assert house.ledger.pulse(0).links[0].subscriptions == 1
    assert asked == [["KRW-BTC", "KRW-SOL"], ["KRW-BTC"]]
    assert len(venue.connects) == 1


async def test_what_a_hole_swallowed_is_asked_for_when_data_flows_again(monkeypatch, autojump_clock):
    """Only after a hole: a first connection has missed nothing."""
    venue = Venue(send_two_then_close, saying(3))
    async with connected(monkeypatch, venue) as house:
        await trio.sleep(2)
        assert house.kit.backfill.wanted == []
        await trio.sleep(10)
    assert house.kit.backfill.wanted == list(ENDPOINT.subscriptions)


async def test_a_ban_is_waited_for_at_the_door(monkeypatch, autojump_clock):
    """HTTP 418 without a date: as long as the venue's bans are, by every connection, and it is said."""

    async def ban(_url):
        await trio.lowlevel.checkpoint()
        venue.connects.append(trio.current_time())
        raise Unreachable("ws://venue.test", "the upgrade was answered with HTTP 418", refused=True, banned=True)

    venue = Venue()
    venue.dial = ban
    async with connected(monkeypatch, venue) as house:
        start = trio.current_time()
        await trio.sleep(UPBIT.limits.block_s * 2.5)
        link = house.ledger.pulse(0).links[0]
    assert [time - start for time in venue.connects] == [0, UPBIT.limits.block_s, UPBIT.limits.block_s * 2]
    assert link.state == "blocked"
    assert "418" in link.reason


async def test_a_deaf_successor_does_not_take_over(monkeypatch, autojump_clock):
    """It connects and brings nothing while the old one brings a trade a second: that one stays, and nothing is lost."""

    async def talk(socket):
        for number in itertools.count():
            await socket.send_message(trade_frame(number))
            await trio.sleep(1)

    venue = Venue(talk, silent, silent)
    async with connected(monkeypatch, venue) as house:
        await trio.sleep(10)
        house.connection.renew("stale", ENDPOINT.subscriptions)
        await trio.sleep(20)
        assert house.counters("handovers") == {}
    numbers = [event.price for event in house.events if isinstance(event, Trade)]
    assert numbers == [100.0 + number for number in range(len(numbers))]
    assert len(numbers) >= 29
    assert len(venue.connects) >= 2


async def test_nobody_connects_while_the_venue_has_shut_us_out(monkeypatch, autojump_clock):
    """A connection that is made during a ban waits like all others, even if it stood in line before."""
    venue = Venue(saying(1))
    async with connected(monkeypatch, venue) as house:
        await trio.sleep(1)
        house.kit.door.refused(trio.current_time(), 50.0)
        late = Connection("upbit-1", ENDPOINT, house.kit)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(late.run)
            await trio.sleep(40)
            assert len(venue.connects) == 1
            await trio.sleep(20)
            nursery.cancel_scope.cancel()
    assert len(venue.connects) > 1
    assert venue.connects[1] >= 50


async def test_too_many_requests_said_to_one_connection_is_said_to_all(monkeypatch, autojump_clock):
    """The venue counts an address: five such answers in a row shut the door, whichever sockets they came by."""

    async def complain(socket):
        await socket.send_message(b'{"error":{"name":"Too Many Requests","message":"no"}}')
        await trio.sleep_forever()

    async with connected(monkeypatch, Venue(*[complain] * 9)) as house:
        await trio.sleep(60)
        assert house.kit.door.wait(trio.current_time()) > 0
