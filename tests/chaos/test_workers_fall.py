"""A worker falls or freezes: it is lifted, the other venue never notices, the hole is said, the alert still comes."""

import os
import signal

from tests.chaos.house import descendants, gone, running, runs

START = ("start", "--market", "KRW", "--json", "--ops-port", 0)


async def test_a_killed_worker_is_restarted_and_the_pump_is_still_told():
    """kill -9 on Upbit's worker: a new pid, a gap in the stream, Bithumb's counter keeps growing, one alert of both."""
    async with running(*START, "--sim", "pump", "--seed", 3) as house:
        await house.ready()
        first = (await house.line("worker.started", exchange="upbit"))["pid"]
        bithumb = (await house.line("worker.started", exchange="bithumb"))["pid"]
        before = await house.metric("scanner_events_total", exchange="bithumb")
        os.kill(first, signal.SIGKILL)
        await house.until(lambda: len(house.of("worker.started", exchange="upbit")) == 2, "the restart")
        assert house.of("worker.started", exchange="upbit")[1]["pid"] != first
        await house.metric_above("scanner_gaps_total", 0, exchange="upbit", reason="worker_died")
        await house.metric_above("scanner_events_total", before, exchange="bithumb")
        opened = await house.line("alert.opened", rule="pump")
        await house.until(lambda: _venues_of(house, opened["id"]) == ["bithumb", "upbit"], "the other venue")
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
    assert len(house.of("worker.started", exchange="bithumb")) == 1
    assert not runs(bithumb)
    summary = house.lines[-1]
    assert summary["type"] == "summary"
    assert summary["data"]["restarts"] == 1
    assert await house.until(lambda: house.logged("gap", exchange="upbit", reason="worker_died"))


async def test_a_frozen_worker_is_found_by_its_missing_pulse_and_replaced():
    """SIGSTOP: process and pipes look alive; only the pulse is missing."""
    patience = "--set=supervisor.pulse_patience=5s"
    async with running(*START, "--sim", "quiet", patience) as house:
        await house.ready()
        frozen = (await house.line("worker.started", exchange="bithumb"))["pid"]
        os.kill(frozen, signal.SIGSTOP)
        await house.until(lambda: len(house.of("worker.started", exchange="bithumb")) == 2, "the restart")
        await house.until(lambda: house.logged("worker fell", exchange="bithumb", reason="no pulse for 5 s"))
        assert not runs(frozen)
        await house.ready()


async def test_a_venue_whose_worker_cannot_live_is_quarantined_while_the_other_goes_on():
    """Killed again and again: after the limit it rests, /readyz says so, the other venue stays fresh."""
    limits = ("--set=supervisor.restarts=1", "--set=supervisor.backoff_max=0s")
    async with running(*START, "--sim", "quiet", *limits) as house:
        await house.ready()
        for life in (1, 2):
            workers = await house.until(lambda life=life: house.of("worker.started", exchange="upbit")[life - 1 : life])
            os.kill(workers[0]["pid"], signal.SIGKILL)
        await house.until(lambda: house.logged("worker quarantined", exchange="upbit"))
        status, _ = await house.readiness("upbit", "quarantined")
        assert status == 503
        grown = await house.metric("scanner_events_total", exchange="bithumb")
        await house.metric_above("scanner_events_total", grown, exchange="bithumb")


async def test_with_every_worker_quarantined_the_run_ends_with_code_one():
    """Nothing is left to watch, so an orchestrator should know; the summary still comes."""
    limits = ("--set=supervisor.restarts=1", "--set=supervisor.backoff_max=0s")
    async with running(*START, "--sim", "quiet", "--exchange", "upbit", *limits) as house:
        for life in (1, 2):
            workers = await house.until(lambda life=life: house.of("worker.started")[life - 1 : life])
            os.kill(workers[0]["pid"], signal.SIGKILL)
        assert await house.ended() == 1
        await house.until(lambda: house.of("summary"))


async def test_killing_the_parent_leaves_no_running_process():
    """kill -9 cannot be answered by the one who gets it: the children notice that their control pipe closed."""
    async with running(*START, "--sim", "quiet") as house:
        await house.ready()

        family = descendants(house.pid)
        assert len(family) >= 4  # two workers, the simulation, the resource tracker
        house.signal(signal.SIGKILL)
        await house.ended()
        await gone(family)


def _venues_of(house, story):
    """All that were named in what was told of a story so far."""
    told = [line["data"] for line in house.lines if line["type"].startswith("alert.") and line["data"]["id"] == story]
    return sorted({exchange for data in told for exchange in data["exchanges"]})
