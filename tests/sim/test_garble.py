"""Broken frames are broken in every dialect: as JSON, as text in JSON, as tagged binary fields."""

import msgspec
import pytest

from scanner.sim.garble import Garbler

NUMBERS = {"e": "trade", "s": "WAVEUSDT", "p": 0.25, "q": 12, "T": 1_790_000_000_123, "m": True}
TEXTS = {
    "arg": {"channel": "trades", "instId": "WAVE-USDT"},
    "data": [{"px": "0.2500", "sz": "12", "tradeId": "98765432", "side": "buy", "ts": "1790000000123"}],
}
ROUND = 12
"""More turns than either dialect has ways."""


def field(number, payload):
    return bytes([number << 3 | 2, len(payload)]) + payload


PRICE = field(1, b"93220.00") + field(2, b"0.04438243") + b"\x18\x02"
TAGGED = (
    field(1, b"deals@WAVEUSDT") + field(3, b"WAVEUSDT") + b"\x30\xbc\xa9\xd9\xd0\xc4\x32" + field(7, field(1, PRICE))
)


def broken(frame):
    """What a garbler makes of a frame, each way once."""
    garbler = Garbler()
    return [bad for _ in range(ROUND) for good, bad in [garbler.mix([frame])]]


def varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]  # IndexError: it has no end
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def fields(data):
    """The slow obvious reader of tagged fields: (number, value) of each; ValueError or IndexError for nonsense."""
    at, found = 0, []
    while at < len(data):
        tag, at = varint(data, at)
        size = {1: 8, 5: 4}.get(tag & 7)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            size, at = varint(data, at)
        if size is not None:
            if at + size > len(data):
                raise ValueError("cut")
            value, at = data[at : at + size], at + size
        elif tag & 7 != 0:
            raise ValueError("wire type")
        found.append((tag >> 3, value))
    return found


def deal(frame):
    """The channel and price that a reader would take out of a tagged frame; an error for a frame without them."""
    outer = dict(fields(frame))
    inner = dict(fields(dict(fields(outer[7]))[1]))
    channel, price = outer[1].decode(), float(inner[1])
    if not (price > 0 and channel == "deals@WAVEUSDT"):
        raise ValueError("nonsense")
    return price


@pytest.mark.parametrize("message", [NUMBERS, TEXTS])
@pytest.mark.parametrize("kind", [bytes, str])
def test_no_broken_json_frame_carries_a_good_price(message, kind):
    # Promise: whoever checks types and signs finds no believable number in any of them, however numbers are written.
    good = msgspec.json.encode(message)
    bad = broken(good if kind is bytes else good.decode())
    assert {type(each) for each in bad} == {kind}
    assert len(set(bad)) == len(bad)
    for each in bad:
        try:
            read = msgspec.json.decode(each)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        flat = str(read)
        assert "0.25" not in flat.replace("-", "")
        assert "1790000000123" not in flat


def test_no_broken_tagged_frame_carries_a_price():
    # Promise: cut, flipped, out of step, overlong, endless or with impossible numbers; a reader can always tell.
    assert deal(TAGGED) == 93_220.0
    bad = broken(TAGGED)
    assert TAGGED not in bad
    for each in bad:
        with pytest.raises((ValueError, IndexError, KeyError, RecursionError)):
            deal(each)


@pytest.mark.parametrize("frame", [b"", "", b"\x00", b"no fields at all", "no json", b"\xff" * 40])
def test_whatever_a_recording_holds_can_be_garbled(frame):
    # Promise: no frame brings the garbler down, and the kind of frame stays.
    assert {type(each) for each in broken(frame)} == {type(frame)}


def test_a_batch_gets_one_broken_frame_for_five_and_at_least_one():
    # Promise: all good frames are there, in order.
    frames = [f"{number}" for number in range(12)]
    mixed = Garbler().mix(frames)
    assert len(mixed) == 12 + 3
    assert [frame for frame in mixed if frame in frames][:12] == frames
    assert Garbler().mix([]) == []
