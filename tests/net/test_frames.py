"""What goes past the protocol and what through it, however the bytes are cut; held against wsproto's own reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage

from scanner.net.frames import Place, Splitter

GREETING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
TEXT, BINARY, CONTINUED, PING, CLOSE = 0x81, 0x82, 0x80, 0x89, 0x88
MAX = 1 << 20


def frame(first, payload, *, mask=False):
    """One frame as it stands on the wire; by default unmasked, as servers send."""
    size = len(payload)
    if size < 126:
        length = bytes([size])
    elif size < 65_536:
        length = b"\x7e" + size.to_bytes(2, "big")
    else:
        length = b"\x7f" + size.to_bytes(8, "big")
    head = bytes([first, length[0] | (0x80 if mask else 0), *length[1:]])
    return head + (b"\0\0\0\0" if mask else b"") + payload


def split(*reads, max_message=MAX):
    """Items and through-going bytes of a stream after its greeting, read in these pieces."""
    splitter = Splitter(max_message)
    assert splitter.feed(GREETING) == ([], GREETING)
    items, through = [], b""
    for read in reads:
        found, passed = splitter.feed(read)
        items += found
        through += passed
    return items, through


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 65_537])
def test_data_frames_of_every_length_go_past(size):
    """The three ways of writing a length, on both sides of each border."""
    payload = bytes(size)
    assert split(frame(BINARY, payload)) == ([payload], b"")
    assert split(frame(TEXT, payload)) == ([payload.decode()], b"")


def test_a_stream_cut_at_every_byte_gives_the_same():
    """Networks tear where they like; the greeting may share a read with the first frames."""
    odd = [frame(PING, b"p"), frame(0x01, b"he"), frame(PING, b""), frame(CONTINUED, b"llo")]
    frames = [frame(BINARY, b"first"), *odd]
    stream = GREETING + b"".join([*frames, frame(TEXT, "끝".encode()), frame(BINARY, bytes(300)), frame(CLOSE, b"")])
    whole = Splitter(MAX).feed(stream)
    assert whole[0] == [b"first", Place.MESSAGE, "끝", bytes(300)]
    assert whole[1] == GREETING + b"".join(odd) + frame(CLOSE, b"")
    for cut in range(len(stream) + 1):
        splitter = Splitter(MAX)
        (items, through), (more, rest) = splitter.feed(stream[:cut]), splitter.feed(stream[cut:])
        assert (items + more, through + rest) == whole
    splitter = Splitter(MAX)
    pieces = [splitter.feed(bytes([byte])) for byte in stream]
    assert ([item for items, _ in pieces for item in items], b"".join(through for _, through in pieces)) == whole


@pytest.mark.parametrize(
    "odd",
    [
        frame(BINARY, b"masked", mask=True),
        frame(0xC2, b"compressed"),
        frame(TEXT, b"\xff\xfe"),
        frame(0x83, b"unknown opcode"),
        frame(BINARY, bytes(MAX + 1)),
    ],
    ids=["masked", "compressed", "not UTF-8", "unknown", "too large"],
)
def test_what_is_not_plain_is_the_protocol_s_business(odd):
    """It passes as it came, in its place, and what follows is still found."""
    items, through = split(frame(BINARY, b"before") + odd + frame(BINARY, b"after"))
    assert items == [b"before", Place.MESSAGE, b"after"]
    assert through == odd


def test_a_huge_claim_takes_no_memory():
    """A frame that says it has 2^62 bytes passes through as it comes; nothing waits for its end."""
    head = bytes([BINARY, 127]) + (1 << 62).to_bytes(8, "big")
    splitter = Splitter(MAX)
    splitter.feed(GREETING)
    assert splitter.feed(head) == ([], head)
    assert splitter.feed(bytes(100_000)) == ([], bytes(100_000))
    assert splitter._rest == b""


frames = st.one_of(
    st.binary(max_size=300).map(lambda payload: frame(BINARY, payload)),
    st.text(max_size=100).map(lambda text: frame(TEXT, text.encode())),
    st.binary(max_size=125).map(lambda payload: frame(PING, payload)),
    st.lists(st.binary(max_size=40), min_size=2, max_size=4).map(
        lambda parts: b"".join(
            frame(0x02 if not n else 0x00, part) if n < len(parts) - 1 else frame(CONTINUED, part)
            for n, part in enumerate(parts)
        )
    ),
)


@given(st.lists(frames, max_size=12), st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_the_messages_are_those_that_wsproto_reads(stream, sizes):
    """Against the protocol's own reading of all bytes: same messages, same order, and it still sees all the rest."""
    data = b"".join(stream)
    reads, position = [], 0
    while position < len(data):
        size = sizes[len(reads) % len(sizes)]
        reads.append(data[position : position + size])
        position += size
    items, through = split(*reads)
    own = iter(messages(through))
    assert [next(own) if item is Place.MESSAGE else item for item in items] == messages(data)
    assert next(own, None) is None


def messages(data):
    """The messages in a server's bytes, as wsproto puts them together."""
    connection = Connection(ConnectionType.CLIENT)
    connection.receive_data(data)
    found, parts = [], []
    for event in connection.events():
        if isinstance(event, TextMessage | BytesMessage):
            parts.append(event.data if isinstance(event, TextMessage) else bytes(event.data))
            if event.message_finished:
                found.append(parts[0][:0].join(parts))
                parts = []
    return found
