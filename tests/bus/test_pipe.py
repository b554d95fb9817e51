"""The bus over real pipes: what is sent arrives whole and in order, and the end is noticed on both sides."""

import os

import pytest
import trio
import trio.testing

from scanner.bus.base import BusClosed
from scanner.bus.pipe import PipeReader, PipeWriter
from scanner.model.instrument import Instrument
from scanner.model.market import Trade
from scanner.wire.frames import BadFrame
from scanner.wire.messages import BadMessage, Batch, Farewell, decode_up


def pipe():
    read, write = os.pipe()
    return PipeReader(read, decode_up), PipeWriter(write)


def batch(first, count):
    coin = Instrument("BTC", "KRW")
    return Batch([Trade("upbit", coin, n, n, str(n), 1.0, 1.0, "buy") for n in range(first, first + count)])


async def test_many_batches_from_several_senders_arrive_whole():
    """Each message leaves in one piece, whatever the others do; together far more than a pipe holds."""
    reader, writer = pipe()
    received = []

    async def send(first):
        for number in range(20):
            await writer.send(batch(first + number * 512, 512))

    async def read():
        while len(received) < 60:
            received.append(await reader.receive())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        for sender in range(3):
            nursery.start_soon(send, sender * 1_000_000)
    assert {len(message.events) for message in received} == {512}
    for sender in range(3):
        mine = [m.events[0].at for m in received if m.events[0].at // 1_000_000 == sender]
        assert mine == sorted(mine)
    await writer.aclose()
    await reader.aclose()


async def test_the_end_of_the_writer_is_the_end_of_the_stream_after_what_was_sent():
    """Last words are heard."""
    reader, writer = pipe()
    await writer.send(Farewell())
    await writer.aclose()
    assert await reader.receive() == Farewell()
    with pytest.raises(BusClosed, match="0 bytes"):
        await reader.receive()
    await reader.aclose()


async def test_a_writer_without_a_reader_is_told():
    """A worker whose parent is gone must not write into the void."""
    reader, writer = pipe()
    await reader.aclose()
    with pytest.raises(BusClosed):
        await writer.send(Farewell())
    await writer.aclose()


async def test_after_a_torn_message_nothing_more_is_said():
    """A send cancelled half-way leaves half a frame; what followed would be read as the rest of it."""
    reader, writer = pipe()
    with trio.move_on_after(0.1):
        while True:
            await writer.send(batch(0, 512))
    with pytest.raises(BusClosed, match="torn"):
        await writer.send(Farewell())
    await writer.aclose()
    with pytest.raises(BusClosed, match="unfinished"):
        while True:
            assert await reader.receive() == batch(0, 512)
    await reader.aclose()


async def test_nonsense_is_named_not_guessed_at():
    """A wild length is a broken frame; a good frame of strange bytes is a bad message."""
    for raw, error in ((b"\xff\xff\xff\xff", BadFrame), (b"\x01\x00\x00\x00\xc1", BadMessage)):
        read, write = os.pipe()
        os.write(write, raw)
        reader = PipeReader(read, decode_up)
        with pytest.raises(error):
            await reader.receive()
        os.close(write)
        await reader.aclose()


async def test_a_full_pipe_holds_the_sender_until_it_is_read():
    """Pressure runs back; nothing is dropped here."""
    reader, writer = pipe()
    sent = []

    async def send():
        for number in range(40):
            await writer.send(batch(number * 512, 512))
            sent.append(number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert 0 < len(sent) < 40
        for number in range(40):
            assert (await reader.receive()).events[0].at == number * 512
    await writer.aclose()
    await reader.aclose()
