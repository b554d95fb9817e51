"""The bus over real pipes: what is sent arrives whole and in order, and the end is noticed on both sides."""

import os
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def turns_of_the_loop():
    """A list that grows with each."""
    turns = []

    async def count():
        while True:
            await trio.lowlevel.checkpoint()
            turns.append(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(count)
        while not turns:
            await trio.lowlevel.checkpoint()
        yield turns
        nursery.cancel_scope.cancel()


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


async def test_many_small_messages_leave_room_for_others():
    """One turn of the loop for each, however many came with one read: the engine is not to be held up by a jam."""
    reader, writer = pipe()
    for _ in range(100):
        await writer.send(Farewell())
    async with turns_of_the_loop() as turns:
        for _ in range(100):
            assert await reader.receive() == Farewell()
    assert len(turns) >= 99
    await writer.aclose()
    await reader.aclose()


async def test_what_the_pipe_has_room_for_is_sent_without_a_turn_of_the_loop():
    """A turn costs more than encoding and writing together; that it waits when there is no room stands above."""
    reader, writer = pipe()
    async with turns_of_the_loop() as turns:
        before = len(turns)
        await writer.send(Farewell())
        assert len(turns) == before
    assert await reader.receive() == Farewell()
    await writer.aclose()
    await reader.aclose()


async def test_a_message_waits_for_the_one_before_it_and_then_for_nobody():
    """Short ones do not slip into the middle of a long one, nor do they overtake it."""
    reader, writer = pipe()
    heard = []
    async with trio.open_nursery() as nursery:
        for number in range(30):
            nursery.start_soon(writer.send, batch(number * 512, 512))
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(writer.send, Farewell())
        while len(heard) < 31:
            heard.append(await reader.receive())
    assert sorted(message.events[0].at for message in heard[:-1]) == [number * 512 for number in range(30)]
    assert heard[-1] == Farewell()
    await writer.aclose()
    await reader.aclose()


async def test_a_cancelled_sender_that_had_not_begun_tears_nothing():
    """It left no byte, so others go on."""
    reader, writer = pipe()
    with trio.CancelScope() as scope:
        scope.cancel()
        await writer.send(batch(0, 1))
    await writer.send(Farewell())
    assert await reader.receive() == Farewell()
    await writer.aclose()
    await reader.aclose()


async def test_a_closed_end_is_of_no_more_use():
    """Whoever waits there, or comes later, is told; so is a sender of a writer that was closed."""
    reader, writer = pipe()
    async with trio.open_nursery() as nursery:

        async def wait():
            with pytest.raises(BusClosed, match="closed meanwhile"):
                await reader.receive()

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        await reader.aclose()
    with pytest.raises(BusClosed, match="this end is closed"):
        await reader.receive()
    await writer.aclose()
    with pytest.raises(BusClosed):
        await writer.send(Farewell())
