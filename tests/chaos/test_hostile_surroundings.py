"""No network, a dead venue, a taken port, a reader that left: clear words, no crash, no busy loop."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest
import trio

from tests.chaos.house import running

START = ("start", "--market", "KRW", "--json", "--ops-port", 0)


def closed_port():
    """A loopback port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_an_unreachable_venue_is_named_and_tried_again_with_growing_waits():
    """One clear line each time, /readyz says why, and Ctrl-C still ends it with code 0."""
    rest = f"http://127.0.0.1:{closed_port()}"
    fast = ("--set=exchanges.upbit.reconnect_min=100ms", f"--set=exchanges.upbit.rest_url={rest}")
    async with running(*START, "--exchange", "upbit", *fast) as house:
        await house.until(lambda: len(house.logged("venue not reachable", venue="Upbit")) >= 4, "four tries")
        status, why = await house.readiness("upbit", "Upbit is not reachable")
        house.signal(signal.SIGINT)
        assert await house.ended() == 0
    tries = house.logged("venue not reachable")
    assert {(line["address"], line["reason"]) for line in tries} == {(rest, "connection refused")}
    assert [line["failures"] for line in tries[:4]] == [1, 2, 3, 4]
    assert status == 503
    assert f"Upbit is not reachable at {rest}: connection refused" in why
    assert house.lines[-1]["data"]["restarts"] == 0


@pytest.mark.system("iproute2")
async def test_on_a_machine_without_any_network_it_says_so_and_waits():
    """An empty network namespace: only loopback is up, no name resolves; both venues are named, nothing crashes."""
    command = f"ip link set lo up && exec {sys.executable} -m scanner start --market KRW --json --ops-port 0"
    process = await trio.lowlevel.open_process(
        ["unshare", "--map-root-user", "--net", "sh", "-c", f"{command} --duration 5s"], stdout=-1, stderr=-1
    )
    errors, lines = bytearray(), bytearray()

    async def read(stream, into):
        async for chunk in stream:
            into += chunk

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read, process.stderr, errors)
        nursery.start_soon(read, process.stdout, lines)
        assert await process.wait() == 0
    tries = [json.loads(line) for line in errors.splitlines() if b"venue not reachable" in line]
    assert {line["venue"] for line in tries} == {"Upbit", "Bithumb"}
    assert {line["address"] for line in tries} == {"https://api.upbit.com", "https://api.bithumb.com"}
    assert all("the name cannot be resolved" in line["reason"] for line in tries)
    assert json.loads(lines.splitlines()[-1])["type"] == "summary"


async def test_a_reader_that_leaves_ends_it_quietly():
    """`| head -1`: no traceback, no error, code 0."""
    read, write = os.pipe()
    async with running(*START, "--sim", "quiet", stdout=write) as house:
        os.close(write)
        assert await trio.to_thread.run_sync(os.read, read, 10)
        os.close(read)
        assert await house.ended() == 0
        assert b"Traceback" not in house.errors
        assert b"Broken" not in house.errors


async def test_a_reader_that_is_stuck_holds_up_nothing():
    """A full pipe that nobody reads: trades keep coming in, and SIGTERM still ends it with code 0."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(write, b" " * 4096)
    os.set_blocking(write, True)
    port = closed_port()
    arguments = ("start", "--market", "KRW", "--json", "--ops-port", port, "--sim", "quiet")
    async with running(*arguments, stdout=write) as house:
        os.close(write)
        house.lines.append({"type": "listening", "data": {"ops": f"http://127.0.0.1:{port}"}})
        await house.until(lambda: house.logged("started"))
        await house.ready()
        seen = await house.metric("scanner_events_total")
        await house.metric_above("scanner_events_total", seen)
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
    os.close(read)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_standard_stream_is_no_accident(closed):
    """Started by something that closed them: no traceback, code 0; the next socket must not become stdout."""
    command = f"exec {sys.executable} -m scanner start --sim quiet --json --ops-port 0 --duration 2s {closed}"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_a_full_disk_under_standard_output_is_a_failure():
    """Lines were lost that somebody may count on: code 1 and one log line that says why."""
    command = f"exec {sys.executable} -m scanner start --sim quiet --json --ops-port 0 --duration 4s > /dev/full"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr


def scanner(*arguments):
    """Run it to its end, as a shell would."""
    command = [sys.executable, "-m", "scanner", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_in_use_is_said_in_one_line_before_anything_starts():
    """Exit 2, no traceback: which setting, which address, what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = scanner("start", "--sim", "quiet", "--ops-port", port)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--market", "KRV"), ("KRV", "KRW")),
        (("--exchange", "upbitt"), ("upbitt", "upbit")),
        (("--set", "books.tpo=3"), ("books", "tpo", "top")),
        (("--set", "books.top=many"), ("books.top", "many", "whole number")),
        (("--config", "/nowhere/scanner.toml"), ("/nowhere/scanner.toml",)),
        (("--sim", "pmup"), ("pmup", "did you mean pump")),
        (("--log-level", "wraning"), ("wraning", "did you mean warning")),
        (("--set", "exchanges.upbit.reconnect_min=2m"), ("exchanges.upbit", "reconnect_max")),
        (("--duration", "soon"), ("soon",)),
        (("--webhook", "ftp://x"), ("webhook", "http")),
        (("--symbol", "BTCKRW/"), ("BTCKRW/", "BTC/KRW")),
    ],
)
def test_bad_input_is_exit_two_with_what_where_and_what_was_expected(arguments, words):
    """One message, the value, what was expected, the nearest known name; never a traceback."""
    done = scanner("start", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in words), done.stderr


async def test_a_symbol_that_no_venue_lists_ends_it_with_the_nearest_name():
    """Known only when the catalogues have come; still exit 2 and one message."""
    async with running(*START, "--sim", "quiet", "--symbol", "BTCC/KRW") as house:
        assert await house.ended() == 2
    told = house.errors.decode().strip().splitlines()[-1]
    assert told.startswith("scanner: --symbol")
    assert "BTCC/KRW" in told
    assert "did you mean BTC/KRW?" in told
