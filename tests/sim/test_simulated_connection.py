"""A connection to a simulated venue: admitted, limited, kept, closed, and broken in each way that has a name."""

import msgspec
import pytest
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected

from scanner.sim.connection import HANDSHAKE_S
from scanner.sim.faults import Fault, Faults
from scanner.sim.programs import BATCHES

TRADES = {"type": "trade", "codes": ["KRW-BTC", "KRW-ETH", "KRW-XRP"], "is_only_realtime": True}
TICKETS = ("upbit", "bithumb")
"""Venues that these tests know how to talk to; limits of other kinds are in test_venue_limits.py."""
venues = pytest.mark.parametrize("exchange", TICKETS)


async def rejection(visit, house, headers=()):
    with pytest.raises(ExceptionGroup) as refused:
        async with visit(house, headers):
            pass
    assert refused.group_contains(ConnectionRejected)
    (error,) = [each for each in refused.value.exceptions if isinstance(each, ConnectionRejected)]
    return error.status_code


@venues
async def test_nothing_comes_before_it_is_asked_for(autojump_clock, open_house, visit, exchange):
    # Promise: the server is silent until a request is sent.
    async with visit(open_house(exchange)) as guest:
        assert await guest.read_for(30) == []


@venues
async def test_data_flows_after_a_request(autojump_clock, open_house, visit, exchange):
    # Promise: about as many trades as the market has, for the codes asked for only.
    async with visit(open_house(exchange)) as guest:
        await guest.ask(TRADES)
        messages = await guest.read_for(20)
    assert {message["code"] for message in messages} == {"KRW-BTC", "KRW-ETH", "KRW-XRP"}
    assert 80 <= len(messages) <= 400


@venues
async def test_the_script_starts_ten_seconds_after_the_first_subscription(autojump_clock, open_house, visit, exchange):
    # Promise: not after the server started, nor after a later subscription.
    house = open_house(exchange, "crash")
    await trio.sleep(7)
    async with visit(house) as first, visit(house) as second:
        await first.ask(TRADES)
        began = house.clock.now_ms()
        await trio.sleep(5)
        await second.ask({"type": "trade", "codes": ["KRW-STORJ"], "is_only_realtime": True})
        fallen = [message for message in await second.read_for(20) if message["ask_bid"] == "ASK"]
    burst = [message["trade_timestamp"] - began for message in fallen]
    assert 10_000 <= next(at for at, after in zip(burst, burst[2:], strict=False) if after - at < 2_000) <= 11_500


@venues
async def test_an_idle_connection_is_closed_after_two_minutes(autojump_clock, open_house, visit, exchange):
    # Promise: exactly 120 s after the last byte either way.
    async with visit(open_house(exchange)) as guest:
        await trio.sleep(30)
        await guest.ask({"type": "trade", "codes": ["KRW-NOPE"]})
        began = trio.current_time()
        with pytest.raises(ConnectionClosed):
            await guest.raw()
        assert trio.current_time() - began == pytest.approx(120)


async def test_ping_frames_keep_a_connection(autojump_clock, open_house, visit):
    # Promise: pings are answered and count as life, though they are no data.
    async with visit(open_house()) as guest:
        for _ in range(6):
            await trio.sleep(50)
            await guest.websocket.ping()


@venues
async def test_after_a_ping_as_text_signs_of_life_come_every_ten_seconds(autojump_clock, open_house, visit, exchange):
    # Promise: at once, then every 10 s, for ever.
    async with visit(open_house(exchange)) as guest:
        await guest.say("PING")
        began = trio.current_time()
        assert await guest.read() == {"status": "UP"}
        assert trio.current_time() == began
        for beat in range(1, 20):
            assert await guest.read() == {"status": "UP"}
            assert trio.current_time() - began == pytest.approx(10 * beat)


@venues
@pytest.mark.parametrize("closes", [False, True])
async def test_after_an_error_a_connection_stays_or_goes(autojump_clock, open_house, visit, exchange, closes):
    # Promise: the venues do not say what they do, so both can be had; the error comes first in either case.
    async with visit(open_house(exchange, closes=closes)) as guest:
        await guest.say("[]")
        assert (await guest.read())["error"]["name"] == "NO_TICKET"
        if closes:
            with pytest.raises(ConnectionClosed):
                await guest.raw()
        else:
            await guest.ask(TRADES)
            assert await guest.read_for(10)


@pytest.mark.parametrize(("exchange", "allowed"), [("upbit", 5), ("bithumb", 10)])
async def test_too_many_connects_are_turned_away(autojump_clock, open_house, visit, exchange, allowed):
    # Promise: HTTP 429 on the upgrade once the second's share is used up, and welcome again after it.
    house = open_house(exchange)
    for _ in range(allowed):
        async with visit(house):
            pass
    assert await rejection(visit, house) == 429
    await trio.sleep(1)
    async with visit(house):
        pass


@venues
async def test_the_sixth_message_of_a_second_is_refused(autojump_clock, open_house, visit, exchange):
    # Promise: an error of the documented form, and the message is not obeyed.
    async with visit(open_house(exchange)) as guest:
        for _ in range(6):
            await guest.ask({"type": "ticker", "codes": ["KRW-BTC"], "is_only_snapshot": True})
        messages = await guest.read_for(0.9)
        assert [message.get("code") for message in messages].count("KRW-BTC") == 5
        assert [message["error"]["name"] for message in messages if "error" in message] == ["Too Many Requests"]
        await guest.ask({"type": "ticker", "codes": ["KRW-ETH"], "is_only_snapshot": True})
        assert (await guest.read())["code"] == "KRW-ETH"


@pytest.mark.parametrize(("exchange", "refused"), [("upbit", 1), ("bithumb", 0)])
async def test_upbit_takes_a_hundred_messages_a_minute(autojump_clock, open_house, visit, exchange, refused):
    # Promise: the slower window counts too, at Upbit only.
    async with visit(open_house(exchange)) as guest:
        for _ in range(101):
            await guest.ask({"type": "trade", "codes": ["KRW-NOPE"]})
            await trio.sleep(0.3)
        assert len(await guest.read_for(1)) == refused


async def test_an_origin_header_is_welcome_once_in_ten_seconds_at_upbit(autojump_clock, open_house, visit):
    # Promise: what a browser would run into; without the header nothing changes, and Bithumb does not mind.
    house = open_house("upbit")
    headers = [("Origin", "http://somewhere")]
    async with visit(house, headers):
        pass
    assert await rejection(visit, house, headers) == 429
    async with visit(house):
        pass
    await trio.sleep(10)
    async with visit(house, headers):
        pass
    other = open_house("bithumb")
    for _ in range(3):
        async with visit(other, headers):
            pass


@pytest.mark.parametrize(
    ("exchange", "allowed", "told"),
    [("upbit", 10, b"Too many API requests."), ("bithumb", 150, b'{"error":{"name":429,"message":')],
)
async def test_rest_limits_count_each_group_on_its_own(autojump_clock, open_house, exchange, allowed, told):
    # Promise: one more than the second's share is refused in the venue's words; another group, or later, is welcome.
    house = open_house(exchange)

    def ask(path):
        return house.answer(path, {"markets": "KRW-BTC"}, origin=False)[0]

    assert [ask("/v1/ticker").status for _ in range(allowed)] == [200] * allowed
    refused = ask("/v1/ticker")
    assert refused.status == 429
    assert refused.body.startswith(told)
    assert ask("/v1/orderbook").status == 200
    await trio.sleep(1)
    assert ask("/v1/ticker").status == 200


async def test_who_does_not_shake_hands_is_left(autojump_clock, open_house, nursery):
    # Promise: a client that never gets to the point holds no connection for longer than the handshake's patience.
    ours, theirs = trio.testing.memory_stream_pair()
    nursery.start_soon(open_house().converse, theirs)
    began = trio.current_time()
    assert await ours.receive_some() == b""
    assert trio.current_time() - began == pytest.approx(HANDSHAKE_S)


@pytest.mark.parametrize("words", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00\xff\r\n\r\n", b"HELO\r\n\r\n", b""])
async def test_who_speaks_something_else_does_no_harm(autojump_clock, open_house, visit, nursery, words):
    # Promise: HTTP, nonsense and an early end leave the venue as it was.
    house = open_house()
    ours, theirs = trio.testing.memory_stream_pair()
    nursery.start_soon(house.converse, theirs)
    await ours.send_all(words)
    await ours.aclose()
    await trio.sleep(1)
    async with visit(house) as guest:
        await guest.ask(TRADES)
        assert await guest.read_for(5)


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\x05hello",  # a client's frames must be masked
        b"\x8f\x80\x00\x00\x00\x00",  # no such opcode
        b"\xf1\x80\x00\x00\x00\x00",  # reserved bits
        b"\x81\x82\x00\x00\x00\x00\xff\xfe",  # text that is none
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",  # longer than anything
        b"\x82\xfe\x00\x03\x00\x00\x00\x00\x01\x02\x03",  # a short length written long
        b"\x88\x81\x00\x00\x00\x00\x01",  # a farewell of one byte
        b"\x00\x80\x00\x00\x00\x00",  # the end of something that never began
    ],
)
async def test_broken_frames_end_one_connection_and_no_other(autojump_clock, open_house, visit, nursery, frame):
    # Promise: a client that breaks the protocol is let go, and the venue goes on.
    house = open_house()
    ours, theirs = trio.testing.memory_stream_pair()
    nursery.start_soon(house.converse, theirs)
    await ours.send_all(
        b"GET /websocket/v1 HTTP/1.1\r\nHost: venue\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert (await ours.receive_some()).startswith(b"HTTP/1.1 101")
    await ours.send_all(frame)
    with trio.fail_after(300):
        while await ours.receive_some():
            pass
    async with visit(house) as guest:
        await guest.ask(TRADES)
        assert await guest.read_for(5)


async def test_a_slow_reader_holds_nobody_back(autojump_clock, open_house, visit):
    # Promise: who does not read loses the oldest frames, and another connection's data is on time all the while.
    house = open_house(scenario="crash")
    async with visit(house, lockstep=True) as asleep, visit(house) as awake:
        await asleep.ask(TRADES)
        await awake.ask(TRADES)
        messages = await awake.read_for(40)
        missed = await asleep.read_for(5)
        (slow,) = [feed for feed in house._program._feeds if feed._mailbox.dropped]
    late = [message["timestamp"] - message["trade_timestamp"] for message in messages]
    assert max(late) <= 50
    assert len(messages) > 500
    assert slow._mailbox.capacity == BATCHES
    assert len(missed) < len(messages)


# ---- faults


async def test_a_stalled_venue_answers_pings_and_sends_no_data(autojump_clock, open_house, visit):
    # Promise: alive to a ping, silent otherwise; afterwards data flows again, and what was missed stays missing.
    house = open_house(faults=[Fault("upbit", "stall", 5, 10)])
    async with visit(house) as guest:
        await guest.ask(TRADES)
        began = house.clock.now_ms()
        assert await guest.read_for(4.9)
        await trio.sleep(0.3)
        await guest.read_for(0.1)
        with trio.fail_after(1):
            await guest.websocket.ping()
        await guest.say("PING")
        assert await guest.read_for(5) == [{"status": "UP"}]
        messages = [message for message in await guest.read_for(15) if "code" in message]
    assert messages
    assert min(message["trade_timestamp"] for message in messages) >= began + 14_900


async def test_a_stall_holds_back_snapshots_too(autojump_clock, open_house, visit):
    # Promise: a connection made during a stall gets no data either, not even its first state, until it is over.
    house = open_house(faults=[Fault("upbit", "stall", 0, 10)])
    async with visit(house) as guest:
        await guest.ask({"type": "ticker", "codes": ["KRW-BTC"]})
        assert await guest.read_for(9.9) == []
        assert await guest.read_for(5)


async def test_a_closing_venue_cuts_connections_without_a_farewell(autojump_clock, open_house, visit):
    # Promise: an abnormal end for everybody at that moment; afterwards connections hold again.
    house = open_house(faults=[Fault("upbit", "close", 5, 2)])
    async with visit(house) as one, visit(house) as other:
        await one.ask(TRADES)
        began = trio.current_time()
        for guest in (one, other):
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await guest.raw()
            assert closed.value.reason.code == 1006
            assert 5 <= trio.current_time() - began <= 5.2
    async with visit(house) as early:
        with pytest.raises(ConnectionClosed):
            await early.raw()
    await trio.sleep(2)
    async with visit(house) as late:
        await late.ask(TRADES)
        assert await late.read_for(10)


async def test_a_refusing_venue_turns_new_connections_away_and_keeps_the_old(autojump_clock, open_house, visit):
    # Promise: 429 for who comes, data for who is in, welcome again when healed.
    house = open_house(faults=[Fault("upbit", "refuse", 1, 10)])
    async with visit(house) as guest:
        await guest.ask(TRADES)
        await trio.sleep(2)
        assert await rejection(visit, house) == 429
        assert await guest.read_for(5)
        await trio.sleep(5)
        async with visit(house):
            pass


@venues
async def test_a_garbling_venue_mixes_nonsense_in_and_loses_nothing(autojump_clock, open_house, visit, exchange):
    # Promise: broken frames of every kind between the good ones, which are all there and in order.
    house = open_house(exchange, "crash", faults=[Fault(exchange, "garble")])
    listened = []
    async with visit(house) as guest, visit(house) as clean:
        await guest.ask(TRADES)
        await clean.ask(TRADES)
        with trio.move_on_after(25):
            while True:
                listened.append(await guest.raw())
    good, bad = [], []
    for frame in listened:
        try:
            message = msgspec.json.decode(frame)
            sound = isinstance(message, dict) and isinstance(message.get("trade_price"), float | int)
            (good if sound and message["trade_price"] > 0 else bad).append(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            bad.append(frame)
    ids = [(message["code"], message["sequential_id"]) for message in good]
    assert len(set(ids)) == len(ids)
    assert len(good) > 100
    assert len(bad) > len(good) / 6
    assert len({type(each) for each in bad}) >= 3


async def test_a_slow_venue_sends_everything_late(autojump_clock, open_house, visit):
    # Promise: the same data, a second or more after its time, in order.
    house = open_house(faults=[Fault("upbit", "slow", 5, 10)])
    async with visit(house) as guest:
        await guest.ask(TRADES)
        assert await guest.read_for(5)
        ages, places = [], []
        with trio.move_on_after(8):
            while True:
                message = await guest.read()
                ages.append(house.clock.now_ms() - message["timestamp"])
                places.append(message["timestamp"])
    assert min(ages[5:]) >= 900
    assert places == sorted(places)


async def test_faults_can_be_pulled_like_levers_and_healed(autojump_clock, open_house, visit):
    # Promise: armed at run time for so long, or for ever until healed.
    house = open_house()
    async with visit(house) as guest:
        await guest.ask(TRADES)
        house.faults.arm("stall", house.clock.now_ms())
        await guest.read_for(0.2)
        assert await guest.read_for(110) == []
        assert [row["fault"] for row in house.faults.rows(house.clock.now_ms())] == ["stall"]
        house.faults.heal()
        assert await guest.read_for(5)
        assert house.faults.rows(house.clock.now_ms()) == []


def test_a_fault_nobody_knows_cannot_be_armed():
    # Promise: a wrong name is an error where it is said, not a fault that never comes.
    with pytest.raises(KeyError):
        Faults().arm("explode", 0)
