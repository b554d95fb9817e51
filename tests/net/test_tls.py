"""TLS to a venue: who it is is always checked, all that has come is read at once, and every end is an end."""

import ssl

import pytest
import trio
import trustme
from trio.testing import lockstep_stream_pair, memory_stream_pair

from scanner.net import tls

HOST = "venue.test"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusting(authority):
    """As the machine's own context is, with one authority more."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def venue(authority, stream, *names):
    """The other end, as trio itself does TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*(names or (HOST,))).configure_cert(context)
    return trio.SSLStream(stream, context, server_side=True, https_compatible=True)


async def test_what_was_sent_arrives_both_ways(authority, trusting):
    """Large and small, in order, over records and reads of any size."""
    ours, theirs = lockstep_stream_pair()
    server = venue(authority, theirs)
    payload = bytes(range(256)) * 1_000
    heard = b""

    async def serve():
        nonlocal heard
        while len(heard) < 5:
            heard += await server.receive_some()
        await server.send_all(payload)
        await server.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        stream = await tls.connect(ours, HOST, trusting)
        await stream.send_all(b"hello")
        got = b""
        while data := await stream.receive_some():
            got += data
        await stream.aclose()
    assert heard == b"hello"
    assert got == payload


async def test_every_record_that_has_come_is_read_in_one_go(authority, trusting):
    """Two hundred messages in as many records cost one wake-up."""
    ours, theirs = memory_stream_pair()
    server = venue(authority, theirs)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.do_handshake)
        stream = await tls.connect(ours, HOST, trusting)
    for number in range(200):
        await server.send_all(f"<{number}>".encode())
    assert await stream.receive_some() == b"".join(f"<{number}>".encode() for number in range(200))


@pytest.mark.parametrize(
    ("names", "trusted", "why"),
    [(("other.test",), True, "[Hh]ostname"), ((HOST,), False, "unable to get local issuer")],
)
async def test_somebody_else_is_not_talked_to(authority, trusting, names, trusted, why):
    """A certificate for another name, or of an authority that nobody knows: no byte of ours reaches them."""
    ours, theirs = memory_stream_pair()
    server = venue(authority, theirs, *names)

    async def serve():
        with pytest.raises(trio.BrokenResourceError):
            await server.do_handshake()
            await server.receive_some()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        with pytest.raises(ssl.SSLCertVerificationError, match=why):
            await tls.connect(ours, HOST, trusting if trusted else None)


async def test_a_venue_that_hangs_up_in_the_handshake_is_an_error(trusting):
    """Not an end of data: nothing has been agreed on."""
    ours, theirs = memory_stream_pair()
    async with trio.open_nursery() as nursery:

        async def hang_up():
            await theirs.receive_some()
            await theirs.aclose()

        nursery.start_soon(hang_up)
        with pytest.raises(trio.BrokenResourceError, match="handshake"):
            await tls.connect(ours, HOST, trusting)


@pytest.mark.parametrize("polite", [True, False])
async def test_an_end_is_an_end_with_or_without_a_notice(authority, trusting, polite):
    """Many servers just hang up; the WebSocket above knows whether that was all right."""
    ours, theirs = memory_stream_pair()
    server = venue(authority, theirs)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.do_handshake)
        stream = await tls.connect(ours, HOST, trusting)
    await server.send_all(b"last words")
    if polite:
        await server.aclose()
    else:
        await trio.aclose_forcefully(theirs)
    assert await stream.receive_some() == b"last words"
    assert await stream.receive_some() == b""
    await stream.aclose()


async def test_garbled_records_break_the_stream(authority, trusting):
    """Somebody is in between, or something is broken: nothing more can be believed."""
    ours, theirs = memory_stream_pair()
    server = venue(authority, theirs)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.do_handshake)
        stream = await tls.connect(ours, HOST, trusting)
    await theirs.send_all(b"\x17\x03\x03\x00\x20" + bytes(32))
    with pytest.raises(trio.BrokenResourceError, match="TLS"):
        await stream.receive_some()
