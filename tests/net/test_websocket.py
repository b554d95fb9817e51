"""A venue's socket: every way of not getting in has a name and an address, and what comes in comes in order."""

from base64 import b64encode
from hashlib import sha1

import pytest
import trio
import trio.testing
from trio.testing import memory_stream_pair
from trio_websocket import ConnectionClosed, wrap_server_stream

from scanner.net import tap, websocket
from scanner.net.failure import Unreachable
from scanner.net.websocket import Disconnected, open_websocket

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
URL = "ws://venue.test:9001/websocket/v1"


@pytest.fixture
def venue(monkeypatch):
    """The other end of the next connection, as a plain stream."""
    ours, theirs = memory_stream_pair()

    async def dial(_url):
        await trio.lowlevel.checkpoint()
        return ours

    monkeypatch.setattr(websocket, "_open_stream", dial)
    return theirs


def flat(reads):
    return [frame for _seen, frames in reads for frame in frames]


async def request_head(stream):
    head = b""
    while b"\r\n\r\n" not in head:
        head += await stream.receive_some()
    return head.decode().lower()


async def test_frames_arrive_in_order_text_and_binary(venue):
    """Venues send both kinds; neither is changed on the way."""
    received = []

    async def serve():
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, venue)
            socket = await request.accept()
            assert await socket.get_message() == "hello"
            for frame in (b'{"a":1}', "text", b"\x00\xff"):
                await socket.send_message(frame)
            await socket.aclose(1001, "maintenance")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with open_websocket(URL, timeout_s=5) as socket:
            await socket.send("hello")
            with pytest.raises(Disconnected, match=r"1001|maintenance"):
                while True:
                    received += flat(await socket.receive())
            assert socket.bytes_received > 0
    assert received == [b'{"a":1}', "text", b"\x00\xff"]


async def test_no_origin_header_is_sent(venue):
    """Upbit throttles requests that carry one to one in ten seconds."""
    head = ""

    async def serve():
        nonlocal head
        head = await request_head(venue)
        await venue.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(Unreachable):
            async with open_websocket(URL, timeout_s=5):
                pass
    assert "get /websocket/v1 http/1.1" in head
    assert "host: venue.test:9001" in head
    assert "origin" not in head


async def test_a_refused_upgrade_says_so_and_carries_the_venue_s_wish(venue):
    """429 is a refusal, and Retry-After is heard."""

    async def serve():
        await request_head(venue)
        await venue.send_all(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\nslow down")
        await venue.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(Unreachable) as caught:
            async with open_websocket(URL, timeout_s=5):
                pass
    assert caught.value.refused
    assert caught.value.retry_after == 7
    assert str(caught.value) == "ws://venue.test:9001: the upgrade was answered with HTTP 429: slow down"


async def test_a_venue_that_hangs_up_half_way_is_noticed_at_once(venue, autojump_clock):
    """Not after the timeout."""

    async def serve():
        await request_head(venue)
        await venue.aclose()

    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(Unreachable, match="closed during the upgrade"):
            async with open_websocket(URL, timeout_s=5):
                pass
    assert trio.current_time() == start


async def test_a_venue_that_never_answers_is_given_up_at_the_timeout(venue, autojump_clock):
    """Exactly then: name, TCP, TLS and upgrade share the one limit."""
    start = trio.current_time()
    with pytest.raises(Unreachable, match="no connection within 5 s"):
        async with open_websocket(URL, timeout_s=5):
            pass
    assert trio.current_time() - start == 5


async def test_a_closed_port_is_named_with_its_reason():
    """What an operator sees first when a venue is down."""
    listener = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener[0].socket.getsockname()[1]
    await listener[0].aclose()
    with pytest.raises(Unreachable, match=f"^ws://127.0.0.1:{port}: connection refused$"):
        async with open_websocket(f"ws://127.0.0.1:{port}/", timeout_s=5):
            pass


async def test_our_own_bug_inside_is_not_dressed_up_as_the_venue_s(venue):
    """Only failures of the connection become ours; anything else falls through as it is."""

    async def serve():
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, venue)
            await request.accept()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(ZeroDivisionError):
            async with open_websocket(URL, timeout_s=5):
                raise ZeroDivisionError


async def test_leaving_says_goodbye_but_not_for_ever(venue, autojump_clock):
    """A peer that ignores our close frame holds us for one second, no more."""

    async def accept_then_ignore():
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, venue)
            socket = await request.accept()
            socket._reader_running = False
            nursery.cancel_scope.cancel()
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(accept_then_ignore)
        async with open_websocket(URL, timeout_s=5):
            start = trio.current_time()
        assert trio.current_time() - start == 1
        nursery.cancel_scope.cancel()


async def test_what_we_say_after_the_venue_s_farewell_is_an_end_not_a_crash(venue):
    """Its close frame and our ping may cross; the protocol's own word for that must not bring the worker down."""

    async def serve():
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, venue)
            await (await request.accept()).aclose(1000)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with open_websocket(URL, timeout_s=5) as socket:
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(Disconnected):
                await socket.ping()
            with pytest.raises(Disconnected):
                await socket.send("late")


async def test_fragments_stand_where_their_last_piece_came(venue):
    """What follows a message of fragments never overtakes it: else a sequence would seem broken."""
    received = []

    async def serve():
        async with trio.open_nursery() as nursery:
            socket = await (await wrap_server_stream(nursery, venue)).accept()
            whole = b"\x82\x01a" + b"\x02\x01b" + b"\x89\x00" + b"\x80\x01c" + b"\x82\x01d"
            await socket._stream.send_all(whole)
            await socket.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with open_websocket(URL, timeout_s=5) as socket:
            with pytest.raises(Disconnected):
                while True:
                    received += flat(await socket.receive())
    assert received == [b"a", b"bc", b"d"]


async def test_pongs_go_out_while_nobody_takes_the_data(venue, autojump_clock):
    """A parser that is held up must not cost the connection."""

    async def serve(task_status):
        async with trio.open_nursery() as nursery:
            socket = await (await wrap_server_stream(nursery, venue)).accept()
            for _ in range(5_000):
                await socket.send_message(b"x" * 100)
            with trio.fail_after(5):
                await socket.ping()
            task_status.started()

    async with trio.open_nursery() as nursery:
        ponged = trio.Event()

        class Status:
            started = ponged.set

        nursery.start_soon(serve, Status)
        async with open_websocket(URL, timeout_s=5) as socket:
            await ponged.wait()
            received = []
            while len(received) < 5_000:
                batch = flat(await socket.receive())
                assert len(batch) <= tap.BATCH
                received += batch
    assert received == [b"x" * 100] * 5_000


async def test_who_falls_hopelessly_behind_is_cut_off_not_drowned(venue, monkeypatch):
    """What had come is still told, and the end says why."""
    monkeypatch.setattr(tap, "WAITING_BYTES", 10_000)

    async def serve():
        async with trio.open_nursery() as nursery:
            socket = await (await wrap_server_stream(nursery, venue)).accept()
            with pytest.raises((ConnectionClosed, trio.BrokenResourceError)):
                while True:
                    await socket.send_message(b"x" * 1_000)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with open_websocket(URL, timeout_s=5) as socket:
            await socket._tap.ended.wait()
            received = []
            with pytest.raises(Disconnected, match="keep up"):
                while True:
                    received += flat(await socket.receive())
    assert len(received) == 10
    assert set(received) == {b"x" * 1_000}


async def test_a_message_that_is_too_large_closes_with_its_code(venue):
    """1009, by the protocol's own hand."""
    codes = []

    async def serve():
        async with trio.open_nursery() as nursery:
            socket = await (await wrap_server_stream(nursery, venue)).accept()
            with pytest.raises(ConnectionClosed) as closed:
                await socket.send_message(bytes(websocket.MAX_MESSAGE + 1))
                await socket.get_message()
            codes.append(closed.value.reason.code)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        async with open_websocket(URL, timeout_s=5) as socket:
            with pytest.raises(Disconnected):
                while True:
                    await socket.receive()
    assert codes == [1009]


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 101 Hm\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm9uZQ==\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 120_000 + b"\r\n\r\n",
    ],
    ids=["no HTTP", "wrong key", "no upgrade", "broken chunks", "endless header"],
)
async def test_an_answer_that_is_no_websocket_s_is_a_venue_that_cannot_be_reached(venue, answer, autojump_clock):
    """Whatever stands at that address: its bytes never make a worker fall."""

    async def serve():
        await request_head(venue)
        await venue.send_all(answer)
        await venue.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(Unreachable, match=r"venue\.test"):
            async with open_websocket(URL, timeout_s=5):
                pass


async def test_a_ping_that_crosses_our_farewell_is_no_crash(venue, autojump_clock):
    """trio-websocket answers it where the protocol allows no answer; what ended the conversation is what counts."""

    class Ours(Exception):
        pass

    async def serve():
        head = b""
        while b"\r\n\r\n" not in head:
            head += await venue.receive_some()
        key = head.lower().partition(b"sec-websocket-key: ")[0]
        key = head[len(key) + len(b"sec-websocket-key: ") :].partition(b"\r\n")[0]
        accept = b64encode(sha1(key + GUID, usedforsecurity=False).digest())
        upgrade = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        await venue.send_all(upgrade + accept + b"\r\n\r\n")
        while await venue.receive_some():
            await venue.send_all(b"\x89\x00")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(Ours):
            async with open_websocket(URL, timeout_s=5) as socket:
                await socket.send("last")
                raise Ours
        nursery.cancel_scope.cancel()
