"""A whole scanner as a process of its own, watched through its lines, its ops server and its process tree."""

import json
import os
import signal
import sys
import urllib.error
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path

import trio

PATIENCE_S = 60
"""Generous: these tests are about what happens, never about how fast this machine is."""


class House:
    """One running command; `lines` are the JSON lines it has printed so far."""

    def __init__(self, process):
        self._process = process
        self._news = trio.Event()
        self.pid = process.pid
        self.lines = []
        self.errors = b""
        self.exit_code = None

    async def read_lines(self):
        buffer = b""
        async for chunk in self._process.stdout:
            *lines, buffer = (buffer + chunk).split(b"\n")
            self.lines += [json.loads(line) for line in lines]
            self._wake()
        assert buffer == b"", f"an unfinished line: {buffer!r}"
        self._wake()

    async def read_errors(self):
        async for chunk in self._process.stderr:
            self.errors += chunk
            self._wake()

    def _wake(self):
        self._news.set()
        self._news = trio.Event()

    def of(self, kind, **data):
        """The data of lines of a kind, with these values."""
        return [
            line["data"]
            for line in self.lines
            if line["type"] == kind and all(line["data"].get(key) == value for key, value in data.items())
        ]

    def logged(self, event, **facts):
        """Log lines with this event and these facts."""
        entries = [json.loads(line) for line in self.errors.splitlines() if line.startswith(b"{")]
        return [e for e in entries if e["event"] == event and all(e.get(k) == v for k, v in facts.items())]

    async def until(self, condition, what="what was waited for"):
        """Wait until something that was said makes this true; returns its value."""
        with trio.move_on_after(PATIENCE_S):
            while not (value := condition()):
                with trio.move_on_after(0.2):
                    await self._news.wait()
            return value
        raise AssertionError(f"{what} did not come; lines {self.lines[-5:]}, errors {self.errors[-3000:].decode()}")

    async def line(self, kind, **data):
        """The first line of a kind, when it comes."""
        return (await self.until(lambda: self.of(kind, **data), f"{kind} {data}"))[0]

    async def get(self, path):
        """(status, body) of the ops server's answer."""
        ops = (await self.line("listening"))["ops"]
        return await trio.to_thread.run_sync(_get, ops + path)

    async def metrics(self):
        """(name, label values as a dict) → value, as a list of rows."""
        _, text = await self.get("/metrics")
        return _samples(text)

    async def metric(self, metric, /, **labels):
        """Sum of a metric over the series with these labels."""
        rows = await self.metrics()
        return sum(v for name, found, v in rows if name == metric and labels.items() <= found.items())

    async def metric_above(self, metric, least, /, **labels):
        """Wait until the sum is above `least`; returns it."""
        with trio.fail_after(PATIENCE_S):
            while (value := await self.metric(metric, **labels)) <= least:
                await trio.sleep(0.2)
            return value

    async def ready(self):
        """Wait until every wanted venue is fresh."""
        with trio.fail_after(PATIENCE_S):
            while (await self.get("/readyz"))[0] != 200:
                await trio.sleep(0.2)

    async def pull(self, exchange, fault, for_s):
        """Arm a fault of this simulation now; its address book is `urls`."""
        body = json.dumps({"exchange": exchange, "fault": fault, "for_s": for_s}).encode()
        await trio.to_thread.run_sync(_post, self.urls[exchange]["rest_url"] + "/_sim/faults", body)

    async def readiness(self, exchange, words):
        """(status, why) of /readyz, as soon as it says these words about a venue."""
        with trio.fail_after(PATIENCE_S):
            while True:
                status, body = await self.get("/readyz")
                why = json.loads(body)["venues"][exchange]["why"]
                if words in why:
                    return status, why
                await trio.sleep(0.2)

    def signal(self, number):
        self._process.send_signal(number)

    async def ended(self):
        """Exit code, when it has ended by itself."""
        with trio.fail_after(PATIENCE_S):
            self.exit_code = await self._process.wait()
            return self.exit_code


@asynccontextmanager
async def running(*arguments, stdout=True, environment=None):
    """Run `scanner …`; on leaving it is killed if it still runs, and every process it left behind with it."""
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        stdin=None,
        stdout=-1 if stdout is True else stdout,
        stderr=-1,
        env={**os.environ, **(environment or {})},
    )
    house = House(process)
    family = set()
    try:
        async with trio.open_nursery() as nursery:
            if stdout is True:
                nursery.start_soon(house.read_lines)
            nursery.start_soon(house.read_errors)
            yield house
            family = descendants(process.pid)
            if process.poll() is None:
                process.kill()
            await process.wait()
            nursery.cancel_scope.cancel()
    finally:
        if process.poll() is None:
            process.kill()
        for pid in family:
            kill(pid)


@asynccontextmanager
async def simulated(*arguments):
    """`scanner sim …` on its own; yields it and the options that point a scanner there."""
    async with running("sim", *arguments, "--json") as sim:
        urls = await sim.line("listening")
        pointing = [
            f"--set=exchanges.{exchange}.{key}={url}" for exchange, both in urls.items() for key, url in both.items()
        ]
        sim.urls = urls
        yield sim, [*(f"--exchange={exchange}" for exchange in urls), *pointing]


def descendants(pid):
    """Process ids below this one, read from /proc."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := status(int(entry.name))):
            parents.setdefault(stat[1], []).append(int(entry.name))
    found, waiting = set(), [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def status(pid):
    """(state letter, parent) of a process, or None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[1])


def runs(pid):
    """It exists, and is neither dead nor stopped."""
    found = status(pid)
    return found is not None and found[0] not in "ZXT"


async def gone(pids):
    """Wait until none of these runs any more."""
    with trio.fail_after(PATIENCE_S):
        while any(map(runs, pids)):
            await trio.sleep(0.1)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own loopback server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _post(url, body):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own loopback server
        answer.read()


def _samples(text):
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 - only where it is used

    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
