"""A TCP connection, from its first byte to each of its ends."""

import struct

import pytest
import trio
import trio.testing

from scanner.net import tcp


async def pair(nursery):
    """Our stream, and the socket at its other end."""
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    ours = await tcp.connect("127.0.0.1", listener.socket.getsockname()[1])
    theirs = await listener.accept()
    nursery.start_soon(listener.aclose)
    return ours, theirs


async def test_what_is_sent_arrives_both_ways_and_the_end_is_empty(nursery):
    """However much it is, in order."""
    ours, theirs = await pair(nursery)
    sent = bytes(range(256)) * 8_000
    nursery.start_soon(ours.send_all, sent)
    received = b""
    while len(received) < len(sent):
        received += await theirs.receive_some()
    assert received == sent
    await theirs.send_all(b"answer")
    assert await ours.receive_some(3) == b"ans"
    assert await ours.receive_some() == b"wer"
    await theirs.aclose()
    assert await ours.receive_some() == b""
    await ours.aclose()


async def test_a_peer_that_resets_breaks_the_stream(nursery):
    """An error of the network is no end."""
    ours, theirs = await pair(nursery)
    theirs.socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, struct.pack("ii", 1, 0))
    await theirs.aclose()
    with pytest.raises(trio.BrokenResourceError):
        await ours.receive_some()
    await ours.aclose()


async def test_who_waits_for_bytes_hears_that_the_stream_was_closed(nursery):
    """Closed under the reader or before it asks: never a wait without an end, never somebody else's bytes."""
    ours, theirs = await pair(nursery)

    async def read():
        with pytest.raises(trio.ClosedResourceError):
            await ours.receive_some()

    async with trio.open_nursery() as reading:
        reading.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        await ours.aclose()
    await read()
    await theirs.aclose()


async def test_nobody_at_the_address_is_an_ordinary_error():
    """What `open_websocket` makes a venue that cannot be reached of."""
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    with pytest.raises(OSError, match=r"refused|failed"):
        await tcp.connect("127.0.0.1", port)
