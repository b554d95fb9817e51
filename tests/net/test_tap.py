"""The tap: whole frames taken off a byte stream, dated when they were read, gathered when they come thick."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from scanner.net import tap as module
from scanner.net.tap import BATCH, FULL_BYTES, GATHER_FROM, GATHER_S, Tap

GREETING = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
MAX = 65_536


def frame(payload):
    assert len(payload) < 126
    return bytes((0x82, len(payload))) + payload


FRAGMENTED = b"\x02\x01b" + b"\x80\x01c"
"""One message in two pieces."""


class Reads(trio.abc.Stream):
    """A network that gives what it is told to, one piece a read, and notes when it was asked."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)
        self.asked = []

    async def receive_some(self, _most):
        self.asked.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        return self.pieces.pop(0) if self.pieces else b""

    async def send_all(self, data):
        raise NotImplementedError

    async def wait_send_all_might_not_block(self):
        raise NotImplementedError

    async def aclose(self):
        await trio.lowlevel.checkpoint()


async def drained(stream):
    """A tap whose network has been read to its end, and what went to the protocol."""
    tap = Tap(stream, MAX)
    through = b""
    while data := await tap.receive_some():
        through += data
    return tap, through


async def pauses(*pieces):
    """Between the reads that brought these and the reads after them."""
    stream = Reads(GREETING, *pieces)
    await drained(stream)
    return [round(later - sooner, 6) for sooner, later in zip(stream.asked[1:], stream.asked[2:], strict=False)]


async def test_after_few_frames_the_next_is_waited_for_as_it_comes(autojump_clock):
    """On an ordinary day nothing is held back; after a single frame nothing ever is."""
    assert GATHER_FROM > 1
    assert await pauses(frame(b"a"), frame(b"b") * (GATHER_FROM - 1), frame(b"c")) == [0, 0, 0]


async def test_after_many_frames_more_gather_for_two_milliseconds(autojump_clock):
    """Once for each read that brought many, and not one moment longer."""
    assert GATHER_S <= 0.002
    assert await pauses(frame(b"a") * GATHER_FROM, frame(b"b"), frame(b"c") * 9, frame(b"d")) == [
        GATHER_S,
        0,
        GATHER_S,
        0,
    ]


async def test_after_a_full_read_the_rest_is_fetched_at_once(autojump_clock):
    """A backlog is no reason to wait for more."""
    full = frame(bytes(100)) * (FULL_BYTES // 102 + 1)
    assert await pauses(full, frame(b"b") * GATHER_FROM, frame(b"c")) == [0, GATHER_S, 0]


async def test_what_is_no_data_never_makes_frames_wait(autojump_clock):
    """Control frames and half a frame are one event each, at most."""
    assert await pauses(b"\x89\x00\x89\x00\x89\x00", frame(b"a") + frame(b"b")[:2], frame(b"b")[2:]) == [0, 0, 0]


async def test_frames_that_have_come_are_there_while_others_gather(autojump_clock):
    """The pause is before the next read; nobody waits for it who has something to take."""
    tap = Tap(Reads(GREETING, frame(b"a") * GATHER_FROM, frame(b"c")), MAX)
    await tap.receive_some()
    async with trio.open_nursery() as nursery:
        start = trio.current_time()
        nursery.start_soon(tap.receive_some)
        await tap.wait()
        assert [frames for _, frames in tap.take()] == [[b"a"] * GATHER_FROM]
        assert trio.current_time() == start
        await tap.wait()
        assert trio.current_time() == pytest.approx(start + GATHER_S)


async def test_frames_are_dated_when_they_were_read_not_when_they_are_taken(monkeypatch):
    """A parser that is late must not make the news look younger."""
    moments = iter((100, 200, 300))
    monkeypatch.setattr(module, "time_ns", lambda: next(moments))
    tap, _ = await drained(Reads(GREETING, frame(b"a"), frame(b"b"), b"\x89\x00", frame(b"c")))
    assert tap.take() == [(100, [b"a"]), (200, [b"b"]), (300, [b"c"])]


async def test_a_great_read_is_taken_in_portions_and_keeps_its_date(monkeypatch):
    """No portion holds the loop longer than another; the order stays."""
    monkeypatch.setattr(module, "time_ns", lambda: 7)
    count = 2 * BATCH + 3
    tap, _ = await drained(Reads(GREETING, b"".join(frame(b"%d" % number) for number in range(count))))
    portions = []
    while portion := tap.take():
        portions.append(portion)
    assert [sum(len(frames) for _, frames in portion) for portion in portions] == [BATCH, BATCH, 3]
    frames = [one for portion in portions for seen, frames in portion for one in frames if seen == 7]
    assert frames == [b"%d" % number for number in range(count)]


async def test_nothing_overtakes_a_message_that_the_protocol_has_not_told_yet(monkeypatch):
    """Else a sequence would seem broken that is not."""
    monkeypatch.setattr(module, "time_ns", lambda: 7)
    tap, through = await drained(Reads(GREETING, frame(b"a") + FRAGMENTED + frame(b"d"), frame(b"e")))
    assert through == GREETING + FRAGMENTED
    assert tap.take() == [(7, [b"a"])]
    assert tap.take() == []
    tap.deliver(b"bc")
    assert tap.take() == [(7, [b"bc", b"d"]), (7, [b"e"])]


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(1, 5))
def test_frames_come_out_once_and_in_order_however_they_were_read(sizes, room):
    """Reads of any number of frames, portions of any size."""

    async def main():
        pieces, names = [], []
        for size in sizes:
            fresh = [b"%d" % number for number in range(len(names), len(names) + size)]
            names += fresh
            pieces.append(b"".join(map(frame, fresh)) or b"\x89\x00")
        tap, _ = await drained(Reads(GREETING, *pieces))
        taken = []
        while portion := tap.take():
            assert sum(len(frames) for _, frames in portion) <= room
            taken += [one for _, frames in portion for one in frames]
        assert taken == names

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH", room)
        patch.setattr(module, "GATHER_S", 0)
        trio.run(main)


async def test_who_keeps_up_but_never_catches_up_is_not_cut_off(monkeypatch):
    """What counts is what waits now, not all that ever came."""
    monkeypatch.setattr(module, "WAITING_BYTES", 1_000)
    monkeypatch.setattr(module, "BATCH", 1)
    monkeypatch.setattr(module, "GATHER_S", 0)
    stream = Reads(GREETING)
    tap = Tap(stream, MAX)
    assert await tap.receive_some() == GREETING
    taken = 0
    for number in range(100):
        stream.pieces += [frame(bytes(98)), b"\x89\x00"]
        await tap.receive_some()
        if number > 1:
            taken += len(tap.take())
    assert taken == 98
    assert not tap.overrun


async def test_a_great_frame_counts_with_all_its_bytes(monkeypatch):
    """However many reads it took: what waits is bounded by what it holds."""
    monkeypatch.setattr(module, "WAITING_BYTES", 1_000)
    great = bytes((0x82, 126)) + (600).to_bytes(2, "big") + bytes(600)
    pieces = [great[start : start + 50] for start in range(0, len(great), 50)]
    tap = Tap(Reads(GREETING, *pieces, *pieces), MAX)
    assert await tap.receive_some() == GREETING
    with pytest.raises(trio.BrokenResourceError):
        await tap.receive_some()
    assert tap.overrun
    assert [len(one) for _, frames in tap.take() for one in frames] == [600, 600]
