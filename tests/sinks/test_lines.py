"""Standard output as an actor: whole lines out, a slow reader costs lines, a reader that left costs nothing."""

import os

import trio
import trio.testing

from scanner.sinks import lines
from scanner.sinks.lines import Lines


async def test_lines_leave_whole_and_in_order():
    """Each with its newline, all that waited before closing."""
    read, write = os.pipe()
    out = Lines(write)
    for number in range(3):
        await out.write(f'{{"n":{number}}}')
    out.close()
    await out.run()
    assert out.written.is_set()
    assert os.read(read, 1000) == b'{"n":0}\n{"n":1}\n{"n":2}\n'
    os.close(read)
    os.close(write)


async def test_a_reader_that_left_is_noticed_without_an_error():
    """`| head` closes its end; we stop writing, and say so to whoever waits."""
    read, write = os.pipe()
    os.close(read)
    out = Lines(write)
    out.put("anything")
    await out.run()
    assert out.closed.is_set()
    out.put("more")
    os.close(write)


async def test_a_stuck_reader_costs_the_oldest_lines_and_they_are_counted(monkeypatch):
    """The pipe is full and nobody reads: senders never wait, and ending does not either."""
    monkeypatch.setattr(lines, "WAITING_LINES", 10)
    read, write = os.pipe()
    out = Lines(write)
    long = "x" * 100_000
    async with trio.open_nursery() as nursery:
        nursery.start_soon(out.run)
        out.put(long)
        await trio.testing.wait_all_tasks_blocked(0.05)
        for _ in range(15):
            out.put("y")
        assert out.dropped == 5
        nursery.cancel_scope.cancel()
    os.close(read)
    os.close(write)
