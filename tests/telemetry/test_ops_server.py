"""The ops server answers real HTTP requests on a real port, and says clearly when it cannot have one."""

import json
import re
import socket
from contextlib import asynccontextmanager

import httpx
import pytest
import structlog
import trio

from scanner.telemetry.bind import PortInUse, address_of, bind
from scanner.telemetry.health import Health
from scanner.telemetry.http import serve
from scanner.telemetry.metrics import Metrics
from tests.telemetry.standins import NOW, SECOND


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@asynccontextmanager
async def served(metrics=None):
    """A running server: a client for it, the health it tells, and the clock it looks at."""
    clock = Clock()
    health = Health(["upbit", "bithumb"], 15.0, NOW)
    metrics = metrics or Metrics(version="1", clock=clock)
    async with trio.open_nursery() as nursery:
        address = await nursery.start(lambda **kw: serve(bind("127.0.0.1", 0), metrics, health, clock=clock, **kw))
        async with httpx.AsyncClient(base_url=address, timeout=10) as client:
            yield client, health, clock
        nursery.cancel_scope.cancel()


@pytest.fixture(autouse=True)
def quiet():
    with structlog.testing.capture_logs() as said:
        yield said


async def test_metrics_are_served_with_their_content_type():
    # Promise: a stock Prometheus reads it.
    async with served() as (client, _, _):
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "scanner_build_info{" in answer.text
    assert "server" not in answer.headers


async def test_the_start_is_told_apart_from_readiness():
    # Promise: 503 until every venue has had data once, then 200 for good.
    async with served() as (client, health, clock):
        health.data("upbit", NOW)
        answer = await client.get("/startupz")
        assert answer.status_code == 503
        assert answer.json() == {"started": False, "waiting": {"bithumb": "no data yet, 0 s after the start"}}
        health.data("bithumb", NOW)
        assert (await client.get("/startupz")).json() == {"started": True, "waiting": {}}
        clock.now = NOW + 3600 * SECOND
        assert (await client.get("/startupz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503


async def test_readiness_says_which_venue_is_not_and_why_and_since_when():
    # Promise: 503 with the reason, 200 once every venue is fresh.
    async with served() as (client, health, clock):
        health.data("upbit", NOW)
        clock.now = NOW + SECOND
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/json"
        report = answer.json()
        assert report["ready"] is False
        assert report["venues"]["upbit"]["fresh"] is True
        assert report["venues"]["bithumb"] == {
            "fresh": False,
            "since": "2027-01-15T08:00:00.000Z",
            "age_s": None,
            "why": "no data yet, 1 s after the start",
            "problem": "",
            "stale": {"streams": 0, "first": []},
        }
        health.data("bithumb", NOW)
        answer = await client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["ready"] is True


@pytest.mark.parametrize("step_s", [11, 3600, -3600])
async def test_a_main_loop_that_answers_is_alive_whatever_the_clock_says(step_s):
    # Promise: the loop answers itself, so only silence means that it hangs; setting the clock is no false alarm.
    async with served() as (client, health, clock):
        health.tick(NOW)
        clock.now = NOW + step_s * SECOND
        answer = await client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"alive": True, "age_s": max(0.0, step_s)})


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/nothing", 404)])
async def test_the_front_page_leads_on_and_others_do_not_exist(path, status):
    # Promise: who opens the port in a browser finds the way.
    async with served() as (client, _, _):
        answer = await client.get(path)
    assert answer.status_code == status
    assert ("/readyz" in answer.text) is (path == "/")


async def test_nothing_can_be_changed_over_it():
    # Promise: the ops port only tells.
    async with served() as (client, _, _):
        assert (await client.post("/metrics")).status_code == 405


async def test_a_broken_page_is_logged_and_the_server_goes_on(quiet):
    # Promise: a bug in one answer costs one answer, and is said our way.
    metrics = Metrics(version="1")
    metrics.watch("scanner_broken_total", "Broken.", (), lambda: {}["nothing"])
    async with served(metrics) as (client, _, _):
        assert (await client.get("/metrics")).status_code == 500
        assert (await client.get("/livez")).status_code == 200
    assert any(line["log_level"] == "error" and line["actor"] == "ops" for line in quiet)


async def test_a_port_in_use_is_told_before_anything_starts():
    # Promise: one line with the address and the keys that change it.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = (
            re.escape(f"cannot listen on 127.0.0.1:{port}: address already in use; ")
            + ".*ops.host.*ops.port.*--ops-port"
        )
        with pytest.raises(PortInUse, match=told):
            bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "x" * 300])
def test_a_host_that_is_not_ours_is_told(host):
    # Promise: a wrong ops.host is the same kind of mistake.
    with pytest.raises(PortInUse, match=r"cannot listen on .*; choose another with ops.host and ops.port"):
        bind(host, 0)


def test_port_0_takes_a_free_one_and_says_which():
    # Promise: two scanners can run beside each other.
    with bind("127.0.0.1", 0) as one, bind("127.0.0.1", 0) as other:
        assert address_of(one) != address_of(other)
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", address_of(one))


async def test_a_stopped_server_gives_its_port_back():
    # Promise: a restart finds the port free.
    async with served() as (client, _, _):
        port = client.base_url.port
        assert json.loads((await client.get("/livez")).text)
    bind("127.0.0.1", port).close()
