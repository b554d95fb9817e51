"""A whole scanner under observation: what it says arrives, and when it falls, the bench says how."""

import json
from datetime import UTC, datetime

import pytest
import trio

from scanner.bench.child import ChildFailed
from scanner.bench.floor import Load
from scanner.bench.house import Line, running
from scanner.bench.load import costs, losses, trades, under
from scanner.bench.scrape import Scrape

PATIENCE_S = 60.0
"""Generous: these tests are about what happens, never about how fast this machine is."""
TINY = Load(instruments=12, rate=400.0, warm_up=40, pause_s=0.1, messages=200)


def metrics(**values):
    """A look at these numbers."""
    return Scrape(0.0, tuple((name, {}, float(value)) for name, value in values.items()))


async def test_a_scanner_counts_every_trade_of_its_load_and_leaves_with_its_summary():
    """What the server sent, what the engine counted and what the summary says are one number."""
    with trio.fail_after(PATIENCE_S):
        async with under(TINY) as house:
            look = await house.until(lambda look: trades(look) >= 240, "240 trades", patience_s=PATIENCE_S)
            summary = await house.stop()
    assert trades(look) == 240
    assert losses(look) == {}
    assert summary["markets"] == {"upbit": 12}
    assert summary["events"]["upbit"] == {"ticker": 12, "trade": 240}
    assert summary["dropped"] == summary["restarts"] == 0
    assert [line.type for line in house.said("worker.started")] == ["worker.started"]


async def test_nothing_of_the_operators_own_settings_is_measured(monkeypatch):
    """An environment that would make a scanner refuse to start does not reach this one."""
    monkeypatch.setenv("SCANNER_CONFIG", "/nowhere/at/all.toml")
    monkeypatch.setenv("SCANNER__BOOKS__TOP", "many")
    async with running("--sim", "quiet") as house:
        assert (await house.scrape()).total("scanner_build_info") == 1
        await house.stop()


async def test_a_scanner_that_dies_is_told_with_its_exit_code_and_last_words():
    """Whoever waits for something else learns of it at once, and in one error."""
    with pytest.raises(ChildFailed, match=r"scanner start: it fell \(exit code 2\): .*'noise' is no scenario"):
        async with running("--sim", "noise"):
            await trio.sleep_forever()


async def test_a_scanner_that_is_killed_while_it_is_asked_is_one_failure():
    """That a question was not answered and that the scanner is gone are two words for one thing."""
    with pytest.raises(ChildFailed, match=r"exit code -9"):
        async with running("--sim", "quiet") as house:
            await house.scrape()
            house._process.kill()
            await house.until(lambda _: False, "the impossible", patience_s=PATIENCE_S, every_s=0.01)


async def test_what_does_not_come_is_named():
    """With the patience it was given; the scanner is not left behind."""
    with pytest.raises(ChildFailed, match=r"10 events did not come within 0.2 s \(it still runs\): nothing in its log"):
        async with running("--sim", "quiet", "--set", "log.level=error") as house:
            await house.scrape()
            await house.until(lambda _: False, "10 events", patience_s=0.2)
    assert house._process.poll() is not None


async def test_a_mistake_in_the_measure_comes_out_as_itself():
    """And not in a group of one, which nobody catches."""
    with pytest.raises(ZeroDivisionError):
        async with running("--sim", "quiet"):
            _ = 1 / 0


def test_latency_is_from_the_venues_millisecond_to_the_reading_of_the_line():
    """Both are moments of one clock."""
    at = datetime(2026, 11, 21, 12, 44, 12, 175_000, tzinfo=UTC)
    read = round(at.timestamp()) * 1_000_000_000 + 179_250_000
    text = json.dumps({"type": "alert.opened", "timestamp": "2026-11-21T12:44:12.175Z", "data": {}})
    assert json.loads(text)["timestamp"] == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert Line("alert.opened", {}, json.loads(text)["timestamp"], read).latency_ms == 4.25


def test_losses_are_what_should_have_stayed_at_zero():
    """Each by the name of its counter; an ordinary counter is none."""
    look = metrics(scanner_dropped_total=3, scanner_gaps_total=0, scanner_events_total=9, scanner_stale_total=1)
    assert losses(look) == {"scanner_dropped_total": 3, "scanner_stale_total": 1}


def test_costs_are_per_trade_between_two_looks():
    """What either process spent before, on starting, is nobody's trade."""
    before = metrics(
        scanner_worker_cpu_seconds_total=1.0,
        scanner_messages_total=100,
        process_cpu_seconds_total=2.0,
        scanner_events_total=80,
    )
    after = metrics(
        scanner_worker_cpu_seconds_total=1.5,
        scanner_messages_total=50_100,
        process_cpu_seconds_total=2.25,
        scanner_events_total=50_080,
    )
    assert costs(before, after) == {"cpu_us": 15.0, "worker_cpu_us": 10.0, "main_cpu_us": 5.0}
    assert costs(after, after) == {"cpu_us": 0.0, "worker_cpu_us": 0.0, "main_cpu_us": 0.0}
