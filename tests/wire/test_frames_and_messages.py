"""What goes into a pipe comes out the same, however the bytes were torn, and nonsense is refused where it arrives."""

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Gap, Notice, OrderBook, Subscription, Ticker, Trade
from scanner.model.pulse import Link, Pulse
from scanner.wire.frames import MAX_FRAME, BadFrame, FrameReader, frame
from scanner.wire.messages import (
    BadMessage,
    Batch,
    Farewell,
    Inventory,
    Listening,
    Stop,
    Want,
    WorkerSpec,
    decode_down,
    decode_spec,
    decode_up,
    encode,
)

BTC = Instrument("BTC", "KRW")
EVENTS = [
    Ticker("upbit", BTC, 1, 2, 1.5, 2.5, 3.5),
    Trade("upbit", BTC, 1, 2, "17", 109_000_000.0, 0.001, "buy"),
    OrderBook("bithumb", BTC, 1, 2, ((99.0, 1.0), (98.0, 2.0)), (), 7),
    BookTop("okx", Instrument("BTC", "USDT", "perpetual"), 1, 2, (1.0, 2.0), (3.0, 4.0)),
    Candle("upbit", BTC, 1, 2, 60, 1.0, 2.0, 0.5, 1.5, 10.0, 15.0),
    Notice("bithumb", BTC, 1, 2, "caution", "PRICE_FLUCTUATIONS"),
    Gap("upbit", "trade", (BTC, Instrument("ETH", "KRW")), 1, 2, "closed"),
]
MESSAGES = [
    Batch(EVENTS),
    Pulse(5, {"messages": {"": 3}}, (Link("upbit-0", "wss://x", "live", 1, 50),), 4, "", 0.5, 1000),
    Inventory((BTC,), {"NOPE/KRW": "NOP/KRW"}),
    Listening({"upbit": {"rest_url": "http://127.0.0.1:1", "ws_url": "ws://127.0.0.1:2"}}),
    Farewell(),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_message_comes_back_as_it_went(message):
    """Types included: a trade is a trade again, a tuple of levels a tuple."""
    assert decode_up(encode(message)) == message


@given(st.lists(st.sampled_from(EVENTS), max_size=20))
def test_batches_are_written_byte_by_byte_as_msgpack_writes_them(events):
    """They take a faster road, which leads to the same place: anybody who reads msgpack reads our pipes."""
    assert encode(Batch(events)) == msgpack.packb(msgspec.to_builtins(Batch(events)))


def test_control_and_specification_come_back_too():
    """The other two directions."""
    where = {"rest_url": "http://x"}
    spec = WorkerSpec("upbit", 0, 1, ("KRW",), (), ("trade",), 30, ("stable",), where, "info", log_json=True)
    wish = Want("gateway", (Subscription("orderbook", Instrument("BTC", "KRW")),))
    assert decode_down(encode(Stop(3.0))) == Stop(3.0)
    assert decode_down(encode(wish)) == wish
    assert decode_spec(encode(spec)) == spec


def test_a_stream_cut_at_every_byte_gives_the_same_messages():
    """Pipes tear where they like."""
    payloads = [encode(message) for message in MESSAGES]
    stream = b"".join(map(frame, payloads))
    for cut in range(len(stream) + 1):
        reader = FrameReader()
        assert reader.feed(stream[:cut]) + reader.feed(stream[cut:]) == payloads
        assert reader.pending == 0


@given(st.lists(st.binary(max_size=300), max_size=20), st.lists(st.integers(1, 50), min_size=1))
def test_any_payloads_survive_any_tearing(payloads, sizes):
    """Framing knows nothing of what it carries."""
    stream, reader, out, turn = b"".join(map(frame, payloads)), FrameReader(), [], 0
    while stream:
        size = sizes[turn % len(sizes)]
        out += reader.feed(stream[:size])
        stream, turn = stream[size:], turn + 1
    assert out == payloads


def test_a_length_over_the_cap_is_refused_before_it_is_believed():
    """A wild length must not make us wait for four gigabytes."""
    with pytest.raises(BadFrame, match=str(MAX_FRAME)):
        FrameReader().feed((MAX_FRAME + 1).to_bytes(4, "little"))
    with pytest.raises(BadFrame, match=str(MAX_FRAME)):
        frame(bytes(MAX_FRAME + 1))


@given(st.binary(max_size=400))
def test_arbitrary_payloads_raise_only_bad_message(payload):
    """Whatever is in a frame, the reader gets a value of ours or one named error."""
    for decode in (decode_up, decode_down, decode_spec):
        try:
            decode(payload)
        except BadMessage as error:
            assert str(len(payload)) in str(error)  # noqa: PT017 - not raising is fine too
