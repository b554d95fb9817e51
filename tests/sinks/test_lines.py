"""Standard output as an actor: whole lines out, a slow reader costs lines, a reader that left costs nothing."""

import errno
import os

import pytest
import structlog
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
    assert out.failure == ""
    out.put("more")
    assert out.dropped == 0
    os.close(write)


async def test_a_full_disk_is_said_once_and_every_line_it_cost_is_counted():
    """Anything but a reader that left is a failure with its reason, so that the run can end with an error."""
    full = os.open("/dev/full", os.O_WRONLY)
    out = Lines(full)
    out.put("one")
    out.put("two")
    with structlog.testing.capture_logs() as logged:
        await out.run()
    assert out.failure == "No space left on device"
    assert out.closed.is_set()
    assert out.written.is_set()
    assert [(line["event"], line["reason"]) for line in logged] == [
        ("standard output cannot be written", "No space left on device")
    ]
    out.put("three")
    assert out.dropped == 3
    os.close(full)


async def test_lines_that_left_before_the_disk_was_full_are_not_counted_as_lost(monkeypatch):
    """A write may take half of what it is given: whole lines that were taken count as written."""
    answers = [len("one\ntw"), OSError(errno.ENOSPC, "full")]

    monkeypatch.setattr(os, "write", answering(*answers))
    out = Lines(1)
    for line in ("one", "two", "three"):
        out.put(line)
    await out.run()
    assert (out.failure, out.dropped) == ("full", 2)


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("opens", [True, False], ids=["opened again", "as it is"])
async def test_a_full_pipe_is_waited_for(monkeypatch, blocking, opens):
    """Under node or ssh, write(2) says "try again": nothing is lost, nothing fails, and order stays.

    Whoever shares the descriptor finds it as it was. Where the pipe cannot be opened again a thread waits for it.
    """
    read, write = os.pipe()
    os.set_blocking(write, blocking)
    if not opens:
        monkeypatch.setattr(os, "open", answering(FileNotFoundError(errno.ENOENT, "no /proc")))
    out = Lines(write)
    long = [f"{number}" * 70_000 for number in range(5)]
    for line in long:
        out.put(line)
    out.close()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(out.run)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert not out.written.is_set()
        received = await received_until(out.written, read)
    assert received == "".join(f"{line}\n" for line in long).encode()
    assert (out.failure, out.dropped) == ("", 0)
    assert os.get_blocking(write) is blocking
    os.close(read)
    os.close(write)


async def test_a_reader_that_leaves_a_full_pipe_is_noticed_without_an_error():
    read, write = os.pipe()
    out = Lines(write)
    out.put("x" * 200_000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(out.run)
        await trio.testing.wait_all_tasks_blocked(0.05)
        os.close(read)
    assert out.closed.is_set()
    assert out.failure == ""
    os.close(write)


async def test_a_descriptor_that_cannot_be_waited_for_is_tried_again_in_a_moment(autojump_clock, monkeypatch, tmp_path):
    """Epoll refuses some descriptors, files among them; a write that must wait there costs a short sleep."""
    answers = [BlockingIOError(errno.EAGAIN, "again"), BlockingIOError(errno.EAGAIN, "again"), len("one\n")]

    with (tmp_path / "out").open("w") as file:
        out = Lines(file.fileno())
        out.put("one")
        out.close()
        monkeypatch.setattr(os, "write", answering(*answers))
        started = trio.current_time()
        await out.run()
        monkeypatch.undo()
    assert trio.current_time() - started == pytest.approx(2 * lines.RETRY_S)
    assert (out.failure, out.dropped) == ("", 0)


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


def answering(*answers):
    """An os.write that says these things in turn: how many bytes it took, or an error."""
    coming = iter(answers)

    def write(fd, data):
        answer = next(coming)
        if isinstance(answer, OSError):
            raise answer
        return answer

    return write


async def received_until(over, read):
    """What comes out of a pipe until the writer says that this was all."""
    received = bytearray()
    os.set_blocking(read, False)
    while True:
        try:
            received += os.read(read, 10_000)
        except BlockingIOError:
            if over.is_set():
                return received
            await trio.sleep(0.01)
