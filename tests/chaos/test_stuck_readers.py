"""Whoever reads our log or our lines may be stuck, gone or non-blocking: the scanner goes on, and ends well."""

import json
import os
import signal
import sys
from contextlib import asynccontextmanager

import pytest
import trio

from tests.chaos.house import PATIENCE_S, House, descendants, gone, kill, running
from tests.chaos.test_hostile_surroundings import closed_port

QUIET = ("start", "--market", "KRW", "--json", "--sim", "quiet", "--log-level", "debug")


def full_pipe():
    """(read, write) of a pipe that takes no more, and blocks whoever tries."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(write, b" " * 4096)
    os.set_blocking(write, True)
    return read, write


@asynccontextmanager
async def logging_to(stderr, *arguments):
    """`scanner …` whose log goes to this descriptor, which is closed here; killed with its family on leaving."""
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "scanner", *map(str, arguments)], stdin=None, stdout=-1, stderr=stderr
    )
    os.close(stderr)
    house = House(process)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.read_lines)
            yield house
            nursery.cancel_scope.cancel()
    finally:
        family = descendants(process.pid)
        if process.poll() is None:
            process.kill()
        for pid in family:
            kill(pid)


async def test_a_log_that_nobody_reads_holds_up_nothing():
    """Ctrl-S, a stalled collector: trades keep coming in from every worker, and SIGTERM ends all with code 0."""
    read, write = full_pipe()
    async with logging_to(write, *QUIET, "--ops-port", 0) as house:
        await house.ready()
        for exchange in ("upbit", "bithumb"):
            seen = await house.metric("scanner_events_total", exchange=exchange)
            await house.metric_above("scanner_events_total", seen, exchange=exchange)
        family = descendants(house.pid)
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
        await gone(family)
        await house.line("summary")
    os.close(read)


async def test_a_log_whose_reader_left_holds_up_nothing():
    """`2>&1 | head -1` or a collector that died: it runs to the end of its time and leaves with code 0."""
    read, write = os.pipe()
    async with logging_to(write, *QUIET, "--ops-port", 0, "--duration", "5s") as house:
        with open(read, "rb") as log:  # noqa: ASYNC230, PTH123 - a pipe; the first line comes at once
            await trio.to_thread.run_sync(log.readline)
        assert await house.ended() == 0
        summary = await house.line("summary")
    assert summary["restarts"] == 0


async def test_an_output_that_does_not_block_is_waited_for():
    """Under node or ssh a full pipe says "try again" instead of blocking: every line still comes, the last included."""
    read, write = full_pipe()
    os.set_blocking(write, False)
    port = closed_port()
    async with running(*QUIET, "--ops-port", port, stdout=write) as house:
        os.close(write)
        house.lines.append({"type": "listening", "data": {"ops": f"http://127.0.0.1:{port}"}})
        await house.until(lambda: house.logged("started"))
        await house.ready()
        received = bytearray()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_collect, read, received)
            await house.until(lambda: b"listening" in received, "the first line")
            house.signal(signal.SIGTERM)
            assert await house.ended() == 0
    said = [json.loads(line) for line in received.decode().strip().splitlines()]
    assert said[0]["type"] == "listening"
    assert said[-1]["type"] == "summary"
    assert not house.logged("standard output cannot be written")


async def _collect(read, received):
    """All that comes until the last writer has left."""
    with trio.fail_after(PATIENCE_S):
        async with trio.lowlevel.FdStream(read) as stream:
            async for chunk in stream:
                received += chunk
